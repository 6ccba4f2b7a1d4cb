"""`change` of an `[[event]]`: what a correction of a market's input or of a price puts right, and
what a sponsor builds.
"""

from __future__ import annotations

from simulator.timeline.document import Table
from simulator.timeline.event import EventKind

Change = tuple[tuple[str, str | tuple[str, ...]], ...]

REQUIRED = {
    EventKind.CORRECT_PRICE: ("hour", "constraint", "shadow_price_usd_per_mwh"),
    EventKind.RERUN_DAY_AHEAD: ("day",),
    EventKind.RERUN_AUCTION: (),
    EventKind.AWARD_MERCHANT: ("sponsor", "facility", "start", "life_years"),
}
OPTIONAL = {
    EventKind.CORRECT_PRICE: ("revenue_usd", "reason"),
    EventKind.RERUN_DAY_AHEAD: ("load_scale", "reason"),
    EventKind.RERUN_AUCTION: ("limit_scale", "reason"),
    EventKind.AWARD_MERCHANT: (),
}
LISTS = {
    EventKind.CORRECT_PRICE: (),
    EventKind.RERUN_DAY_AHEAD: ("out", "back"),
    EventKind.RERUN_AUCTION: ("exclude",),
    EventKind.AWARD_MERCHANT: ("lines", "pairs"),
}


def read_change(event: Table, kind: str | None) -> Change:
    """The fields of the change, in order of their names; () for other kinds of events.

    Whether hour, constraint, branch or sponsor exist is known only when the event happens: the
    market refuses it then.
    """
    known = EventKind(kind) if kind is not None else None
    values = event.values.get("change")
    if known is None or not known.has_change:
        if values is not None and known is not None:
            message = f"{known} changes nothing"
            event.fault("SCN_UNKNOWN_FIELD", "change", message, "no change", "remove it")
        return ()
    required, optional, lists = REQUIRED[known], OPTIONAL[known], LISTS[known]
    if not isinstance(values, dict):
        allowed = f"a table with {', '.join(required or (*optional, *lists))}"
        event.fault("SCN_MISSING_FIELD", "", "change is missing", allowed, "add change")
        return ()
    table = Table(event.document, (*event.path, "change"), values)
    table.only((*required, *optional, *lists))
    found: dict[str, str | tuple[str, ...]] = {name: table.text(name) for name in required}
    found |= {name: table.text(name) for name in optional if name in values}
    found |= {name: table.texts(name) for name in lists if name in values}
    return tuple(sorted(found.items()))
