"""What a participant must put up to bid, and to hold what it has (rulebook 5; C10)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from simulator.domain import Bid, CurvePoint, Finding, MarketTerm, TransactionType
from simulator.domain.settings import CreditSettings
from simulator.rules.figure import ZERO, Figure, Quantity, figure, share, usd_figure

DEFAULTS = CreditSettings()
MarginOf = Callable[[Bid], Decimal]


@dataclass(frozen=True)
class Account:
    """What one participant has put up, and what it already owes."""

    participant: str
    credit_limit_usd: Decimal
    liability_usd: Decimal = ZERO

    @property
    def available(self) -> Figure:
        """Aggregate credit limit less estimated aggregate liability (rulebook 5.1)."""
        inputs = (
            figure("aggregate credit limit", self.credit_limit_usd, "USD"),
            figure("estimated aggregate liability", self.liability_usd, "USD"),
        )
        value = self.credit_limit_usd - self.liability_usd
        formula = "aggregate credit limit - estimated aggregate liability"
        return usd_figure("available", value, formula, inputs, "5.1")


@dataclass(frozen=True)
class Verdict:
    """Whether a participant may take part, with both figures; `finding` says why it may not."""

    participant: str
    passed: bool
    available: Figure
    required: Figure
    finding: Finding | None = None


def buy_exposure(curve: Sequence[CurvePoint], margin_usd_per_mw: Decimal) -> Figure:
    """The worst point of a buy curve: max of max(p, 0) q + CM q (rulebook 5.1)."""
    worst = max(curve, key=lambda at: (max(at.price_usd_per_mw, ZERO) + margin_usd_per_mw) * at.mw)
    value = (max(worst.price_usd_per_mw, ZERO) + margin_usd_per_mw) * worst.mw
    inputs = (
        figure("price", worst.price_usd_per_mw, "USD/MW"),
        figure("credit margin", margin_usd_per_mw, "USD/MW"),
        figure("MW", worst.mw),
    )
    formula = "max(price, 0) x MW + credit margin x MW, at the worst point"
    return usd_figure("exposure", max(value, ZERO), formula, inputs, "5.1")


def sell_exposure(curve: Sequence[CurvePoint]) -> Figure:
    """The most a seller may have to pay: max of max(-p, 0) q; the risk leaves with the CRR."""
    worst = max(curve, key=lambda at: max(-at.price_usd_per_mw, ZERO) * at.mw)
    value = max(-worst.price_usd_per_mw, ZERO) * worst.mw
    inputs = (
        figure("price", worst.price_usd_per_mw, "USD/MW"),
        figure("MW", worst.mw),
    )
    formula = "max(-price, 0) x MW, at the worst point"
    return usd_figure("exposure", value, formula, inputs, "5.1")


def exposure(bid: Bid, margin_of: MarginOf) -> Figure:
    """The exposure of one bid or offer, under its own id."""
    if bid.transaction == TransactionType.SELL:
        found = sell_exposure(bid.curve)
    else:
        found = buy_exposure(bid.curve, margin_of(bid))
    return Figure(f"bid {bid.bid_id}", found.value, "USD", found.formula, found.inputs, found.rule)


def portfolio_exposure(bids: Iterable[Bid], margin_of: MarginOf) -> Figure:
    """What the web service calls required credit: the sum over the bids, >= 0 (rulebook 5.1)."""
    parts = tuple(exposure(bid, margin_of) for bid in sorted(bids, key=lambda bid: bid.bid_id))
    total = sum((part.value for part in parts), ZERO)
    return usd_figure("portfolio exposure", total, "sum over the bids", parts, "5.1")


def auction_requirement(
    exposure_usd: Quantity,
    term: MarketTerm,
    add_on_usd: Quantity = 0,
    settings: CreditSettings = DEFAULTS,
) -> Figure:
    """The floor of the market's term, or the exposure where that is larger (rulebook 5.1; C10).

    `exposure_usd` covers everything the participant has submitted to the auction; `add_on_usd` is
    the load-migration add-on (rulebook 5.3), needed on top.
    """
    annual = term == MarketTerm.ANNUAL
    least = share(settings.annual_floor_usd if annual else settings.monthly_floor_usd)
    floor = figure(f"{term.value.lower()} floor", least, "USD")
    bids, add_on = figure("exposure", exposure_usd, "USD"), figure("add-on", add_on_usd, "USD")
    value = max(floor.value, bids.value) + add_on.value
    formula = "max(floor, exposure) + add-on"
    return usd_figure("required", value, formula, (floor, bids, add_on), "5.1")


def holding_requirement(
    price_usd_per_mw: Quantity,
    expected_usd_per_mw: Quantity,
    margin_usd_per_mw: Quantity,
    mw: Quantity,
) -> Figure:
    """To hold one CRR: (-min(price, expected value) + credit margin) x MW (rulebook 5.2).

    All are for the remaining term. It may be negative: the portfolio nets it.
    """
    price = figure("auction price", price_usd_per_mw, "USD/MW")
    expected = figure("historical expected value", expected_usd_per_mw, "USD/MW")
    margin, size = figure("credit margin", margin_usd_per_mw, "USD/MW"), figure("MW", mw)
    value = (margin.value - min(price.value, expected.value)) * size.value
    return usd_figure(
        "holding requirement",
        value,
        "(-min(auction price, historical expected value) + credit margin) x MW",
        (price, expected, margin, size),
        "5.2",
    )


def portfolio_holding(parts: Iterable[Figure]) -> Figure:
    """All a participant holds together: the sum, never below zero (rulebook 5.2)."""
    parts = tuple(parts)
    total = sum((part.value for part in parts), ZERO)
    return usd_figure("holding", max(total, ZERO), "max(0, sum over the CRRs)", parts, "5.2")


def migration_add_on(
    offers: Iterable[tuple[str, Quantity]], term: MarketTerm, loses_load: bool
) -> Figure:
    """What covers the counter-flow that load migration may bring (rulebook 5.3).

    `offers` are (CRR id, holding requirement of its counter-flow) of the seasonal allocated CRRs
    that are offered for sale; monthly markets and holders whose load cannot migrate need none.
    """
    applies = term == MarketTerm.ANNUAL and loses_load
    parts = tuple(
        Figure(f"counter-flow of CRR {crr_id}", figure("", value, "USD").value, "USD")
        for crr_id, value in (sorted(offers, key=lambda offer: offer[0]) if applies else ())
    )
    total = sum((max(part.value, ZERO) for part in parts), ZERO)
    return usd_figure("load-migration add-on", total, "sum over the offers", parts, "5.3")


def verify(account: Account, required: Figure) -> Verdict:
    """Whether what is available covers what is required (rulebook 5.1, 5.4)."""
    available = account.available
    if available.value >= required.value:
        return Verdict(account.participant, True, available, required)
    short = required.value - available.value
    finding = Finding(
        "SER0030",
        f"collateral of {account.participant} is short by {short:.2f} USD",
        where=f"participant {account.participant}",
        found=f"{available.value:.2f} USD",
        allowed=f"at least {required.value:.2f} USD",
        remedy="put up more collateral, or bid less",
        rule=f"rulebook {required.rule}",
    )
    return Verdict(account.participant, False, available, required, finding)


def verify_collateral(
    accounts: Iterable[Account],
    required: Mapping[str, Figure],
    term: MarketTerm,
    settings: CreditSettings = DEFAULTS,
) -> tuple[Verdict, ...]:
    """The calendar's event: a verdict for every account, by participant (rulebook 5.4).

    `required` holds the requirement of those who have submitted something; the others must meet
    the floor of the market's term.
    """
    floor = auction_requirement(ZERO, term, settings=settings)
    ranked = sorted(accounts, key=lambda account: account.participant)
    return tuple(verify(account, required.get(account.participant, floor)) for account in ranked)
