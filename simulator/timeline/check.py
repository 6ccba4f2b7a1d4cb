"""What must hold between the parts of a calendar: windows, order, needs, settlement."""

from __future__ import annotations

from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter

from simulator.domain import MarketKind, MarketTerm
from simulator.timeline.document import Document
from simulator.timeline.event import UNPLACED, Event, EventKind, MarketSpec
from simulator.timeline.hours import Bounds
from simulator.timeline.plan import SettlementPlan

OPEN, CLOSE, CLEAR, POST = EventKind.OPEN, EventKind.CLOSE, EventKind.CLEAR, EventKind.POST
VERIFY = EventKind.VERIFY_COLLATERAL
DOWN, UP = EventKind.SERVICE_DOWN, EventKind.SERVICE_UP


def windows(market: str, events: Sequence[Event]) -> tuple[Bounds, ...]:
    """The submission windows of `market` in order; `events` must be in order and sound."""
    opens = [event.at for event in events if event.market == market and event.kind is OPEN]
    closes = [event.at for event in events if event.market == market and event.kind is CLOSE]
    return tuple(Bounds(start, end) for start, end in zip(opens, closes, strict=False))


def check_markets(
    document: Document, markets: Sequence[MarketSpec], events: Sequence[Event]
) -> None:
    """Every market opens, closes, and is then cleared and posted, in that order, once."""
    for spec in markets:
        own = [event for event in events if event.market == spec.name]
        if any(event.at == UNPLACED for event in own):
            continue
        _check_windows(document, spec, own)
        _check_verification(document, spec, own)


def _check_windows(document: Document, spec: MarketSpec, own: Sequence[Event]) -> None:
    opened: list[Event] = []
    done: dict[EventKind, Event] = {}
    for event in own:
        if event.kind is OPEN:
            if opened:
                _overlap(document, event, opened[-1])
            elif CLEAR in done:
                _out_of_order(document, event, "opens after it was cleared", done[CLEAR])
            opened.append(event)
        elif event.kind is CLOSE:
            if not opened:
                _closes_unopened(document, event, own)
            elif event.at == opened.pop().at:
                _out_of_order(document, event, "closes at the moment it opens", None)
        elif event.kind is CLEAR:
            later = next((e for e in own if e.kind is CLOSE and e.at >= event.at), None)
            if CLOSE not in done or (opened and later):
                _out_of_order(document, event, "clears before it closes", later)
            elif CLEAR in done:
                _out_of_order(document, event, "clears a second time", done[CLEAR])
        elif event.kind is POST:
            if CLEAR not in done:
                later = next((e for e in own if e.kind is CLEAR), None)
                _out_of_order(document, event, "posts before it clears", later)
            elif POST in done:
                _out_of_order(document, event, "posts a second time", done[POST])
        done[event.kind] = event
    _check_complete(document, spec, own)


def _check_complete(document: Document, spec: MarketSpec, own: Sequence[Event]) -> None:
    counts = {kind: sum(event.kind is kind for event in own) for kind in EventKind}
    wanted = {OPEN: 1, CLOSE: max(1, counts[OPEN]), CLEAR: 1, POST: 1}
    missing = [kind for kind, count in wanted.items() if counts[kind] < count]
    if missing:
        opener = next((event for event in reversed(own) if event.kind is OPEN), None)
        path = _path(document, opener) if opener else document.path_at("market", spec.line)
        message = f"{spec.name} has too few events of kind {', '.join(missing)}"
        found = ", ".join(event.id for event in own) or "no event"
        remedy = f"add [[event]] of kind {' and '.join(missing)}"
        document.fault("SCN_WINDOW", path, message, found, "open, close, clear, post", remedy)


def _check_verification(document: Document, spec: MarketSpec, own: Sequence[Event]) -> None:
    """Collateral is for auctions and is verified before their window closes (rulebook 5.4)."""
    closes = [event for event in own if event.kind is CLOSE]
    for event in own:
        if event.kind is not VERIFY:
            continue
        if spec.market.kind is not MarketKind.AUCTION:
            message = f"{spec.name} is an allocation, which takes no collateral"
            document.fault("SCN_VALUE", (*_path(document, event), "market"), message, spec.name)
        elif closes and event.at >= closes[-1].at:
            _out_of_order(document, event, "verifies collateral after it closes", closes[-1])


