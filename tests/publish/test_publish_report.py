"""The report: everything of the view is on the page, and the page stands alone."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from report_sample import sample

from simulator.publish import report_format
from simulator.publish.plots_map import price_scale
from simulator.publish.report import render
from simulator.publish.report_tables import awards_by_participant
from simulator.publish.report_view import ReportView, WeekRow

VOID = {"meta", "link", "br", "hr", "img", "input"}


class Outline(HTMLParser):
    """Collects tags, ids and text, and sees that every element is closed in its turn."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            self.attributes.append((name, value or ""))
            if name == "id":
                self.ids.append(value or "")
            if tag == "a" and name == "href":
                self.links.append(value or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes.extend((name, value or "") for name, value in attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def outline(page: str) -> Outline:
    parser = Outline()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    return parser


@pytest.fixture(scope="module")
def page() -> str:
    return render(sample())


@pytest.mark.parametrize(
    "expected",
    [
        "Open and close by 5pm - T1 mini",
        "9 portfolios",
        "FCST_LOAD open",
        "send loads",
        "AUC_MN_2024_M04",
        "12.345",
        "321.99",
        "17 of 17 checks hold",
        "the price of a buy curve rises",
        "sort the points",
        "126,500.00",
        "26,500 short",
        "900 - 680",
        "\N{MINUS SIGN}396.56",
        "Harbor & Hill Light",
        "No clawback.",
        "not the real grid",
        "2024-04-16",
        "a1b2c3d4e5f6",
    ],
)
def test_what_the_view_says_is_on_the_page(page: str, expected: str) -> None:
    assert expected in " ".join(outline(page).words)


def test_texts_are_escaped(page: str) -> None:
    assert "Market Sim &lt;April&gt;" in page
    assert "<April>" not in page


def test_the_page_needs_nothing_from_anywhere(page: str) -> None:
    assert "<script" not in page
    assert "@import" not in page
    outside = [
        (name, value)
        for name, value in outline(page).attributes
        if name in ("src", "href", "xlink:href", "data") and not value.startswith("#")
    ]
    assert outside == []
    assert not re.search(r"url\((?!#)", page)


def test_every_link_of_the_navigation_leads_somewhere(page: str) -> None:
    found = outline(page)
    assert found.links
    assert {link.removeprefix("#") for link in found.links} <= set(found.ids)


def test_the_page_fits_a_phone_and_the_dark(page: str) -> None:
    assert "width=device-width" in page
    assert "prefers-color-scheme: dark" in page
    assert page.count("currentColor") > 5


def test_equal_views_give_equal_bytes_whatever_the_order(page: str) -> None:
    view = sample()
    weeks = tuple(
        WeekRow(week.number, tuple(replace(d, events=d.events[::-1]) for d in week.days[::-1]))
        for week in view.weeks[::-1]
    )
    markets = tuple(
        replace(
            market,
            products=market.products[::-1],
            awards=market.awards[::-1],
            prices=market.prices[::-1],
            binding=market.binding[::-1],
        )
        for market in view.markets
    )
    network = replace(
        view.network,
        buses=view.network.buses[::-1],
        branches=view.network.branches[::-1],
        locations=view.network.locations[::-1],
    )
    assert view.settlement
    money = replace(
        view.settlement,
        participants=view.settlement.participants[::-1],
        statements=view.settlement.statements[::-1],
    )
    turned = replace(
        view,
        weeks=weeks,
        markets=markets[::-1],
        network=network,
        participants=view.participants[::-1],
        eligibility=view.eligibility[::-1],
        settlement=money,
    )
    assert render(turned) == page
    assert "20" + "26-" not in page, "no wall clock"


def test_markets_come_in_the_order_of_the_calendar(page: str) -> None:
    assert page.index("<h2>ALLOC_MN_2024_M04_T1") < page.index("<h2>AUC_MN_2024_M04")


def test_an_empty_run_has_a_page_too() -> None:
    page = render(ReportView("Nothing yet", "market-sim", 1, "2024-04-01", "2024-04-01", "", ""))
    assert "Nothing yet" in " ".join(outline(page).words)
    assert 'id="settlement"' not in page


def test_the_balancing_account_is_told_in_two_lines_that_add_up(page: str) -> None:
    table = re.search(r'<table class="sum">(.*?)</table>', page, re.S)
    assert table
    figures = dict(re.findall(r"<td>([^<]+)</td><td[^>]*>([^<]+)</td>", table[1]))
    plain = str.maketrans({",": "", "\N{MINUS SIGN}": "-"})
    written = {name: Decimal(text.translate(plain)) for name, text in figures.items()}
    left_over = written.pop("Left over: it has to be 0.00")
    assert sum(written.values()) == left_over == 0
    assert written["To measured demand"] == Decimal("-600.06")
    assert written["Kept for periods to come (annual auction)"] == Decimal("-46.50")


def test_sales_are_counted_apart_and_paid_to_the_seller() -> None:
    auction = sample().markets[0]
    finx = next(row for row in awards_by_participant(auction.awards) if row.participant == "FINX")
    assert (finx.awarded_mw, finx.sold_mw) == (Decimal("8.345"), Decimal(2))
    assert finx.paid_usd == Decimal("62.5") * (Decimal("8.345") - 2)


def test_one_outlier_does_not_wash_out_the_map() -> None:
    prices = [Decimal(step) for step in range(100)] + [Decimal("17000000")]
    assert price_scale(prices).top < 100
    assert price_scale([]).top == 1.0
    assert price_scale([Decimal(0)] * 3).top == 1.0


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (report_format.usd(Decimal("-0.004")), "0.00"),
        (report_format.usd(Decimal("-1234.565")), "\N{MINUS SIGN}1,234.57"),
        (report_format.usd(None), "\N{EN DASH}"),
        (report_format.mw(Decimal("1234.5")), "1,234.500"),
        (report_format.percent(Decimal("0.65")), "65 %"),
        (report_format.tiny(0.0), "0"),
        (report_format.whole(Decimal("-0.2")), "0"),
    ],
)
def test_figures_have_one_spelling(written: str, expected: str) -> None:
    assert written == expected
