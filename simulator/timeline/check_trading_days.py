"""What must hold between the trading days that are settled and the markets whose CRRs they pay."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from simulator.domain.settings import Settings, SettlementSettings
from simulator.timeline.document import Document
from simulator.timeline.event import UNPLACED, Event, EventKind, MarketSpec
from simulator.timeline.hours import local
from simulator.timeline.plan import SettlementPlan, trading_days
from simulator.timeline.recalculation import later_date

ONE_DAY = timedelta(days=1)


def check_trading_days(
    document: Document,
    plan: SettlementPlan | None,
    markets: Sequence[MarketSpec],
    events: Sequence[Event],
    settings: Settings,
) -> None:
    """Every market is posted before the first trading day that its CRRs are in effect on.

    And money of an auction settles on the day after posting (rulebook 6.4), which must be a
    trading day: on another one no statement would ever show it.
    """
    if plan is None:
        return
    specs = {spec.name: spec for spec in markets}
    for event in events:
        spec = specs.get(event.market)
        if event.kind is not EventKind.POST or event.at == UNPLACED or spec is None:
            continue
        posted = local(event.at, settings.calendar.timezone).date()
        paid_before = _first_settled(plan, spec)
        if paid_before is not None and paid_before <= posted:
            _posts_too_late(document, event, paid_before)
        elif not spec.market.tier and not _settles(plan, posted + ONE_DAY):
            _money_never_settles(document, event, plan, posted + ONE_DAY)


def check_recalculations(
    document: Document, plan: SettlementPlan | None, settings: Settings
) -> None:
    """Each later statement that a calendar lists is one, and comes out after the first (6.6).

    The list that is there by default is not the calendar's own: what of it is too early is none.
    """
    offsets = settings.settlement.recalculations
    if plan is None or offsets == SettlementSettings().recalculations:
        return
    path = ("settings", "settlement", "recalculations")
    for offset in sorted({offset for offset in offsets if offsets.count(offset) > 1}):
        document.fault("SCN_VALUE", path, f"{offset} is listed twice", offset, "each once")
    for offset in sorted(set(offsets)):
        for trading in trading_days(plan, settings):
            later = later_date(trading.day, offset, settings.calendar)
            if later <= trading.statement_date:
                message = f"{offset} after {trading.day} is not after its first statement"
                allowed = f"later than {trading.statement_date}"
                document.fault("SCN_VALUE", path, message, later, allowed, "name a later one")
                break


def _first_settled(plan: SettlementPlan, spec: MarketSpec) -> date | None:
    """The first trading day on which some CRR of the market is in effect."""
    firsts = [
        max(product.period.start, plan.first_trading_day)
        for product in spec.market.products
        if product.period.start <= plan.last_trading_day
        and plan.first_trading_day < product.period.end
    ]
    return min(firsts, default=None)


def _settles(plan: SettlementPlan, day: date) -> bool:
    return plan.first_trading_day <= day <= plan.last_trading_day


def _posts_too_late(document: Document, event: Event, settled: date) -> None:
    message = (
        f"{event.market} is posted {event.local_time}, when its CRRs are in effect on a trading"
        f" day: {settled} would be settled without them"
    )
    document.fault(
        "SCN_ORDER",
        (*document.path_at("event", event.line), "time"),
        message,
        event.local_time,
        f"before {settled}",
        "post it earlier, or start the settlements later ([settlement] first_trading_day)",
    )


def _money_never_settles(document: Document, event: Event, plan: SettlementPlan, day: date) -> None:
    message = f"money of {event.market} settles on {day}, which is no trading day"
    document.fault(
        "SCN_DATE",
        (*document.path_at("event", event.line), "time"),
        message,
        day,
        f"{plan.first_trading_day} to {plan.last_trading_day}",
        "move the posting or the trading days ([settlement])",
    )
