"""The run's report: one page that stands alone, from `ReportView` to HTML.

Nothing is fetched and nothing runs in the browser: styles and figures are in the page. Equal views
give equal bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from simulator.domain import LocationPrice, Tou
from simulator.publish import report_format as form
from simulator.publish import report_tables as tables
from simulator.publish.adequacy_view import (
    AdequacyMonth,
    AdequacyRow,
    AdequacySum,
    CutOffRow,
    CutOffSum,
    LeftOutRow,
    adequacy_sum,
    by_offset,
    lens_sums,
    sign_changes,
)
from simulator.publish.plots_adequacy import cut_off_bars, offset_bars
from simulator.publish.plots_bars import day_bars, money_bars
from simulator.publish.plots_map import PriceScale, price_map, price_scale
from simulator.publish.report_view import MarketSection, NetworkMap, ReportView, SettlementSection

SHOWN_ROWS = 12
"""Rows of a long table that are open at once; the rest unfolds."""


@dataclass(frozen=True)
class PriceMap:
    """One product's map with the legend of its market."""

    period: str
    tou: Tou
    drawing: Markup
    prices: tuple[LocationPrice, ...]


@dataclass(frozen=True)
class MarketPage:
    """A market with its sums and pictures."""

    section: MarketSection
    totals: tables.MarketTotals
    participants: tuple[tables.ParticipantAwards, ...]
    scale: PriceScale
    maps: tuple[PriceMap, ...]


@dataclass(frozen=True)
class AdequacyPage:
    """A month's revenue adequacy with its pictures."""

    month: str
    sums: AdequacySum
    constraints: tuple[AdequacyRow, ...]
    left_out: tuple[LeftOutRow, ...]
    offsets: Markup
    cut_offs: tuple[CutOffSum, ...]
    sign_changes: tuple[CutOffRow, ...]
    turned: Markup


@dataclass(frozen=True)
class MoneyPage:
    """The settlement with its pictures."""

    section: SettlementSection
    by_participant: Markup
    by_day: Markup
    adequacy: tuple[AdequacyPage, ...]


def render(view: ReportView) -> str:
    """The whole page, UTF-8 text that ends with a newline."""
    template = _environment().get_template("report.html.j2")
    return template.render(
        view=view,
        weekdays=tables.WEEKDAYS,
        markets=[_market(section, view.network) for section in tables.markets_in_time(view)],
        money_page=_money(view.settlement) if view.settlement else None,
        counts=tables.status_counts(view),
        refusals=tables.refusals_by_submission(view.refusals),
        binding=tables.binding_by_price,
        shown=SHOWN_ROWS,
    )


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("simulator.publish"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    filters: dict[str, Any] = {
        "mw": form.mw,
        "whole": form.whole,
        "usd": form.usd,
        "tiny": form.tiny,
        "percent": form.percent,
        "short": form.short,
    }
    environment.filters.update(filters)
    environment.globals["share"] = form.share
    return environment


def _market(section: MarketSection, network: NetworkMap) -> MarketPage:
    scale = price_scale(item.price_usd_per_mw for item in section.prices)
    products = sorted({(item.period, item.tou) for item in section.prices})
    return MarketPage(
        section=section,
        totals=tables.market_totals(section),
        participants=tables.awards_by_participant(section.awards),
        scale=scale,
        maps=tuple(_map(section, network, scale, *product) for product in products),
    )


def _map(
    section: MarketSection, network: NetworkMap, scale: PriceScale, period: str, tou: Tou
) -> PriceMap:
    prices = sorted(
        (item for item in section.prices if (item.period, item.tou) == (period, tou)),
        key=lambda item: (-item.price_usd_per_mw, item.location),
    )
    binding = [item for item in section.binding if (item.period, item.tou) == (period, tou)]
    label = f"Prices of {section.name}, {period} {tou}, on the network"
    drawing = price_map(network, prices, binding, scale, label)
    return PriceMap(period, tou, Markup(drawing), tuple(prices))


def _money(section: SettlementSection) -> MoneyPage:
    holders = [(row.participant, row.net_usd) for row in section.participants]
    days = [(row.trading_day, row.amount_usd) for row in section.statements]
    return MoneyPage(
        section=section,
        by_participant=Markup(money_bars(holders, "Net settlement by participant, USD")),
        by_day=Markup(day_bars(days, "Amounts of the statements by trading day, USD")),
        adequacy=tuple(map(_adequacy, section.adequacy)),
    )


def _adequacy(month: AdequacyMonth) -> AdequacyPage:
    rows, sums = by_offset(month), lens_sums(month)
    why = f"{month.month}: collected less owed by constraint, and what it is made of, USD"
    turned = f"{month.month}: rights whose payment changes sign, by shift-factor cut-off"
    return AdequacyPage(
        month.month,
        adequacy_sum(month),
        rows,
        month.left_out,
        Markup(offset_bars(rows, why)),
        sums,
        sign_changes(month),
        Markup(cut_off_bars(sums, turned)),
    )
