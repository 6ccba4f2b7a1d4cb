"""Credit margins and expected values of paths, from a history of congestion (rulebook 5.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from math import floor

from simulator.domain import Period, Product, Tou
from simulator.domain.settings import CreditSettings
from simulator.rules.figure import ZERO, Figure, figure, share, usd_figure
from simulator.timeline.hours import hours_of_period

DEFAULTS = CreditSettings()
HUNDRED = Decimal(100)


def percentile(values: Sequence[Decimal], percent: Decimal) -> Decimal:
    """The value that `percent` of the history lies below, linear between neighbours in rank.

    ValueError when there is no history.
    """
    if not values:
        raise ValueError("a percentile needs at least one value")
    ranked = sorted(values)
    rank = percent / HUNDRED * (len(ranked) - 1)
    left = floor(rank)
    right = min(left + 1, len(ranked) - 1)
    return ranked[left] + (rank - left) * (ranked[right] - ranked[left])


def expected_value(values_usd_per_mw: Sequence[Decimal]) -> Figure:
    """The mean of the history, in USD per MW of the product."""
    count = figure("history", len(values_usd_per_mw), "values")
    mean = sum(values_usd_per_mw, ZERO) / len(values_usd_per_mw)
    return usd_figure("expected value", mean, "mean of the history", (count,), "5.2")


def credit_margin(
    values_usd_per_mw: Sequence[Decimal], settings: CreditSettings = DEFAULTS
) -> Figure:
    """Expected congestion revenue less its low percentile, never negative (rulebook 5.2).

    `values_usd_per_mw` are what one MW of the product would have earned, one value for each
    stretch of history; the percentile is a setting (5).
    """
    expected = expected_value(values_usd_per_mw)
    percent = share(settings.margin_percentile)
    low = figure(f"percentile {percent}", percentile(values_usd_per_mw, percent), "USD")
    value = max(expected.value - low.value, ZERO)
    return usd_figure(
        "credit margin", value, "expected value - low percentile", (expected, low), "5.2"
    )


@dataclass(frozen=True)
class CongestionHistory:
    """Daily congestion at every location, over the days that have hours of that time of use.

    `daily_mcc_usd` maps (location, time of use) to the day's sum of hourly marginal costs of
    congestion, USD per MW, all of the same days in the same order. A path from source to sink
    earns sink less source. Each past day is taken as typical: a product with `days` such days
    earns that many times the day's value.
    """

    daily_mcc_usd: Mapping[tuple[str, Tou], tuple[Decimal, ...]]

    def path(self, source: str, sink: str, tou: Tou, days: int) -> tuple[Decimal, ...]:
        """What one MW of the product would have earned; KeyError for an unknown location."""
        pairs = zip(self.daily_mcc_usd[source, tou], self.daily_mcc_usd[sink, tou], strict=True)
        return tuple(days * (at_sink - at_source) for at_source, at_sink in pairs)


def product_days(product: Product) -> int:
    """Days of the product's period that have hours of its time of use."""
    period = product.period
    return _days_between(period.start, period.end, product.tou)


@cache  # thousands of CRRs run for the same few periods
def _days_between(start: date, end: date, tou: Tou) -> int:
    return len({hour.day for hour in hours_of_period(Period(start, end, ""), tou)})
