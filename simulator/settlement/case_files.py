"""A settlement case as the files of its folder: what `folder` reads, it gives back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import timedelta

from simulator.domain import Crr
from simulator.domain.settings import CalendarSettings, SettlementSettings
from simulator.domain.table import csv_text
from simulator.settlement.calendar_file import THRESHOLDS
from simulator.settlement.case import AuctionAward, ConstraintHour, SettlementCase
from simulator.settlement.report import hour_text

CRR_HEADER = ("CRRID", "Owner", "HedgeType", "Source", "Sink", "TOU", "MW", "StartDate", "EndDate")
SCHEDULE_HEADER = ("Hour", "RightID", "Holder", "Source", "Sink", "MW")

Row = tuple[object, ...]
Rows = Iterator[Row]


def case_files(case: SettlementCase, locations: Collection[str] = ()) -> dict[str, str]:
    """File texts by name, rows sorted: rights, prices, factors, revenue, awards, calendar.

    Shift factors are kept for the locations that some right uses. A constraint whose factors are
    the same in all its hours has them once, with a blank hour; any other has all of them in each
    of its hours, and none with a blank hour (contract section 5). A right's location without a
    factor on any constraint gets rows of 0 when it is one of the known `locations`: it is a
    reference location, not a misspelt one. Schedules under existing rights have a file when there
    are any. Clawback's and the measured demand's files are not written.
    """
    zone = case.calendar.calendar.timezone
    hours = sorted(case.constraint_hours, key=lambda row: (row.hour.start, row.constraint))
    texts = {
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
            ("Hour", "Constraint", "SourceSink", "ShiftFactor"),
            _factors(case, hours, zone, set(locations)),
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
    if case.right_schedules:
        texts["right_schedules.csv"] = csv_text(SCHEDULE_HEADER, _schedules(case, zone))
    return texts


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


def _schedules(case: SettlementCase, zone: str) -> Rows:
    ordered = sorted(case.right_schedules, key=lambda row: (row.hour.start, row.right_id))
    for row in ordered:
        hour = hour_text(row.hour, zone)
        yield hour, row.right_id, row.holder, row.source, row.sink, row.mw


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
    for key in THRESHOLDS:
        value = getattr(case.settings, key)
        if value != getattr(SettlementSettings, key):
            lines.append(f"{key} = {value}")
    return "".join(f"{line}\n" for line in lines)


def _factors(case: SettlementCase, hours: list[ConstraintHour], zone: str, zero: set[str]) -> Rows:
    places = {place for crr in case.crrs for place in (crr.source, crr.sink)}
    places |= {place for row in case.right_schedules for place in (row.source, row.sink)}
    by_constraint: dict[str, list[ConstraintHour]] = {}
    for row in hours:
        by_constraint.setdefault(row.constraint, []).append(row)
    listed = {name: _listed(rows, places) for name, rows in by_constraint.items()}
    without = (places & zero).difference(*listed.values())
    for constraint, rows in sorted(by_constraint.items()):
        of_constraint = sorted({*listed[constraint], *without})
        by_hour = [[row.shift_factors.get(place, 0.0) for place in of_constraint] for row in rows]
        whens = [hour_text(row.hour, zone) for row in rows]
        if all(factors == by_hour[0] for factors in by_hour):
            whens, by_hour = [""], by_hour[:1]
        for when, factors in zip(whens, by_hour, strict=True):
            for place, factor in zip(of_constraint, factors, strict=True):
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
