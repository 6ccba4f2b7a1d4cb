"""Revenue adequacy on the page: its table, its pictures, and the cut-off lens."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from report_sample import sample

from simulator.publish.adequacy_view import (
    LeftOutRow,
    adequacy_sum,
    by_offset,
    lens_sums,
    sign_changes,
)
from simulator.publish.plots_adequacy import PARTS, cut_off_bars, offset_bars
from simulator.publish.report import render

(MONTH,) = sample().settlement.adequacy


def test_the_largest_gap_comes_first_whatever_the_order_given():
    turned = replace(MONTH, constraints=MONTH.constraints[::-1])
    assert [row.constraint for row in by_offset(turned)] == ["K", "SURPLUS"]


def test_a_cut_off_is_told_by_what_it_moves_and_what_it_turns_over():
    first, second = lens_sums(MONTH)
    assert (first.rights, first.moved_usd, first.change_sign) == (1, Decimal("0.5"), 0)
    assert (second.rights, second.moved_usd, second.change_sign) == (1, Decimal("15.25"), 1)
    (turned,) = sign_changes(MONTH)
    assert (turned.crr_id, str(turned.cut_off)) == ("7", "0.05")


def test_the_parts_of_the_picture_add_up_to_the_offset():
    for row in MONTH.constraints:
        assert sum(getattr(row, name) for name, _, _ in PARTS) == row.offset_usd


def test_the_pictures_name_constraints_parts_and_cut_offs():
    drawn = offset_bars(by_offset(MONTH), "why")
    for words in ("SURPLUS", "Collected less owed", *(words for _, words, _ in PARTS)):
        assert words in drawn
    assert "5 %" in cut_off_bars(lens_sums(MONTH), "turned")
    assert offset_bars((), "why") == ""
    assert cut_off_bars(lens_sums(replace(MONTH, lens=())), "turned") == ""


def test_the_page_shows_every_constraint_with_what_it_is_made_of():
    page = render(sample())
    section = page[page.index("Revenue adequacy, ") : page.index("<h3>Statements")]
    for figure in ("476", "375", "80 %", "FINX", "3.25", "1-2"):
        assert figure in section, figure
    assert section.count("<svg") == 2


def test_a_month_that_no_cut_off_turns_over_has_no_picture_of_it():
    settlement = replace(sample().settlement, adequacy=(replace(MONTH, lens=()),))
    page = render(replace(sample(), settlement=settlement))
    section = page[page.index("Revenue adequacy, ") : page.index("<h3>Statements")]
    assert section.count("<svg") == 1
    assert "First at" not in section


def adequacy_of(month):
    settlement = replace(sample().settlement, adequacy=(month,))
    page = render(replace(sample(), settlement=settlement))
    return page[page.index("Revenue adequacy, ") : page.index("<h3>Statements")]


def test_two_sentences_say_what_the_table_comes_to():
    sums = adequacy_sum(MONTH)
    assert sums.paid_usd == sum(row.paid_usd for row in MONTH.constraints)
    assert sums.owed_usd - sums.paid_usd == sums.unrecovered_usd == Decimal(375)
    assert sums.worst.constraint == "K"
    section = adequacy_of(MONTH)
    for words in (
        f"Of {sums.owed_usd:,.0f} USD that rights were owed on 2 constraints, "
        f"{sums.paid_usd:,.0f} USD were paid",
        "holders of rights on K went without 375 USD that it did not collect",
        f"had {sums.surplus_usd:,.0f} USD left",
    ):
        assert words in section, words


def test_several_short_constraints_are_counted_and_the_worst_is_named():
    short = [
        replace(row, unrecovered_usd=Decimal(number))
        for number, row in enumerate(MONTH.constraints, start=5)
    ]
    section = adequacy_of(replace(MONTH, constraints=tuple(short)))
    worst = max(short, key=lambda row: row.unrecovered_usd)
    assert "rights on 2 of them went without 11 USD that these did not collect" in section
    assert f"over the month, 6 USD of it on {worst.constraint}. " in section
    full = tuple(replace(row, unrecovered_usd=Decimal(0)) for row in MONTH.constraints)
    assert "were paid: every right in full. " in adequacy_of(replace(MONTH, constraints=full))


def test_contingencies_left_out_are_told_with_their_days_and_where():
    left_out = LeftOutRow("C 1", "1-2 circuit 1", Decimal("116.45"), ("2024-04-11", "2024-04-12"))
    assert "C 1 on 2 (116 on 1-2 circuit 1)" in adequacy_of(replace(MONTH, left_out=(left_out,)))
    assert "did not enforce" not in adequacy_of(MONTH)
