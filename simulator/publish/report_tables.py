"""The sums of the report: what the reader wants to see, out of what the market room gave."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from simulator.domain import Award, BindingConstraint, TransactionType
from simulator.publish.report_view import (
    DONE,
    FAILED,
    PENDING,
    REFUSED,
    EventRow,
    MarketSection,
    RefusalRow,
    ReportView,
)

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
ZERO = Decimal(0)


@dataclass(frozen=True)
class ParticipantAwards:
    """What one participant asked for and got in one market; money is paid (+) for awards."""

    participant: str
    submissions: int
    submitted_mw: Decimal
    awarded_mw: Decimal
    sold_mw: Decimal
    paid_usd: Decimal | None


@dataclass(frozen=True)
class MarketTotals:
    """The headline of one market."""

    submissions: int
    submitted_mw: Decimal
    awarded_mw: Decimal
    binding: int
    relaxed: int


@dataclass
class _Running:
    submissions: int = 0
    submitted_mw: Decimal = ZERO
    awarded_mw: Decimal = ZERO
    sold_mw: Decimal = ZERO
    paid_usd: Decimal = ZERO
    priced: bool = field(default=False)


def awards_by_participant(awards: Iterable[Award]) -> tuple[ParticipantAwards, ...]:
    """Awards added up by participant, the largest first; sales count apart."""
    totals: dict[str, _Running] = {}
    for award in awards:
        total = totals.setdefault(award.participant, _Running())
        sells = award.transaction is TransactionType.SELL
        total.submissions += 1
        total.submitted_mw += award.submitted_mw
        if sells:
            total.sold_mw += award.awarded_mw
        else:
            total.awarded_mw += award.awarded_mw
        if award.clearing_price_usd_per_mw is not None:
            total.priced = True
            money = award.awarded_mw * award.clearing_price_usd_per_mw
            total.paid_usd += -money if sells else money
    rows = [
        ParticipantAwards(
            name,
            total.submissions,
            total.submitted_mw,
            total.awarded_mw,
            total.sold_mw,
            total.paid_usd if total.priced else None,
        )
        for name, total in totals.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.awarded_mw - row.sold_mw, row.participant)))


def market_totals(market: MarketSection) -> MarketTotals:
    """Submitted and awarded MW of all products together."""
    return MarketTotals(
        submissions=sum(product.submissions for product in market.products),
        submitted_mw=sum((product.submitted_mw for product in market.products), ZERO),
        awarded_mw=sum((product.awarded_mw for product in market.products), ZERO),
        binding=len(market.binding),
        relaxed=len(market.relaxed),
    )


def binding_by_price(market: MarketSection) -> tuple[BindingConstraint, ...]:
    """Binding constraints, the dearest first."""
    return tuple(
        sorted(
            market.binding,
            key=lambda item: (
                -item.shadow_price_usd_per_mw,
                item.period,
                item.tou,
                item.name,
                item.contingency,
                item.direction,
            ),
        )
    )


def status_counts(view: ReportView) -> dict[str, int]:
    """How many events of the calendar are done, refused, failed and pending."""
    counts = dict.fromkeys((DONE, REFUSED, FAILED, PENDING), 0)
    for event in all_events(view):
        counts[event.status] = counts.get(event.status, 0) + 1
    return counts


def all_events(view: ReportView) -> tuple[EventRow, ...]:
    """Every event of the calendar, in time order."""
    events = [event for week in view.weeks for day in week.days for event in day.events]
    return tuple(sorted(events, key=lambda event: (event.at, event.event_id)))


def markets_in_time(view: ReportView) -> tuple[MarketSection, ...]:
    """Markets in the order of their first event in the calendar; those without one come last."""
    events = all_events(view)
    first: dict[str, int] = {}
    for position, event in enumerate(events):
        first.setdefault(event.market, position)
    return tuple(
        sorted(view.markets, key=lambda item: (first.get(item.name, len(events)), item.name))
    )


def refusals_by_submission(
    refusals: Iterable[RefusalRow],
) -> tuple[tuple[RefusalRow, tuple[RefusalRow, ...]], ...]:
    """Refused submissions in time order, each with all of its findings."""
    groups: dict[tuple[str, str, str, str], list[RefusalRow]] = {}
    for row in refusals:
        key = (row.at, row.participant, row.market, row.portfolio)
        groups.setdefault(key, []).append(row)
    return tuple(
        (rows[0], tuple(rows))
        for rows in (
            sorted(groups[key], key=lambda row: (row.code, row.where, row.message))
            for key in sorted(groups)
        )
    )
