"""`[settings.<group>]` of a scenario over the defaults of the domain, checked value by value."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, get_type_hints
from zoneinfo import ZoneInfo

from simulator.domain.settings import CalendarSettings, Settings
from simulator.timeline.document import Document, Table
from simulator.timeline.hours import has_whole_hours
from simulator.timeline.recalculation import is_offset

RATINGS = ("A", "B", "C")


@dataclass(frozen=True)
class Range:
    """Numbers from `low` to `high`, both allowed."""

    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high  # neither NaN nor infinity is

    def __str__(self) -> str:
        return f"{self.low:g} to {self.high:g}"


SHARE = Range(0, 1)
POSITIVE_SHARE = Range(0.001, 1)
NOT_NEGATIVE = Range(0, 1e12)  # any amount of money or count that a market could mean

ALLOWED_NUMBERS = {
    "calendar.on_peak_first_hour_ending": Range(1, 24),
    "calendar.on_peak_last_hour_ending": Range(1, 24),
    "clearing.annual_limit_scale": POSITIVE_SHARE,
    "clearing.long_term_limit_scale": POSITIVE_SHARE,
    "clearing.monthly_limit_scale": POSITIVE_SHARE,
    "clearing.largest_shift_factor": Range(1, 1e12),  # no network of lines goes below 1
    "clearing.outage_long_days": Range(1, 366),
    "clearing.outage_report_days": Range(0, 366),
    "clearing.source_sink_v0_days": Range(0, 366),
    "clearing.source_sink_v1_days": Range(0, 366),
    "bidding.curve_points_max": Range(2, 1000),
    "credit.margin_percentile": Range(0, 100),
    "day_ahead.history_days": Range(1, 31),
    "day_ahead.load_noise": SHARE,
    "day_ahead.rating_scale": Range(0.1, 2),
    "settlement.statement_offset_business_days": Range(0, 60),
    "population.participants": Range(1, 1000),
    "population.bids_per_trader": Range(0, 100_000),
    "population.forecast_noise": Range(0, 10),
    "population.careless_share": SHARE,
}
ALLOWED_TEXTS = {
    "clearing.base_rating": RATINGS,
    "clearing.contingency_rating": RATINGS,
    "clearing.infeasible_base": ("relax", "refuse"),
    "clearing.curve": ("linear", "step"),
    "clearing.allocation_objective": ("weighted_least_squares", "max_mw"),
    "clearing.partial_outage_derate": ("weighted", "minimum"),
    "bidding.curve_direction": ("economic", "reversed", "any"),
    "bidding.buy_hedges": ("OBL", "OPT"),
    "settlement.netting_level": ("owner",),
    "settlement.auction_revenue_spread": ("period", "at_once"),
    "wire.conversion_approval_window": ("ConversionApprovalWindow", "conversionApprovalWindow"),
}
ALLOWED_PAIRS = tuple(
    f"{source}>{sink}"
    for source in ("GEN", "LAP", "TH", "SP")
    for sink in ("GEN", "LAP", "TH", "SP")
)


def read_settings(document: Document) -> Settings:
    """The settings of the scenario; what is wrong is noted in `document` and keeps its default."""
    top = document.table("settings")
    if top is None:
        return Settings()
    top.only(Settings.groups())
    groups: dict[str, Any] = {}
    for group in Settings.groups():
        values = top.values.get(group, {})
        if isinstance(values, dict):
            table = Table(document, ("settings", group), values)
            groups[group] = _read_group(table, group, getattr(Settings(), group))
        else:
            top.fault("SCN_TYPE", group, f"{group} is not a table", f"[settings.{group}]")
    settings = Settings(**groups)
    _check_calendar(top, settings.calendar)
    return settings


def _read_group(table: Table, group: str, defaults: Any) -> Any:
    names = tuple(item.name for item in fields(defaults))
    table.only(names)
    types = get_type_hints(type(defaults))
    given = {
        name: value
        for name in names
        if name in table.values
        and (value := _read_value(table, f"{group}.{name}", name, types[name], defaults))
        is not None
    }
    return replace(defaults, **given)


def _read_value(table: Table, full_name: str, name: str, kind: Any, defaults: Any) -> Any:
    """The value of one setting, or None after noting what is wrong with it."""
    if kind in (int, float):
        unit = next(item for item in fields(defaults) if item.name == name).metadata["unit"]
        return _read_number(table, full_name, name, kind, unit)
    if kind is bool:
        return _typed(table, name, bool, "true or false")
    if kind is str:
        value = _typed(table, name, str, "a text in quotes")
        return value if value is None or _text_allowed(table, full_name, name, value) else None
    if full_name == "calendar.bank_holidays":
        return _read_dates(table, name)
    items = _typed(table, name, list, "a list of texts")
    if items is None:
        return None
    accepted = [_text_allowed(table, full_name, name, item) for item in items]
    return tuple(items) if all(accepted) else None


def _read_number(table: Table, full_name: str, name: str, kind: type, unit: str) -> Any:
    value = table.values[name]
    right_type = type(value) is int or (kind is float and type(value) is float)
    by_unit = SHARE if unit.startswith("share") else NOT_NEGATIVE
    allowed = ALLOWED_NUMBERS.get(full_name, by_unit)
    if not right_type:
        kind_name = "a whole number" if kind is int else "a number"
        table.fault("SCN_TYPE", name, f"{name} is not {kind_name}", f"{kind_name}, {allowed}")
        return None
    if value not in allowed:
        table.fault("SCN_RANGE", name, f"{name} is out of range", f"{allowed} ({unit})")
        return None
    return kind(value)


def _text_allowed(table: Table, full_name: str, name: str, value: object) -> bool:
    if full_name == "calendar.timezone":
        if isinstance(value, str) and _is_timezone(value):
            if has_whole_hours(value):
                return True
            message = f"{value} is not a whole number of hours from UTC"
            table.fault("SCN_VALUE", name, message, "a zone whose hours start with those of UTC")
            return False
        table.fault("SCN_VALUE", name, "unknown time zone", "an IANA name: America/Los_Angeles")
        return False
    if full_name == "settlement.recalculations":
        return _offset_allowed(table, name, value)
    allowed = ALLOWED_TEXTS.get(full_name)
    if full_name == "bidding.biddable_pairs":
        allowed = ALLOWED_PAIRS
    if not isinstance(value, str) or (allowed is not None and value not in allowed):
        words = ", ".join(allowed) if allowed else "texts in quotes"
        table.fault("SCN_VALUE", name, f"{name} is not allowed", words, "use one of these")
        return False
    return True


def _offset_allowed(table: Table, name: str, value: object) -> bool:
    if isinstance(value, str) and is_offset(value):
        return True
    table.fault("SCN_VALUE", name, f"{value!r} is no such time", 'texts such as "12B" or "9M"')
    return False


def _read_dates(table: Table, name: str) -> tuple[str, ...] | None:
    items = _typed(table, name, list, "a list of dates")
    if items is None:
        return None
    days: list[str] = []
    for item in items:
        try:
            day = item if type(item) is date else date.fromisoformat(item)
            days.append(day.isoformat())
        except (TypeError, ValueError):
            table.fault("SCN_VALUE", name, f"{item!r} is not a date", "dates such as 2024-06-19")
            return None
    return tuple(sorted(set(days)))


def _typed(table: Table, name: str, kind: type, allowed: str) -> Any:
    value = table.values[name]
    if type(value) is kind:
        return value
    table.fault("SCN_TYPE", name, f"{name} has the wrong type", allowed)
    return None


def _is_timezone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        return False
    return True


def _check_calendar(top: Table, calendar: CalendarSettings) -> None:
    first, last = calendar.on_peak_first_hour_ending, calendar.on_peak_last_hour_ending
    if first > last:
        path = ("settings", "calendar", "on_peak_first_hour_ending")
        message = "the first on-peak hour comes after the last"
        top.document.fault("SCN_RANGE", path, message, first, f"at most {last}")
