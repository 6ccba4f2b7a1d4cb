"""The calendar as rows for everybody: each market's windows, and every other moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from simulator.domain import Market, MarketTerm
from simulator.market.world import World
from simulator.publish.download import Row
from simulator.publish.oasis import REPORTS, ReportName, to_csv
from simulator.timeline.event import EventKind
from simulator.timeline.hours import Bounds

TERMS = {MarketTerm.MONTHLY: "Monthly", MarketTerm.ANNUAL: "Seasonal"}
WINDOW = "SUBMISSION_WINDOW"


def calendar_rows(
    world: World, wanted: Callable[[Bounds, str], bool] = lambda bounds, market: True
) -> Iterator[Row]:
    """Rows of the CRR_CALENDAR report; `wanted` chooses by time and market ("" for none)."""
    known = {spec.name: spec.market for spec in world.scenario.markets}
    happenings: list[tuple[Market | None, str, Bounds]] = [
        (spec.market, WINDOW, window) for spec in world.scenario.markets for window in spec.windows
    ]
    happenings += [
        (known.get(event.market), event.kind.value.upper(), Bounds(event.at, event.at + 1))
        for event in world.scenario.events
        if event.kind not in (EventKind.OPEN, EventKind.CLOSE)
    ]
    for market, event, bounds in happenings:
        name = market.name if market else ""
        if wanted(bounds, name):
            yield {
                "MARKET_NAME": name,
                "MARKET_TYPE": market.kind.value if market else "",
                "MARKET_TERM": TERMS[market.term] if market else "",
                "EVENT": event,
                "START_DATE_GMT": gmt(bounds.start),
                "END_DATE_GMT": gmt(bounds.last_second),
            }


def calendar_csv(world: World) -> str:
    """The whole calendar as a file."""
    return to_csv(REPORTS[ReportName.CRR_CALENDAR], calendar_rows(world))


def gmt(at: int) -> str:
    """Epoch second `at` as OASIS writes it: `2024-04-01T07:00:00-00:00`."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S-00:00")
