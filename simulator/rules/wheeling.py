"""Load-serving entities outside the balancing area: need, eligible quantity, prepayment (2.7)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum

from simulator.domain import Finding, Nomination, Product
from simulator.domain.settings import CalendarSettings, EligibilitySettings
from simulator.rules.eligibility import EQ, seasonal_eligible_quantity
from simulator.rules.figure import ZERO, Figure, Quantity, figure, mw_figure, share, usd_figure
from simulator.rules.listing import Listing, LocationClass
from simulator.timeline.hours import hours_of_period

DEFAULTS = EligibilitySettings()
CALENDAR = CalendarSettings()


class Election(StrEnum):
    """What an entity elects with its load submission: the eligible quantity, or its load."""

    EQ = "EQ"
    LOAD = "LOAD"


def eligible_quantity(
    election: Election,
    shown_need_mw: Quantity,
    elected_mw: Quantity = 0,
    adjusted: Quantity = 0,
    settings: EligibilitySettings = DEFAULTS,
) -> Figure:
    """MW that an entity outside may nominate: never more than the need it has shown.

    With EQ it names the quantity itself; with LOAD it follows from the adjusted load metric as
    for internal load.
    """
    by_load = seasonal_eligible_quantity(adjusted, settings)
    return elected_quantity(election, shown_need_mw, elected_mw, by_load)


def elected_quantity(
    election: Election, shown_need_mw: Quantity, elected_mw: Quantity, by_load: Figure
) -> Figure:
    """The same with what follows from load given: SEQ of a season, ALM of a month's forecast."""
    need = figure("shown need", shown_need_mw)
    basis = figure("elected quantity", elected_mw) if election == Election.EQ else by_load
    formula = f"min(shown need, {basis.name})"
    return mw_figure(EQ, min(need.value, basis.value), formula, (need, basis), "2.7")


def need_findings(nominations: Iterable[Nomination], listing: Listing) -> tuple[Finding, ...]:
    """Sinks must be the scheduling points where the export leaves (rulebook 2.7)."""
    findings = []
    for nomination in nominations:
        listed = listing.get(nomination.sink)
        if listed is None or listed.location_class != LocationClass.SP:
            findings.append(
                Finding(
                    "SER0030",
                    f"sink {nomination.sink} is no scheduling point",
                    f"nomination {nomination.nomination_id}, sink",
                    nomination.sink,
                    "the scheduling point where the export leaves",
                    "nominate to a scheduling point",
                    "rulebook 2.7",
                )
            )
    return tuple(findings)


def prepayment(
    nominated_mw: Quantity,
    product: Product,
    settings: EligibilitySettings = DEFAULTS,
    calendar: CalendarSettings = CALENDAR,
) -> Figure:
    """Wheeling access charge for every hour of the product, due before the nomination (2.7)."""
    return _wheeling("prepayment", "nominated", nominated_mw, product, settings, calendar)


def refund(
    nominated_mw: Quantity,
    awarded_mw: Quantity,
    product: Product,
    settings: EligibilitySettings = DEFAULTS,
    calendar: CalendarSettings = CALENDAR,
) -> Figure:
    """What comes back for MW that were not awarded (rulebook 2.7)."""
    nominated, awarded = figure("nominated", nominated_mw), figure("awarded", awarded_mw)
    left = mw_figure(
        "not awarded",
        nominated.value - awarded.value,
        "nominated - awarded",
        (nominated, awarded),
        "2.7",
    )
    return _wheeling("refund", "not awarded", left, product, settings, calendar)


def prepayment_findings(paid_usd: Decimal, due: Figure) -> tuple[Finding, ...]:
    """Whether what was paid covers what is due; without it nothing is nominated."""
    if paid_usd >= due.value:
        return ()
    return (
        Finding(
            "NOM0128",
            f"the wheeling prepayment is short by {due.value - paid_usd:.2f} USD",
            "prepayment",
            f"{paid_usd:.2f} USD",
            f"at least {due.value:.2f} USD",
            "pay the rest, or nominate less",
            "rulebook 2.7",
        ),
    )


def total(parts: Iterable[Figure]) -> Figure:
    """Several prepayments or refunds together."""
    parts = tuple(parts)
    value = sum((part.value for part in parts), ZERO)
    return usd_figure("total", value, "sum over the nominations", parts, "2.7")


def _wheeling(
    name: str,
    label: str,
    mw: Quantity,
    product: Product,
    settings: EligibilitySettings,
    calendar: CalendarSettings,
) -> Figure:
    hours = len(hours_of_period(product.period, product.tou, calendar))
    charge = figure("WAC", share(settings.wheeling_charge_usd_per_mwh), "USD/MWh")
    size, count = figure(label, mw), figure(f"{product.tou} hours", hours, "h")
    value = charge.value * size.value * count.value
    formula = f"WAC x {label} x {product.tou} hours"
    return usd_figure(name, value, formula, (charge, size, count), "2.7")
