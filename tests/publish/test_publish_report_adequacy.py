"""Revenue adequacy on the page: its table, its pictures, and the cut-off lens."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from report_sample import sample

from simulator.publish.adequacy_view import by_offset, lens_sums, sign_changes
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
