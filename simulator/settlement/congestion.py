"""Prices, shift factors and revenue joined by constraint and hour; no hole is settled on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import itemgetter

from simulator.domain import Finding
from simulator.domain.table import TableRow
from simulator.settlement.case import ConstraintHour, SettlementCalendar
from simulator.timeline.hours import Hour, hours_of_period, iso_utc

Key = tuple[int, str]  # hour start in epoch seconds, constraint

NO_FACTORS: Mapping[str, float] = {}


def congestion_hours(
    shadow_prices: Sequence[TableRow],
    shift_factors: Sequence[TableRow],
    revenue: Sequence[TableRow],
    calendar: SettlementCalendar | None,
) -> tuple[tuple[ConstraintHour, ...], list[Finding]]:
    """The constraints of every hour that has a price or revenue, and what is wrong.

    A constraint without a price in an hour has price 0 there. With findings the hours are only what
    could be made of the rows. Without a calendar (it has findings
    of its own) only what needs none is checked.
    """
    findings = [
        *repeated(shadow_prices, "Hour", "Constraint"),
        *repeated(shift_factors, "Hour", "Constraint", "SourceSink"),
        *repeated(revenue, "Hour", "Constraint"),
    ]
    factors = _Factors.of(shift_factors)
    prices = {(row["Hour"], row["Constraint"]): row["ShadowPrice"] for row in shadow_prices}
    collected = {(row["Hour"], row["Constraint"]): row["RevenueUSD"] for row in revenue}
    findings += _without_revenue(shadow_prices, collected)
    findings += _without_factors(shadow_prices, factors)
    findings += _unknown_constraints(revenue, prices, factors)
    if calendar is None:
        return (), findings
    hours = month_hours(calendar)
    for rows in (shadow_prices, shift_factors, revenue):
        findings += outside_month(rows, hours, calendar)
    none = Decimal(0)
    return tuple(
        ConstraintHour(
            hours[start],
            constraint,
            prices.get((start, constraint), none),
            collected.get((start, constraint), none),
            factors.at(start, constraint) or NO_FACTORS,
        )
        for start, constraint in sorted(prices.keys() | collected.keys())
        if start in hours
    ), findings


def month_hours(calendar: SettlementCalendar) -> dict[int, Hour]:
    """The hours of the month by their start in epoch seconds."""
    return {
        hour.start: hour for hour in hours_of_period(calendar.month, calendar=calendar.calendar)
    }


@dataclass(frozen=True)
class _Factors:
    """Factors for all hours by constraint; those of single hours come before them."""

    always: Mapping[str, Mapping[str, float]]
    by_hour: Mapping[Key, Mapping[str, float]]

    @staticmethod
    def of(rows: Sequence[TableRow]) -> _Factors:
        always: dict[str, dict[str, float]] = {}
        by_hour: dict[Key, dict[str, float]] = {}
        for row in rows:
            hour, constraint = row["Hour"], row["Constraint"]
            if hour is None:
                factors = always.setdefault(constraint, {})
            else:
                factors = by_hour.setdefault((hour, constraint), {})
            factors[row["SourceSink"]] = row["ShiftFactor"]
        hours: dict[Key, Mapping[str, float]] = {
            key: {**always.get(key[1], {}), **of_hour} for key, of_hour in by_hour.items()
        }
        return _Factors(always, _shared(hours))

    @property
    def constraints(self) -> set[str]:
        """Every constraint that has a factor in some hour."""
        return {*self.always, *(constraint for _, constraint in self.by_hour)}

    def at(self, start: int, constraint: str) -> Mapping[str, float] | None:
        """The factors of `constraint` in the hour from `start`, None when it is not listed."""
        single = self.by_hour.get((start, constraint))
        return self.always.get(constraint) if single is None else single


def _shared(hours: Mapping[Key, Mapping[str, float]]) -> dict[Key, Mapping[str, float]]:
    """One mapping for all hours with the same factors: it is told by identity what is known."""
    known: dict[tuple[tuple[str, float], ...], Mapping[str, float]] = {}
    return {
        key: known.setdefault(tuple(sorted(factors.items())), factors)
        for key, factors in hours.items()
    }


def repeated(rows: Sequence[TableRow], *columns: str) -> Iterator[Finding]:
    """Rows whose cells of `columns` are those of an earlier row of the same file."""
    cells_of = itemgetter(*columns, columns[-1])  # twice the last: always a tuple
    keys = [cells_of(row.values)[:-1] for row in rows]
    if len(set(keys)) == len(keys):
        return
    first: dict[tuple[object, ...], int] = {}
    for key, row in zip(keys, rows, strict=True):
        if key in first:
            yield Finding(
                "SETTLE_ROW_TWICE",
                f"the same {', '.join(columns)} is already in row {first[key]}",
                row.where(),
                ", ".join(_text(cell) for cell in key),
                "one row for each",
                "keep one of the rows",
            )
        first.setdefault(key, row.line)


def _without_revenue(
    shadow_prices: Sequence[TableRow], collected: Mapping[Key, Decimal]
) -> Iterator[Finding]:
    yield from _holes(
        shadow_prices,
        lambda key: key not in collected,
        "SETTLE_REVENUE_MISSING",
        "has a shadow price but no congestion revenue",
        "a row in congestion_revenue.csv for every priced hour, 0 where nothing was collected",
    )


def _without_factors(shadow_prices: Sequence[TableRow], factors: _Factors) -> Iterator[Finding]:
    yield from _holes(
        shadow_prices,
        lambda key: factors.at(*key) is None,
        "SETTLE_FACTORS_MISSING",
        "has a shadow price but no shift factors",
        "rows in shift_factors.csv for the hour, or with a blank hour",
    )


def _holes(
    shadow_prices: Sequence[TableRow],
    missing: Callable[[Key], bool],
    code: str,
    message: str,
    allowed: str,
) -> Iterator[Finding]:
    """One finding per constraint, at its first hole: 744 of a kind help nobody."""
    rows: dict[str, list[TableRow]] = {}
    for row in shadow_prices:
        if row["ShadowPrice"] and missing((row["Hour"], row["Constraint"])):
            rows.setdefault(row["Constraint"], []).append(row)
    for constraint, holes in sorted(rows.items()):
        first = min(holes, key=lambda row: int(row["Hour"]))
        yield Finding(
            code,
            f"{constraint} {message}",
            first.where(),
            f"{len(holes)} hours, first {iso_utc(first['Hour'])}",
            allowed,
            "add the missing rows; nothing is settled on a hole",
            "rulebook 6.2",
        )


def _unknown_constraints(
    revenue: Sequence[TableRow], prices: Mapping[Key, Decimal], factors: _Factors
) -> Iterator[Finding]:
    known = {constraint for _, constraint in prices} | factors.constraints
    unknown: dict[str, TableRow] = {}
    for row in revenue:
        if row["RevenueUSD"] and row["Constraint"] not in known:
            unknown.setdefault(row["Constraint"], row)
    for constraint, row in sorted(unknown.items()):
        yield Finding(
            "SETTLE_CONSTRAINT_UNKNOWN",
            f"{constraint} has revenue but neither a price nor a shift factor in any hour",
            row.where("Constraint"),
            constraint,
            "a constraint of shadow_prices.csv or shift_factors.csv",
            "correct its name, or add its prices and factors",
        )


def outside_month(
    rows: Sequence[TableRow], hours: Mapping[int, Hour], calendar: SettlementCalendar
) -> Iterator[Finding]:
    """One finding per file: a wrong month is one mistake, not 744."""
    outside = [row for row in rows if row["Hour"] is not None and row["Hour"] not in hours]
    if outside:
        yield Finding(
            "SETTLE_HOUR_OUTSIDE",
            "the hour is not in the month given",
            outside[0].where("Hour"),
            f"{_text(outside[0]['Hour'])}, one of {len(outside)} rows",
            f"{calendar.month.start} to {calendar.last_day}, {calendar.calendar.timezone}",
            "settle each month by itself",
            "rulebook 6.2",
        )


def _text(cell: object) -> str:
    return iso_utc(cell) if isinstance(cell, int) else "all hours" if cell is None else str(cell)
