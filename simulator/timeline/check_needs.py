"""What an event depends on: its market's other events, collateral, MEQ, set-aside, pairs of LT."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simulator.domain import MarketKind, MarketTerm, Tier
from simulator.domain.settings import Settings
from simulator.timeline.check_data import follows_tier_1
from simulator.timeline.document import Document
from simulator.timeline.event import UNPLACED, DataKind, Event, EventKind, MarketSpec

OPEN, CLOSE, CLEAR, POST = EventKind.OPEN, EventKind.CLOSE, EventKind.CLEAR, EventKind.POST


def check_needs(
    document: Document,
    markets: Sequence[MarketSpec],
    events: Sequence[Event],
    settings: Settings,
) -> None:
    """Every market has what it depends on; `events` must be in order.

    A market with an event of unknown time is left out: what is missing cannot be told from what
    stands in the wrong place.
    """
    by_id = {event.id: event for event in events}
    broken: set[str] = set()  # where the chain of needs is broken; nothing after it is at fault
    opens: list[Event] = []
    for spec in markets:
        own = [event for event in events if event.market == spec.name]
        if any(event.at == UNPLACED for event in own):
            continue
        opens += [event for event in own if event.kind is OPEN]
        broken |= _needs_the_last(CLOSE, CLEAR, document, own, by_id)
        broken |= _needs_the_last(CLEAR, POST, document, own, by_id)
        _check_collateral(document, spec, own)
        _check_tier_2(document, spec, markets, own, settings)
        _check_long_term(document, spec, markets, events)
    for event in sorted(opens, key=lambda event: (event.at, event.line)):
        needed = _needed(event, by_id)
        if needed is None or not broken.isdisjoint(needed):
            continue
        if not _open_needs_preload(document, event, needed, events):
            broken.add(event.id)


def _open_needs_preload(
    document: Document, event: Event, needed: frozenset[str], events: Sequence[Event]
) -> bool:
    """The data of a market is there before its window opens; False after noting that it is not."""
    about = [e for e in events if e.kind is EventKind.PRELOAD and e.market in ("", event.market)]
    if any(preload.id in needed for preload in about):
        return True
    message = f"{event.id} opens {event.market} but does not depend on a preload"
    ids = ", ".join(preload.id for preload in about)
    remedy = "add a preload, or an event that depends on one, to needs"
    if not about:
        remedy = "add [[event]] of kind preload and name it in needs"
    _fault_of_needs(document, event, message, ids or "a preload", remedy)
    return False


def _needs_the_last(
    first: EventKind,
    then: EventKind,
    document: Document,
    own: Sequence[Event],
    by_id: Mapping[str, Event],
) -> frozenset[str]:
    """Each event of kind `then` depends on the last one of kind `first` that comes before it.

    The ids of those that do not. That there is none before it is told elsewhere, as one of order.
    """
    broken: set[str] = set()
    for position, event in enumerate(own):
        before = [other for other in own[:position] if other.kind is first]
        needed = _needed(event, by_id)
        if event.kind is then and before and needed is not None and before[-1].id not in needed:
            last = before[-1].id
            message = f"{event.id} ({then} of {event.market}) does not depend on its {first}"
            _fault_of_needs(document, event, message, last, f"add {last} to needs")
            broken.add(event.id)
    return frozenset(broken)


def _check_collateral(document: Document, spec: MarketSpec, own: Sequence[Event]) -> None:
    """Collateral is verified before an auction closes (rulebook 5.4); order is told elsewhere."""
    if spec.market.kind is not MarketKind.AUCTION:
        return
    closes = [event for event in own if event.kind is CLOSE]
    if closes and not any(event.kind is EventKind.VERIFY_COLLATERAL for event in own):
        message = f"the collateral for {spec.name} is not verified before it closes"
        _fault_of_event(
            document, closes[-1], message, EventKind.VERIFY_COLLATERAL, f"market {spec.name}"
        )


def _check_tier_2(
    document: Document,
    spec: MarketSpec,
    markets: Sequence[MarketSpec],
    own: Sequence[Event],
    settings: Settings,
) -> None:
    """What tier 1 left is known before the month's tier 2 opens (rulebook 2.4, 2.8)."""
    opener = next((event for event in own if event.kind is OPEN), None)
    monthly = spec.market.term is MarketTerm.MONTHLY and follows_tier_1(spec, markets)
    if opener is None or not monthly:
        return
    before = own[: own.index(opener)]
    known = [kind for event in before if event.kind.carries_data for kind in event.data]
    wanted = [DataKind.MEQ]
    if settings.eligibility.set_aside_share > 0:
        wanted.append(DataKind.SET_ASIDE)
    for kind in wanted:
        if kind not in known:
            message = f"{spec.name} follows a tier 1, but opens before {kind} is published for it"
            detail = f'market {spec.name} and data ["{kind}"]'
            _fault_of_event(document, opener, message, EventKind.PUBLISH, detail)


def _check_long_term(
    document: Document, spec: MarketSpec, markets: Sequence[MarketSpec], events: Sequence[Event]
) -> None:
    """What the priority tier gave is known before tier LT opens: its pairs (rulebook 2.4)."""
    opener = next((e for e in events if e.kind is OPEN and e.market == spec.name), None)
    if spec.market.tier is not Tier.LT or opener is None:
        return
    priority = [
        other.name
        for other in markets
        if other.market.tier is Tier.PNP and other.market.products == spec.market.products
    ]
    before = events[: events.index(opener)]
    posted = [n for n, e in enumerate(before) if e.kind is POST and e.market in priority]
    if not posted:
        message = f"{spec.name} opens before the priority tier of its products is posted"
        detail = f"market {priority[0]}" if priority else "a market of tier PNP with its periods"
        _fault_of_event(document, opener, message, POST, detail)
        return
    since = (e for e in before[posted[-1] :] if e.market == spec.name)
    if not any(DataKind.SIGNATURE in event.data for event in since):
        message = f"{spec.name} opens before the pairs that the priority tier gave are published"
        detail = f'market {spec.name} and data ["{DataKind.SIGNATURE}"]'
        _fault_of_event(document, opener, message, EventKind.PUBLISH, detail)


def _needed(event: Event, by_id: Mapping[str, Event]) -> frozenset[str] | None:
    """Everything that `event` depends on; None when an id is unknown, which is told elsewhere."""
    found: set[str] = set()
    waiting = list(event.needs)
    while waiting:
        need = waiting.pop()
        if need not in by_id:
            return None
        if need not in found:
            found.add(need)
            waiting.extend(by_id[need].needs)
    return frozenset(found)


def _fault_of_needs(
    document: Document, event: Event, message: str, allowed: str, remedy: str
) -> None:
    path = (*document.path_at("event", event.line), "needs")
    found = ", ".join(event.needs) or "no needs"
    document.fault("SCN_NEEDS", path, message, found, allowed, remedy)


def _fault_of_event(
    document: Document, event: Event, message: str, kind: EventKind, detail: str
) -> None:
    path = (*document.path_at("event", event.line), "time")
    allowed = f"an event of kind {kind} before {event.local_time}"
    remedy = f"add [[event]] of kind {kind} with {detail}"
    document.fault("SCN_MISSING_EVENT", path, message, event.id, allowed, remedy)
