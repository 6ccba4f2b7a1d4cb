"""Contingencies that a market says it did not enforce: with a reason, and true to its results."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from simulator.verify.check import Check, Offence, judged
from simulator.verify.settled_month import SettledMonth
from simulator.verify.table import Row, read_rows

LEFT_OUT = ("Contingency", "ConstraintName", "ShiftFactor", "LargestShiftFactor")
ENFORCED = ("contingencies.csv", "generator_contingencies.csv")
PARTS = 3  # of a constraint's name: what is limited, after which contingency, which way


def verify_left_out(published: Path) -> Check:
    """Each contingency that is left out exceeds the largest factor, and no limit after it counts.

    In a CRR market it is not among the contingencies of the product's case; in the day-ahead
    market no constraint after it has a price on that day. What is out of service in the day-ahead
    market is not published, so its factors cannot be computed again.
    """
    offences: list[Offence] = []
    looked_at = 0
    for case in sorted(published.glob("*/*/case")):
        model, product = case.parents[1] / "model", case.parent.name
        if model.is_dir():
            name = f"{case.parents[1].name}_{product}_CONTINGENCY_LEFT_OUT.csv"
            rows = read_rows(model / "public" / name, LEFT_OUT)
            enforced = {
                row.text("Contingency")
                for file in ENFORCED
                for row in read_rows(case / file, ("Contingency",), optional=True)
            }
            looked_at += len(rows)
            offences += _without_reason(rows)
            offences += [
                Offence(1.0, row.where, f"{row.text('Contingency')} is in the case of {product}")
                for row in rows
                if row.text("Contingency") in enforced
            ]
    for folder in sorted(path for path in (published / "settlement").glob("*") if path.is_dir()):
        rows = read_rows(folder / "contingencies_left_out.csv", ("TradingDay", *LEFT_OUT))
        looked_at += len(rows)
        offences += _without_reason(rows)
        offences += _priced(rows, SettledMonth(folder))
    allowed = "above the largest shift factor, without a limit that counts"
    return judged("contingencies left out", allowed, offences, looked_at)


def _without_reason(rows: tuple[Row, ...]) -> Iterator[Offence]:
    for row in rows:
        factor, largest = row.decimal("ShiftFactor"), row.decimal("LargestShiftFactor")
        if factor <= largest:
            yield Offence(1.0, row.where, f"{factor} is not above {largest}")


def _priced(rows: tuple[Row, ...], month: SettledMonth) -> Iterator[Offence]:
    priced: dict[tuple[str, str], str] = {}
    for (start, constraint), price in month.prices.items():
        parts = constraint.split("|")
        if price and len(parts) == PARTS:
            priced[str(month.clock.day_and_tou(start)[0]), parts[1]] = constraint
    for row in rows:
        found = priced.get((row.text("TradingDay"), row.text("Contingency")))
        if found:
            yield Offence(1.0, row.where, f"{found} has a price on {row.text('TradingDay')}")
