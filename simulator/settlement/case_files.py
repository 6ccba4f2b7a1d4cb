"""A settlement case as the files of its folder: what `folder` reads, it gives back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from itertools import groupby

from simulator.domain import Crr
from simulator.domain.settings import CalendarSettings
from simulator.domain.table import csv_text
from simulator.settlement.case import AuctionAward, ConstraintHour, SettlementCase
from simulator.settlement.report import hour_text

CRR_HEADER = ("CRRID", "Owner", "HedgeType", "Source", "Sink", "TOU", "MW", "StartDate", "EndDate")

Row = tuple[object, ...]
Factors = Mapping[str, float]


def case_files(case: SettlementCase) -> dict[str, str]:
    """File texts by name, rows sorted: rights, prices, factors, revenue, awards, calendar.

    Shift factors are kept for the locations that some right uses; factors that hold in most hours
    stand once with a blank hour, those of a day once with its date where they differ, those of
    single hours where they differ from their day's. Clawback's and the measured
    demand's files are not written.
    """
    zone = case.calendar.calendar.timezone
    hours = sorted(case.constraint_hours, key=lambda row: (row.hour.start, row.constraint))
    return {
        "calendar.toml": _calendar(case),
        "crrs.csv": crrs_csv(case.crrs),
        "shadow_prices.csv": csv_text(
            ("Hour", "Constraint", "ShadowPrice"),
            (
                (hour_text(row.hour, zone), row.constraint, row.shadow_price_usd_per_mwh)
                for row in hours
            ),
        ),
        "shift_factors.csv": csv_text(
            ("Hour", "Constraint", "SourceSink", "ShiftFactor"), _factors(case, hours, zone)
        ),
        "congestion_revenue.csv": csv_text(
            ("Hour", "Constraint", "RevenueUSD"),
            ((hour_text(row.hour, zone), row.constraint, row.revenue_usd) for row in hours),
        ),
        "auction_awards.csv": csv_text(
            ("CRRID", "Owner", "TransactionType", "MW", "ClearingPrice", "TradingDay"),
            _awards(case.auction_awards),
        ),
    }


def crrs_csv(crrs: Iterable[Crr]) -> str:
    """`crrs.csv`; EndDate is the last day of a right."""
    return csv_text(
        CRR_HEADER,
        (
            (
                *(crr.crr_id, crr.owner, crr.hedge, crr.source, crr.sink, crr.tou, crr.mw),
                *(crr.start, crr.end - timedelta(days=1)),
            )
            for crr in sorted(crrs, key=lambda crr: (crr.owner, crr.crr_id, crr.start))
        ),
    )


def _awards(awards: Iterable[AuctionAward]) -> list[Row]:
    return sorted(
        (
            *(award.crr_id, award.owner, award.transaction, award.mw),
            *(award.clearing_price_usd_per_mw, award.trading_day or ""),
        )
        for award in awards
    )


def _calendar(case: SettlementCase) -> str:
    calendar, month = case.calendar, case.calendar.month.start
    lines = [f'month = "{month:%Y-%m}"', f'timezone = "{calendar.calendar.timezone}"']
    if calendar.calendar.bank_holidays:
        days = ", ".join(f'"{day}"' for day in calendar.calendar.bank_holidays)
        lines.append(f"holidays = [{days}]")
    lines.append(f"statement_offset_business_days = {calendar.statement_offset_business_days}")
    if calendar.true_up_day is not None:
        lines.append(f'true_up_day = "{calendar.true_up_day}"')
    for key in ("on_peak_first_hour_ending", "on_peak_last_hour_ending"):
        value = getattr(calendar.calendar, key)
        if value != getattr(CalendarSettings, key):
            lines.append(f"{key} = {value}")
    return "".join(f"{line}\n" for line in lines)


def _factors(case: SettlementCase, hours: list[ConstraintHour], zone: str) -> Iterator[Row]:
    places = {place for crr in case.crrs for place in (crr.source, crr.sink)}
    by_constraint: dict[str, list[ConstraintHour]] = {}
    for row in hours:
        by_constraint.setdefault(row.constraint, []).append(row)
    for constraint, rows in sorted(by_constraint.items()):
        listed = _listed(rows, places)
        usual = _usual(rows)
        for place in listed:
            yield "", constraint, place, usual.get(place, 0.0)
        for day, of_day in groupby(rows, key=lambda row: row.hour.day):
            hours_of_day = list(of_day)
            of_most = _usual(hours_of_day)
            yield from _differing(str(day), constraint, listed, of_most, usual)
            for row in hours_of_day:
                hour = hour_text(row.hour, zone)
                yield from _differing(hour, constraint, listed, row.shift_factors, of_most)


def _differing(
    when: str, constraint: str, listed: list[str], factors: Factors, known: Factors
) -> Iterator[Row]:
    if factors is known:
        return
    for place in listed:
        factor = factors.get(place, 0.0)
        if factor != known.get(place, 0.0):
            yield when, constraint, place, factor


def _listed(rows: list[ConstraintHour], places: set[str]) -> list[str]:
    """Places of rights with a factor in some hour; one of any kind where there is none."""
    mappings = {id(row.shift_factors): row.shift_factors for row in rows}
    known = {place for factors in mappings.values() for place in factors}
    used = {
        place for factors in mappings.values() for place in factors.keys() & places
        if factors[place]
    }  # fmt: skip
    return sorted(used) or sorted(known)[:1]


def _usual(rows: list[ConstraintHour]) -> Factors:
    """The factors of the constraint in most of its hours; the first of equally frequent ones."""
    counts = Counter(id(row.shift_factors) for row in rows)
    most = max(counts.values())
    return next(row.shift_factors for row in rows if counts[id(row.shift_factors)] == most)
