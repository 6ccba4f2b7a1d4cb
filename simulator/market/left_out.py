"""Contingencies that a market did not enforce, as everybody may read: a warning, not a secret."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from simulator.domain.table import csv_text
from simulator.market.facilities import as_built
from simulator.market.rerun import spec_as_run
from simulator.market.world import World
from simulator.network.amplified import LEFT_OUT_HEADER, LeftOut, left_out_row
from simulator.publish.adequacy_view import LeftOutRow
from simulator.store import Transaction


def of_model(world: World, left_out: Iterable[LeftOut]) -> str:
    """CONTINGENCY_LEFT_OUT of a CRR model: what was found of each, and what is allowed."""
    allowed = world.settings.clearing.largest_shift_factor
    return csv_text(LEFT_OUT_HEADER, (left_out_row(item, allowed) for item in left_out))


def of_days(tx: Transaction, world: World, days: Sequence[date]) -> str:
    """The same of the day-ahead market, day by day as it was last run."""
    allowed = world.settings.clearing.largest_shift_factor
    return csv_text(
        ("TradingDay", *LEFT_OUT_HEADER),
        ((day, *left_out_row(item, allowed)) for day in days for item in _on(tx, world, day)),
    )


def rows_of_days(tx: Transaction, world: World, days: Sequence[date]) -> tuple[LeftOutRow, ...]:
    """By contingency: on which days, and the most that it would have moved on one branch."""
    found: dict[str, list[tuple[date, LeftOut]]] = defaultdict(list)
    for day in days:
        for item in _on(tx, world, day):
            found[item.contingency].append((day, item))
    return tuple(
        LeftOutRow(
            contingency,
            str(worst.branch),
            Decimal(repr(worst.shift_factor)),
            tuple(day.isoformat() for day, _ in of_it),
        )
        for contingency, of_it in sorted(found.items())
        for worst in [max((item for _, item in of_it), key=lambda item: item.shift_factor)]
    )


def _on(tx: Transaction, world: World, day: date) -> tuple[LeftOut, ...]:
    market, out = as_built(tx, world).day_ahead_market, spec_as_run(tx, world, day).outages
    return market.enforced(out).left_out
