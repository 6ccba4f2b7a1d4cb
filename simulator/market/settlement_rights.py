"""What existing rights schedule day-ahead; its congestion is given back (rulebook 6.2)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

from simulator.domain import Period, Product, mw
from simulator.market import tor
from simulator.market.remapping import moves_by
from simulator.market.world import World
from simulator.participants import Right
from simulator.settlement import RightSchedule
from simulator.settlement.remap import Replacement
from simulator.store import Transaction
from simulator.timeline.hours import hours_of_day


def right_schedules(tx: Transaction, world: World, day: date) -> tuple[RightSchedule, ...]:
    """The schedules of every ownership right and contract in each hour of a trading day.

    The share of the right that the settings say, without what was converted into CRRs by then
    (rulebook 7.3), between the places that its ends settle at. The dispatch takes loads and offers
    as they are: a schedule says whose flow a part of them is, it moves none of them.
    """
    share = Decimal(str(world.settings.day_ahead.right_schedule_share))
    only = Period(day, day + timedelta(days=1), day.isoformat())
    hours, moves = hours_of_day(day, world.settings.calendar), moves_by(world, day)
    found = []
    for right in world.rights_in(only):
        source, sink = _ends(right, moves)
        left_mw = {
            tou: mw(share * tor.left_of(tx, right, Product(only, tou)))
            for tou in sorted({hour.tou for hour in hours})
        }
        found += [
            RightSchedule(right.holder, hour, right.right_id, source, sink, left_mw[hour.tou])
            for hour in hours
            if source != sink and left_mw[hour.tou] > 0
        ]
    return tuple(found)


def _ends(right: Right, moves: Iterable[Replacement]) -> tuple[str, str]:
    ends = {right.source: right.source, right.sink: right.sink}
    for move in moves:
        ends = {
            end: move.replaced_by if place == move.location else place
            for end, place in ends.items()
        }
    return ends[right.source], ends[right.sink]
