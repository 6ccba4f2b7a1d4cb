"""Load metric, eligible quantities and nomination caps (rulebook 2.2 to 2.4; C8, C9).

All figures are MW of one load-serving entity at one sink in one period and time of use. Shares
are settings; a cap that would be negative is zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from math import floor

from simulator.domain.settings import EligibilitySettings
from simulator.rules.figure import Figure, Quantity, figure, mw_figure, share

DEFAULTS = EligibilitySettings()
FORECAST, EQ = "ALM of the forecast", "EQ"


def load_metric(hourly_mw: Sequence[Decimal], exceedance_share: float) -> Figure:
    """The load that at most `exceedance_share` of the hours exceed (rulebook 2.2; C8).

    `hourly_mw` holds the hours of one period and time of use, in any order; they are ranked from
    the largest, and the metric is the one at place floor(share x hours), counted from zero.
    ValueError when there are no hours.
    """
    place = metric_place(len(hourly_mw), exceedance_share)
    ranked = sorted(hourly_mw, reverse=True)
    inputs = (
        figure("hours", len(hourly_mw), "hours"),
        figure("exceedance share", share(exceedance_share), "of hours"),
    )
    return mw_figure("LM", ranked[place], f"hour {place + 1} from the largest", inputs, "2.2")


def metric_place(hours: int, exceedance_share: float) -> int:
    """How many of so many hours are ranked before the load metric; ValueError without hours."""
    if not hours:
        raise ValueError("a load metric needs at least one hour")
    return min(floor(share(exceedance_share) * hours), hours - 1)


def adjusted_load_metric(metric: Quantity, rights_mw: Quantity) -> Figure:
    """What is left to hedge after TOR, ETC and CVR served at the sink (rulebook 2.3)."""
    lm, rights = figure("LM", metric), figure("TOR + ETC + CVR", rights_mw)
    return mw_figure("ALM", lm.value - rights.value, "LM - (TOR + ETC + CVR)", (lm, rights), "2.3")


def seasonal_eligible_quantity(
    adjusted: Quantity, settings: EligibilitySettings = DEFAULTS
) -> Figure:
    """SEQ: a share of the adjusted metric of historical load (rulebook 2.4)."""
    alm, part = figure("ALM", adjusted), _share("share", settings.seasonal_eligible_share)
    return mw_figure("SEQ", alm.value * part.value, "share x ALM", (alm, part), "2.4")


def priority_cap(
    eligible: Quantity,
    last_year_mw: Quantity,
    long_term_mw: Quantity,
    migrated_mw: Quantity = 0,
    settings: EligibilitySettings = DEFAULTS,
) -> Figure:
    """Annual tier 1, the priority nomination process (rulebook 2.4).

    `last_year_mw` is what was allocated for the same season a year before (expiring ETC and TOR
    count as such), `long_term_mw` the long-term rights that still run, `migrated_mw` the load
    migration reduction.
    """
    seq, part = figure("SEQ", eligible), _share("share", settings.priority_share)
    last_year = figure("last year's seasonal allocation", last_year_mw)
    long_term = figure("existing long-term", long_term_mw)
    migrated = figure("load migration", migrated_mw)
    value = min(part.value * seq.value, last_year.value - long_term.value - migrated.value)
    return mw_figure(
        "tier 1 cap",
        value,
        f"min(share x {seq.name}, "
        "last year's seasonal allocation - existing long-term - load migration)",
        (seq, part, last_year, long_term, migrated),
        "2.4",
    )


def long_term_cap(
    adjusted: Quantity, long_term_mw: Quantity, settings: EligibilitySettings = DEFAULTS
) -> Figure:
    """Tier LT: new long-term rights, so that old and new stay within a share of ALM."""
    alm, part = figure("ALM", adjusted), _share("share", settings.long_term_share)
    long_term = figure("existing long-term", long_term_mw)
    value = part.value * alm.value - long_term.value
    return mw_figure(
        "tier LT cap", value, "share x ALM - existing long-term", (alm, part, long_term), "2.4"
    )


def tier_2_cap(eligible: Quantity, tier_1_mw: Quantity, long_term_mw: Quantity) -> Figure:
    """Annual tier 2: what tier 1 and the long-term rights left of SEQ (rulebook 2.4)."""
    seq, tier_1 = figure("SEQ", eligible), figure("tier 1 awards", tier_1_mw)
    long_term = figure("long-term", long_term_mw)
    value = seq.value - tier_1.value - long_term.value
    return mw_figure(
        "tier 2 cap",
        value,
        f"{seq.name} - tier 1 awards - long-term",
        (seq, tier_1, long_term),
        "2.4",
    )


def tier_3_cap(
    eligible: Quantity, tier_1_mw: Quantity, long_term_mw: Quantity, tier_2_mw: Quantity
) -> Figure:
    """Annual tier 3: what is still left of SEQ (rulebook 2.4)."""
    seq, tier_1 = figure("SEQ", eligible), figure("tier 1 awards", tier_1_mw)
    long_term, tier_2 = figure("long-term", long_term_mw), figure("tier 2 awards", tier_2_mw)
    return mw_figure(
        "tier 3 cap",
        seq.value - tier_1.value - long_term.value - tier_2.value,
        f"{seq.name} - tier 1 awards - long-term - tier 2 awards",
        (seq, tier_1, long_term, tier_2),
        "2.4",
    )


def monthly_eligible_quantity(adjusted_forecast: Quantity, allocated_mw: Quantity) -> Figure:
    """MEQ: forecast ALM less the allocated seasonal and long-term MW of the month (rulebook 2.4).

    Auctioned CRRs do not count; load migration does. The EQ that an entity outside the balancing
    area elected stands in for its forecast (rulebook 2.7).
    """
    alm = figure(FORECAST, adjusted_forecast)
    held = figure("allocated seasonal and long-term", allocated_mw)
    return mw_figure(
        "MEQ",
        alm.value - held.value,
        f"{EQ if alm.name == EQ else FORECAST} - allocated seasonal and long-term",
        (alm, held),
        "2.4",
    )


def monthly_tier_1_cap(eligible: Quantity) -> Figure:
    """Monthly tier 1 may ask for all of MEQ (rulebook 2.4)."""
    meq = figure("MEQ", eligible)
    return mw_figure("monthly tier 1 cap", meq.value, "MEQ", (meq,), "2.4")


def monthly_tier_2_cap(eligible: Quantity, tier_1_mw: Quantity) -> Figure:
    """Monthly tier 2: what tier 1 left of MEQ (rulebook 2.4)."""
    meq, tier_1 = figure("MEQ", eligible), figure("monthly tier 1 awards", tier_1_mw)
    return mw_figure(
        "monthly tier 2 cap",
        meq.value - tier_1.value,
        "MEQ - monthly tier 1 awards",
        (meq, tier_1),
        "2.4",
    )


def _share(name: str, value: float) -> Figure:
    return figure(name, share(value), "of 1")
