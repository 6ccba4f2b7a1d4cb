"""Order is never felt: equal bids share, and no permutation or worker count changes the answer."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from clearing_cases import auction, bid, flat, grid, held, random_case, triangle

from simulator.clearing.case import ClearingCase
from simulator.clearing.clear import clear
from simulator.clearing.folder import read_case_folder
from simulator.clearing.price import FINE_STEP, decimal_of
from simulator.clearing.result import ClearingResult, figure
from simulator.clearing.workers import Processes
from simulator.clearing.write import ranges_csv, result_files
from simulator.domain import Tou
from simulator.network.dc import DcNetwork
from simulator.network.island import choose_references, label_islands

PERMUTATIONS = 100


def awards(result: ClearingResult) -> dict[str, float]:
    return {award.bid_id: float(award.awarded_mw) for award in result.awards}


def test_equal_bids_share_in_proportion_to_their_mw() -> None:
    network = grid([(1, 2, 0.1, 60)])
    sizes = {"A": 10, "B": 30, "C": 80}
    result = clear(auction(network, *(flat(name, 1, 2, mw, 7) for name, mw in sizes.items())))
    assert awards(result) == {"A": 5, "B": 15, "C": 40}


def test_bids_of_equal_effect_on_other_paths_share_too() -> None:
    """Two sources behind one line: other paths, the same use of the limit."""
    network = grid([(1, 3, 0.1, 0), (2, 3, 0.2, 0), (3, 4, 0.1, 60)])
    result = clear(auction(network, flat("A", 1, 4, 100, 7), flat("B", 2, 4, 20, 7)))
    assert awards(result) == {"A": 50, "B": 10}


def test_only_the_tied_part_is_shared() -> None:
    network = grid([(1, 2, 0.1, 60)])
    first = bid("A", 1, 2, (0, 9), (20, 9), (20, 7), (60, 7))
    result = clear(auction(network, first, flat("B", 1, 2, 80, 7), flat("C", 1, 2, 50, 6)))
    assert awards(result) == {"A": pytest.approx(20 + 40 / 3, abs=1e-3),
                              "B": pytest.approx(80 / 3, abs=1e-3), "C": 0}  # fmt: skip


def test_sloped_equal_bids_share_alike_and_the_odd_step_goes_to_the_first_id() -> None:
    network = grid([(1, 2, 0.1, 25)])
    twins = [bid(name, 1, 2, (0, 10), (20, 5)) for name in ("C", "A", "B")]
    assert awards(clear(auction(network, *twins))) == {"A": 8.334, "B": 8.333, "C": 8.333}


def test_a_bid_at_the_price_is_awarded_when_it_costs_nobody() -> None:
    result = clear(auction(triangle(), flat("FREE", 1, 2, 10, 0)))
    assert awards(result) == {"FREE": 10}


def test_a_sale_makes_room_for_a_better_bid() -> None:
    network = grid([(1, 2, 0.1, 50)])
    case = auction(
        network,
        flat("BUY", 1, 2, 40, 20),
        flat("SELL", 1, 2, 30, 15, sells="R"),
        fixed_crrs=(held("R", 1, 2, 50),),
    )
    result = clear(case)
    assert awards(result) == {"BUY": 30, "SELL": 30}
    assert {float(a.clearing_price_usd_per_mw) for a in result.awards} == {20}


def permuted(case: ClearingCase, seed: int) -> ClearingCase:
    """The same case with bids, rights, outages, interfaces, buses and lines in another order."""
    dice = random.Random(seed)

    def mixed(items: tuple) -> tuple:
        return tuple(dice.sample(items, len(items)))

    return replace(
        case,
        network=permuted_network(case.network, dice),
        bids=mixed(case.bids),
        nominations=mixed(case.nominations),
        contingencies=mixed(case.contingencies),
        interfaces=mixed(case.interfaces),
        fixed_crrs=mixed(case.fixed_crrs),
    )


def permuted_network(network: DcNetwork, dice: random.Random) -> DcNetwork:
    bus = np.array(dice.sample(range(network.bus_count), network.bus_count))
    line = np.array(dice.sample(range(network.branch_count), network.branch_count))
    place = np.argsort(bus)
    start, end = place[network.from_index[line]], place[network.to_index[line]]
    live = network.in_service[line]
    island = label_islands(network.bus_count, start, end, live)
    preferred = np.zeros(network.bus_count, dtype=bool)
    preferred[place[network.reference]] = True
    number = network.bus[bus]
    return replace(
        network,
        bus=number,
        bus_name=tuple(network.bus_name[k] for k in bus),
        island=island,
        reference=choose_references(island, number, preferred),
        key=tuple(network.key[k] for k in line),
        from_index=start,
        to_index=end,
        susceptance_mw_per_rad=network.susceptance_mw_per_rad[line],
        rating_mw=network.rating_mw[line],
        in_service=live,
    )


@pytest.mark.parametrize("kind", ["linear", "step", "weighted_least_squares", "max_mw"])
def test_no_permutation_changes_a_byte(kind: str) -> None:
    for seed in range(PERMUTATIONS // 4):
        case = random_case(seed, kind)
        first, second = clear(case), clear(permuted(case, seed))
        assert result_files(first) == result_files(second), seed
        assert first.summary() == second.summary(), seed


PERMUTED = Path(__file__).parent / "permuted"


@pytest.mark.parametrize("name", sorted(path.name for path in PERMUTED.iterdir()))
def test_what_last_digits_could_decide_is_decided_alike_in_any_order(name: str) -> None:
    """Awards halfway between two steps; a limit that is used up in both of its directions;
    shadow prices of which many are optimal, where the rights held use up every limit; limits
    that are one three times over, without room, which the interior point stalled on; a bid whose
    second stretch seemed begun before its first was full; prices that the noise of others hid;
    a violation, and a limit that is like another, halfway between two digits."""
    case = read_case_folder(PERMUTED / name)
    first = clear(case)
    assert not first.warnings  # rounding costs less than a cent per 1,000
    for seed in range(10):
        second = clear(permuted(case, seed))
        assert result_files(first) == result_files(second), seed
        assert ranges_csv(first.ranges) == ranges_csv(second.ranges), seed
        assert first.summary() == second.summary(), seed


@pytest.mark.parametrize("noise", [-5e-13, 0.0, 5e-13])
def test_figures_halfway_between_two_digits_are_printed_alike(noise: float) -> None:
    assert figure(502.8783045 + noise) == figure(502.8783045)
    assert decimal_of(0.0001565 + noise) == decimal_of(0.0001565)
    assert decimal_of(1.4166775005 + noise / 1e3, FINE_STEP) == decimal_of(1.4166775005, FINE_STEP)


def test_workers_change_no_byte() -> None:
    case = random_case(3, "linear")
    off = tuple(replace(b, bid_id=f"O{b.bid_id}", tou=Tou.OFF) for b in case.bids if not b.crr_id)
    case = replace(case, bids=(*case.bids, *off))
    one, two = clear(case), clear(case, Processes(2))
    assert len(one.problems) == 2
    assert result_files(one) == result_files(two)
    assert one.summary() == two.summary()


def test_the_reference_bus_moves_no_price() -> None:
    lines = [(1, 2, 0.1, 40), (2, 3, 0.2, 30), (1, 3, 0.1, 0), (3, 4, 0.1, 0)]
    bids = (flat("A", 1, 3, 90, 9), flat("B", 2, 4, 50, 4))
    answers = [clear(auction(grid(lines, swing=bus), *bids)) for bus in (1, 2, 3, 4)]
    assert all(answer.prices == answers[0].prices for answer in answers)
    total = sum(price.price_usd_per_mw for price in answers[0].prices)
    assert abs(total) <= 4e-6  # the average over the buses of an island is 0
