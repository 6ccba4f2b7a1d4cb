"""Shadow prices that are not unique: ranges by hand, and against what limits are really worth."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from clearing_cases import PERIOD, auction, flat, grid, held, matpower_text

from simulator.clearing import price_range
from simulator.clearing.case import ClearingCase
from simulator.clearing.clear import clear
from simulator.clearing.explain import explain_bid
from simulator.clearing.explain_text import as_text
from simulator.clearing.reference import solve_reference
from simulator.clearing.write import write_case_folder
from simulator.cli import execute
from simulator.domain import Tou
from simulator.network.model import Contingency
from simulator.verify import verify_folder

MOVED_MW = 0.01
MARKETS = 20


def ranges(case: ClearingCase) -> list[tuple]:
    """(limit, published, least, greatest) of what is not unique."""
    result = clear(case)
    found = [
        (
            r.name,
            float(r.shadow_price_usd_per_mw),
            float(r.least_usd_per_mw),
            None if r.greatest_usd_per_mw is None else float(r.greatest_usd_per_mw),
        )
        for r in result.ranges
    ]
    assert result.problems[0].unique_prices is not bool(found)
    return found


def test_a_price_between_the_last_award_and_the_first_refusal() -> None:
    """50 MW fit, the first bid takes exactly them: any price from 5 to 9 USD clears."""
    case = auction(grid([(1, 2, 0.1, 50)]), flat("A", 1, 2, 50, 9), flat("B", 1, 2, 50, 5))
    assert ranges(case) == [("1-2-1", 5, 5, 9)]


def test_a_price_that_a_partial_award_fixes_has_no_range() -> None:
    case = auction(grid([(1, 2, 0.1, 50)]), flat("A", 1, 2, 60, 9), flat("B", 1, 2, 50, 5))
    assert ranges(case) == []


def test_two_lines_in_a_row_may_split_the_price_in_any_way() -> None:
    case = auction(grid([(1, 2, 0.1, 50), (2, 3, 0.1, 50)]), flat("A", 1, 3, 99, 9))
    assert ranges(case) == [("1-2-1", 4.5, 0, 9), ("2-3-1", 4.5, 0, 9)]


def test_parallel_lines_may_split_twice_the_price() -> None:
    """Half of a MW flows on each."""
    case = auction(grid([(1, 2, 0.1, 50), (1, 2, 0.1, 50)]), flat("A", 1, 2, 200, 9))
    assert ranges(case) == [("1-2-1", 9, 0, 18), ("1-2-2", 9, 0, 18)]


def test_a_line_may_be_limited_before_and_after_an_outage_at_once() -> None:
    """Each of two lines carries 50 of its 50 MW, and after the other's outage 100 of its 100."""
    network = grid([(1, 2, 0.1, 50, 100), (1, 2, 0.1, 50, 100)])
    outages = tuple(Contingency(f"C{k}", (key,)) for k, key in enumerate(network.key, 1))
    case = auction(network, flat("A", 1, 2, 200, 9), contingencies=outages)
    found = {
        (r.name, r.contingency, float(r.least_usd_per_mw), float(r.greatest_usd_per_mw or -1))
        for r in clear(case).ranges
    }
    assert found == {
        ("1-2-1", "Base Case", 0, 18),
        ("1-2-2", "Base Case", 0, 18),
        ("1-2-1", "C2", 0, 9),
        ("1-2-2", "C1", 0, 9),
    }


def test_a_limit_that_rights_fill_has_a_price_without_bound() -> None:
    """Nothing was awarded on it: any price of 9 USD or more refuses the bid."""
    case = auction(
        grid([(1, 2, 0.1, 50)]), flat("A", 1, 2, 20, 9), fixed_crrs=(held("R", 1, 2, 50),)
    )
    assert ranges(case) == [("1-2-1", 9, 9, None)]


def test_a_line_that_every_outage_loads_alike_counts_once() -> None:
    """The bridge 1-2 carries 50 MW in the base case and after either outage behind it."""
    network = grid([(1, 2, 0.1, 50), (2, 3, 0.1, 0), (2, 3, 0.1, 0), (2, 3, 0.1, 0)])
    lost = tuple(Contingency(f"C{k}", (network.key[k],)) for k in (1, 2))
    case = auction(network, flat("A", 1, 3, 99, 9), contingencies=lost)
    assert ranges(case) == []