def check_events(
    document: Document, markets: Sequence[MarketSpec], events: Sequence[Event]
) -> None:
    """Every market and every need that an event names exists; needs come earlier, in no circle."""
    declared = [table.text("name", "") for table in document.tables("market")]
    by_id = {event.id: event for event in events}
    for event in events:
        path = _path(document, event)
        if event.market and event.market not in declared:
            allowed = ", ".join(declared) or "no [[market]] is declared"
            message = f"there is no market {event.market}"
            document.fault("SCN_REFERENCE", (*path, "market"), message, event.market, allowed)
        for need in event.needs:
            needed = by_id.get(need)
            if needed is None:
                message = f"{event.id} needs {need}, which is no event"
                remedy = "correct the id or add the event"
                document.fault("SCN_REFERENCE", (*path, "needs"), message, need, "", remedy)
            elif UNPLACED not in (event.at, needed.at) and event.at < needed.at:
                _earlier_than_need(document, event, needed)
    _check_cycles(document, events)
    _check_service(document, events)


def check_settlement(
    document: Document,
    plan: SettlementPlan | None,
    events: Sequence[Event],
    markets: Sequence[MarketSpec],
) -> None:
    """A `settle` event needs a settlement, which begins while the month's CRRs are in effect."""
    if "settlement" not in document.data:
        for event in events:
            if event.kind is EventKind.SETTLE:
                message = f"{event.id} announces settlements, but there is no [settlement]"
                document.fault("SCN_REFERENCE", _path(document, event), message, "", "[settlement]")
    if plan is None or not plan.follows:
        return
    followed = next(event for event in events if event.id == plan.follows)
    for spec in markets:
        monthly = spec.market.term is MarketTerm.MONTHLY and spec.market.products
        if spec.name == followed.market and monthly:
            period = spec.market.products[0].period
            if not period.covers(plan.first_trading_day):
                message = f"the CRRs of {spec.name} are not in effect on the first trading day"
                path = ("settlement", "first_trading_day")
                allowed = f"{period.start} up to but not on {period.end}"
                document.fault("SCN_DATE", path, message, plan.first_trading_day, allowed)


def _check_cycles(document: Document, events: Sequence[Event]) -> None:
    known = {event.id for event in events}
    graph = {event.id: [need for need in event.needs if need in known] for event in events}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        cycle = list(reversed(error.args[1]))
        first = min((event for event in events if event.id in cycle), key=lambda e: e.line)
        message = "these events need each other in a circle"
        path = (*_path(document, first), "needs")
        document.fault(
            "SCN_CYCLE", path, message, " needs ".join(cycle), "no circle", "remove one need"
        )


def _check_service(document: Document, events: Sequence[Event]) -> None:
    """The services go down and come up in turns, and are up at the end."""
    turns = [event for event in events if event.kind in (DOWN, UP) and event.at != UNPLACED]
    turns.sort(key=lambda event: (event.at, event.line))
    for number, event in enumerate(turns):
        expected = UP if number % 2 else DOWN
        if event.kind is not expected:
            message = f"{event.id} is of kind {event.kind}, but {expected} is due before it"
            path = (*_path(document, event), "kind")
            document.fault("SCN_ORDER", path, message, event.kind, "down and up in turns")
            return
    if len(turns) % 2:
        path, message = _path(document, turns[-1]), f"{turns[-1].id} is never followed by {UP}"
        document.fault("SCN_ORDER", path, message, turns[-1].kind, f"a later {UP}")


def _overlap(document: Document, event: Event, opened: Event) -> None:
    message = (
        f"{event.market} opens {event.local_time} while the window that {opened.id}"
        f" (line {opened.line}) opened {opened.local_time} is still open"
    )
    path = _path(document, event)
    document.fault("SCN_OVERLAP", path, message, event.id, "one window at a time", "close it first")


def _closes_unopened(document: Document, event: Event, own: Sequence[Event]) -> None:
    later = next((other for other in own if other.kind is OPEN and other.at >= event.at), None)
    if later is None:
        message = f"{event.market} closes but is not open"
        document.fault(
            "SCN_WINDOW", _path(document, event), message, event.id, "", "open it before"
        )
    else:
        _out_of_order(document, event, "closes before it opens", later)


def _out_of_order(document: Document, event: Event, what: str, other: Event | None) -> None:
    message = f"{event.market} {what}: {event.id} is at {event.local_time}"
    if other is not None:
        message += f", {other.id} (line {other.line}) at {other.local_time}"
    path = (*_path(document, event), "time")
    document.fault("SCN_ORDER", path, message, event.id, "open, close, clear, post")


def _earlier_than_need(document: Document, event: Event, needed: Event) -> None:
    message = (
        f"{event.id} at {event.local_time} is earlier than what it needs:"
        f" {needed.id} (line {needed.line}) at {needed.local_time}"
    )
    path = (*_path(document, event), "time")
    allowed = f"{needed.local_time} or later"
    document.fault("SCN_ORDER", path, message, event.local_time, allowed, "move one of them")


def _path(document: Document, event: Event) -> tuple[str | int, ...]:
    return document.path_at("event", event.line)
