"""What a bid is told besides its price: what would have won all of it, whatever the market is."""

from __future__ import annotations

import csv
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from clearing_cases import auction, flat, grid, matpower_text, random_case

from simulator.clearing import explain
from simulator.clearing.case import ClearingCase
from simulator.clearing.clear import clear
from simulator.clearing.explain import explain_bid
from simulator.clearing.explain_first import put_first
from simulator.clearing.explain_text import as_text
from simulator.clearing.folder import clear_folder
from simulator.clearing.interior import SolverFailed
from simulator.clearing.problem import is_sale
from simulator.clearing.write import write_case_folder
from simulator.cli import execute
from simulator.domain import Bid, CurvePoint, Refused

ROUNDED_MW = Decimal("0.0015")
MARKETS = 6


def cleared(case: ClearingCase, path: Path) -> Path:
    write_case_folder(case, path / "case", matpower_text(case.network), "network.m")
    clear_folder(path / "case", path / "out")
    return path / "out"


def awarded_at(case: ClearingCase, bid: Bid, price: float) -> Decimal:
    """MW of the bid had it stood at one price for all of its MW."""
    at = Decimal(repr(price))
    again = replace(bid, curve=(CurvePoint(Decimal(0), at), CurvePoint(bid.mw, at)))
    bids = tuple(again if item.bid_id == bid.bid_id else item for item in case.bids)
    awards = clear(replace(case, bids=bids)).awards
    return next(award.awarded_mw for award in awards if award.bid_id == bid.bid_id)


def test_the_price_that_wins_all_is_not_one_of_many_but_the_least() -> None:
    """X fills what H leaves of line 1-2: H and Z compete for line 2-3 alone, X pays nothing.

    The published shadow prices split the 9 USD between both lines.
    """
    lines = [(1, 2, 0.1, 50), (2, 3, 0.1, 30)]
    bid = flat("X", 1, 2, 20, 1)
    case = auction(grid(lines), flat("H", 1, 3, 30, 12), flat("Z", 1, 3, 30, 9), bid)
    assert put_first(case, bid).price == 0


def test_bids_at_the_stated_price_win_all_and_below_it_do_not() -> None:
    tried = 0
    for seed in range(MARKETS):
        case = random_case(seed, "linear" if seed % 2 else "step")
        for bid in case.bids[:6]:
            price = put_first(case, bid).price
            if price is not None:
                more = -0.01 if is_sale(bid) else 0.01
                assert awarded_at(case, bid, price + more) >= bid.mw - ROUNDED_MW, (seed, bid)
                if price:
                    assert awarded_at(case, bid, price - 2 * more) < bid.mw, (seed, bid)
                tried += 1
            else:
                highest = -9999.0 if is_sale(bid) else 9999.0
                assert awarded_at(case, bid, highest) < bid.mw, (seed, bid)
    assert tried >= 15


def test_where_no_optimum_is_found_all_else_is_still_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = auction(grid([(1, 2, 0.1, 50)]), flat("A", 1, 2, 45, 9), flat("B", 1, 2, 20, 5))
    folder = cleared(case, tmp_path)

    def stalls(*_: object) -> None:
        raise SolverFailed("stalled")

    monkeypatch.setattr(explain, "put_first", stalls)
    reason = explain_bid(folder, "B")
    assert (reason["clearing_price"], reason["price_that_wins_all"]) == (5, None)
    text = as_text(reason)
    assert "what would have won all of it could not be worked out: stalled" in text
    assert "the limits cannot carry it" not in text
    assert [rival["id"] for rival in reason["others_on_the_same_limits"]] == ["A"]


@pytest.mark.parametrize(
    ("file", "column", "text"),
    [
        ("binding_constraints.csv", "ConstraintName", "NOWHERE"),
        ("binding_constraints.csv", "ShadowPrice", "much"),
        ("awards.csv", "AwardedMW", ""),
    ],
)
def test_an_answer_of_another_case_is_a_finding(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], file: str, column: str, text: str
) -> None:
    case = auction(grid([(1, 2, 0.1, 50)]), flat("A", 1, 2, 45, 9), flat("B", 1, 2, 20, 5))
    folder = cleared(case, tmp_path)
    with (folder / file).open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    rows[0][column] = text
    with (folder / file).open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    with pytest.raises(Refused, match="CLR0304"):
        explain_bid(folder, "B")
    assert execute(["explain", str(folder), "B"]) == 2
    assert "the answer is not that of this case" in capsys.readouterr().err