def market(seed: int) -> ClearingCase:
    """Few prices, few sizes, equal lines: ties and corners everywhere."""
    rng = np.random.default_rng(seed)
    lines = [(1, 2), (2, 3), (3, 4), (4, 1), (1, 3)][: int(rng.integers(3, 6))]
    network = grid([(a, b, 0.1, float(rng.choice([20, 40, 60]))) for a, b in lines])
    bids = []
    for number in range(int(rng.integers(3, 9))):
        source, sink = rng.choice(np.arange(1, 5), 2, replace=False)
        mw, price = rng.choice([20, 40, 60, 80]), rng.choice([3, 6, 9])
        bids.append(flat(f"B{number}", int(source), int(sink), int(mw), int(price)))
    return auction(network, *bids)


def worth(case: ClearingCase, branch: int, change_mw: float) -> float:
    """What the whole market is worth with another rating of one line, by the reference."""
    rating = np.array(case.network.rating_mw)
    rating[branch, 0] += change_mw
    changed = replace(case, network=replace(case.network, rating_mw=rating))
    return solve_reference(changed, PERIOD, Tou.ON).objective


def test_the_ends_are_what_one_mw_more_is_worth_and_one_less_costs() -> None:
    """The reference clears each market again with every line's limit moved up and down."""
    ambiguous = 0
    for seed in range(MARKETS):
        case = market(seed)
        result = clear(case)
        price = {b.name: (float(b.shadow_price_usd_per_mw),) * 2 for b in result.binding}
        price |= {
            r.name: (float(r.least_usd_per_mw), float(r.greatest_usd_per_mw))
            for r in result.ranges
            if r.greatest_usd_per_mw is not None
        }
        now = worth(case, 0, 0.0)
        for branch, key in enumerate(case.network.key):
            name = f"{key.from_bus}-{key.to_bus}-{key.circuit}"
            more = (worth(case, branch, MOVED_MW) - now) / MOVED_MW
            less = (now - worth(case, branch, -MOVED_MW)) / MOVED_MW
            assert price.get(name, (0.0, 0.0)) == pytest.approx((more, less), abs=1e-4), seed
            ambiguous += less - more > 1e-4
    assert ambiguous >= 10


def test_only_so_many_ranges_are_sought_and_the_rest_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(price_range, "MOST_LIMITS", 1)
    result = clear(
        auction(grid([(1, 2, 0.1, 50), (2, 3, 0.1, 50), (3, 4, 0.1, 50)]), flat("A", 1, 4, 99, 9))
    )
    assert len(result.ranges) == 1
    assert result.problems[0].ranges_not_sought == 2
    assert not result.problems[0].unique_prices


def test_the_ranges_are_published_verified_and_told(tmp_path: Path) -> None:
    case = auction(grid([(1, 2, 0.1, 50)]), flat("A", 1, 2, 50, 9), flat("B", 1, 2, 50, 5))
    write_case_folder(case, tmp_path / "case", matpower_text(case.network), "network.m")
    out = tmp_path / "out"
    assert execute(["clear", str(tmp_path / "case"), "--out", str(out)]) == 0
    with (out / "shadow_price_ranges.csv").open() as file:
        (row,) = csv.DictReader(file)
    assert row["ConstraintName"] == "1-2-1"
    figures = (row["ShadowPrice"], row["LeastShadowPrice"], row["GreatestShadowPrice"])
    assert tuple(float(figure) for figure in figures) == (5, 5, 9)
    assert execute(["verify", str(out)]) == 0
    table = (out / "shadow_price_ranges.csv").read_text()
    for wrong in ("5.000000,6.000000,9.000000", "4.000000,4.000000,9.000000"):
        forged = table.replace("5.000000,5.000000,9.000000", wrong)
        assert forged != table
        (out / "shadow_price_ranges.csv").write_text(forged)
        failed = [check.name for check in verify_folder(out).failed]
        assert failed == ["output digests", "ranges of shadow prices"]
    (out / "shadow_price_ranges.csv").write_text(table)
    (limit,) = explain_bid(out, "A")["limits"]
    assert (limit["one_more_mw_is_worth"], limit["one_mw_less_would_cost"]) == (5, 9)
    text = as_text(explain_bid(out, "A"))
    assert "one more MW of this limit is worth 5.00 USD, one less would cost 9.00" in text
