"""The hourly dispatch against published examples, and what must hold in every hour."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from clearing_cases import made_up_for
from scipy.optimize import linprog

from simulator.clearing.case import BASE_CASE
from simulator.clearing.dispatch import Dispatch, Dispatcher, DispatchModel, Offer, dispatch
from simulator.domain import Direction
from simulator.network.branch import BranchKey
from simulator.network.case import Bus, Case, Line
from simulator.network.dc import DcNetwork, dc_network
from simulator.network.factors import Factors
from simulator.network.machine import MachineKey
from simulator.network.model import Contingency, Interface

A, B, C, D, E = 1, 2, 3, 4, 5


def grid(buses: int, swing: int, lines: list[tuple[int, int, float, float]]) -> DcNetwork:
    """Buses 1.. and lines (from, to, x, rating), all ratings alike, parallel lines numbered."""
    count: Counter[frozenset[int]] = Counter()
    records = []
    for start, end, x_pu, rating in lines:
        count[frozenset((start, end))] += 1
        circuit = str(count[frozenset((start, end))])
        records.append(Line(start, end, circuit, 0.0, x_pu, 0.0, rating, rating, rating))
    numbers = range(1, buses + 1)
    return dc_network(
        Case(
            base_mva=100.0,
            buses=tuple(Bus(n, type=3 if n == swing else 1) for n in numbers),
            lines=tuple(records),
        )
    )


def offer(bus: int, max_mw: float, price: float, name: str = "") -> Offer:
    return Offer(bus, name or f"G{bus}", 1, 0.0, max_mw, price)


def outage(name: str, *branches: tuple[int, int, str]) -> Contingency:
    return Contingency(name, tuple(BranchKey(*branch) for branch in branches))


def pjm_lines() -> list[tuple[int, int, float, float]]:
    return [
        (A, B, 0.0281, 0), (A, D, 0.0304, 0), (A, E, 0.0064, 0),
        (B, C, 0.0108, 0), (C, D, 0.0297, 0), (D, E, 0.0297, 240),
    ]  # fmt: skip


class TestPublished:
    def test_w8_radial_rent(self):
        network = grid(3, 3, [(1, 2, 0.1, 5), (2, 3, 0.1, 10)])
        offers = [offer(1, 20, 10), offer(2, 20, 20), offer(3, 40, 30)]
        result = dispatch(DispatchModel(network), offers, np.array([0.0, 0.0, 20.0]))
        assert result.generation_mw == pytest.approx([5, 5, 10])
        assert result.price_usd_per_mwh == pytest.approx([10, 20, 30])
        assert result.load_payment_usd == pytest.approx(600)
        assert result.generator_payment_usd == pytest.approx(450)
        assert result.congestion_revenue_usd == pytest.approx(150)
        assert [c.shadow_price_usd_per_mwh for c in result.constraints] == pytest.approx([10, 10])
        assert [c.revenue_usd for c in result.constraints] == pytest.approx([50, 100])

    def test_w10_pjm_five_buses(self):
        offers = [
            offer(A, 40, 14, "Alta"), offer(A, 170, 15, "Park City"), offer(C, 520, 30),
            offer(D, 200, 40), offer(E, 600, 10),
        ]  # fmt: skip
        load = np.array([0.0, 300.0, 300.0, 400.0, 0.0])
        result = dispatch(DispatchModel(grid(5, D, pjm_lines())), offers, load)
        assert result.generation_mw == pytest.approx([40, 170, 323.4948, 0, 466.5052], abs=5e-5)
        assert result.cost_usd == pytest.approx(17479.8969, abs=5e-5)
        prices = [16.9774, 26.3845, 30.0000, 39.9427, 10.0000]
        assert result.price_usd_per_mwh == pytest.approx(prices, abs=5e-5)
        congestion = [-22.9654, -13.5583, -9.9427, 0, -29.9427]
        assert result.mcc_usd_per_mwh == pytest.approx(congestion, abs=5e-5)
        assert result.energy_usd_per_mwh == pytest.approx([39.9427] * 5, abs=5e-5)
        (binding,) = result.constraints
        assert (binding.from_bus, binding.to_bus) == (D, E)
        assert binding.direction == Direction.TO_FROM
        assert binding.shadow_price_usd_per_mwh == pytest.approx(62.3220, abs=5e-5)
        assert binding.revenue_usd == pytest.approx(14957.2901, abs=5e-5)
        assert result.congestion_revenue_usd == pytest.approx(14957.2901, abs=5e-5)

    def test_w10_payoffs_do_not_depend_on_the_reference(self):
        load = np.array([0.0, 300.0, 300.0, 400.0, 0.0])
        offers = [
            offer(A, 40, 14, "Alta"), offer(A, 170, 15, "Park City"), offer(C, 520, 30),
            offer(D, 200, 40), offer(E, 600, 10),
        ]  # fmt: skip
        for swing in range(1, 6):
            result = dispatch(DispatchModel(grid(5, swing, pjm_lines())), offers, load)
            mcc = dict(zip("ABCDE", result.mcc_usd_per_mwh, strict=True))
            assert mcc["D"] - mcc["E"] == pytest.approx(29.9427, abs=5e-5)
            assert mcc["B"] - mcc["A"] == pytest.approx(9.4071, abs=5.1e-5)
            assert mcc["C"] - mcc["A"] == pytest.approx(13.0226, abs=5e-5)
            assert mcc["D"] - mcc["C"] == pytest.approx(9.9427, abs=5e-5)

    def test_w11_li_and_bo(self):
        offers = [
            offer(A, 110, 14, "Alta"), offer(A, 100, 15, "Park City"), offer(C, 520, 30),
            offer(D, 200, 35), offer(E, 600, 10),
        ]  # fmt: skip
        load = np.array([0.0, 300.0, 300.0, 300.0, 0.0])
        result = dispatch(DispatchModel(grid(5, D, pjm_lines())), offers, load)
        assert result.generation_mw == pytest.approx([110, 100, 0, 116.0757, 573.9243], abs=5e-5)
        assert result.cost_usd == pytest.approx(12841.8918, abs=5e-5)
        assert result.price_usd_per_mwh == pytest.approx([15.83, 23.68, 26.70, 35, 10], abs=5e-3)
        assert result.congestion_revenue_usd == pytest.approx(12488.2459, abs=5e-5)
        # CRRs equal to the dispatch pay exactly the rent, however they are paired
        mcc = result.mcc_usd_per_mwh
        payout = -(210 * mcc[0] + 116.0757 * mcc[3] + 573.9243 * mcc[4]) + 300 * mcc[1:4].sum()
        assert payout == pytest.approx(12488.2459, abs=5e-3)


S, CC, L = 1, 2, 3  # the three nodes of W12
W12_LIMITS = (75.0, 300.0, 25.0)


def w12_network() -> DcNetwork:
    sl, cl, sc = W12_LIMITS
    return grid(3, L, [(S, L, 1.0, sl), (CC, L, 1.0, cl), (S, CC, 1.0, sc)])


def w12_dispatch(load_mw: float, *outages: Contingency, cap_mw: float = 150) -> Dispatch:
    offers = [offer(S, cap_mw, 5), offer(CC, 300, 150)]
    return dispatch(DispatchModel(w12_network(), outages), offers, np.array([0.0, 0.0, load_mw]))


def most_ftr_payout(mcc: np.ndarray, scale: float = 1.0, outages: tuple[int, ...] = ()) -> float:
    """The most that simultaneously feasible FTRs can be paid: maximise -mcc x injection."""
    network = w12_network()
    factors = Factors(network)
    rows = [factors.shift_factors([0, 1, 2])]
    rows += [factors.outage([k]).shift_factors([0, 1, 2]) for k in outages]
    flows, limits = np.vstack(rows), np.array(W12_LIMITS * len(rows)) * scale
    solved = linprog(
        mcc,
        A_ub=np.vstack([flows, -flows]),
        b_ub=np.concatenate([limits, limits]),
        A_eq=np.ones((1, 3)),
        b_eq=[0.0],
        bounds=[(None, None)] * 3,
    )
    return float(-solved.fun)


class TestFundingGap:
    """W12: CRRs sold on a network that is not the day-ahead one."""

    @pytest.mark.parametrize(
        ("load", "dispatched", "prices", "surplus", "payout"),
        [
            (150.0, [75, 75], [5, 150, 295], 32_625.0, 24_468.75),
            (100.0, [87.5, 12.5], [5, 150, 77.5], 5_437.5, 4_078.125),
        ],
    )
    def test_derated_crr_model(self, load, dispatched, prices, surplus, payout):
        result = w12_dispatch(load)
        assert result.generation_mw == pytest.approx(dispatched)
        assert result.price_usd_per_mwh == pytest.approx(prices)
        assert result.congestion_revenue_usd == pytest.approx(surplus)
        paid = most_ftr_payout(result.mcc_usd_per_mwh, scale=0.75)
        assert paid == pytest.approx(payout)
        assert paid / surplus == pytest.approx(0.75)

    def test_extra_contingency_in_the_crr_model(self):
        result = w12_dispatch(150.0)
        paid = most_ftr_payout(result.mcc_usd_per_mwh, outages=(0,))
        assert paid == pytest.approx(21_750)
        assert paid - result.congestion_revenue_usd == pytest.approx(-10_875)

    def test_outage_in_the_day_ahead_model_only(self):
        result = w12_dispatch(100.0, outage("SC out", (S, CC, "1")))
        assert result.generation_mw == pytest.approx([75, 25])
        assert [
            (c.contingency, c.name, c.shadow_price_usd_per_mwh) for c in result.constraints
        ] == [("SC out", "1-3-1", pytest.approx(145))]
        assert result.congestion_revenue_usd == pytest.approx(145 * 75)

    def test_duals_that_are_not_unique_stay_in_their_range(self):
        """The base case and the outage bind at one dispatch: any mix of the two prices is right."""
        result = w12_dispatch(150.0, outage("SC out", (S, CC, "1")))
        assert result.generation_mw == pytest.approx([75, 75])
        assert 10_875 - 1e-3 <= result.congestion_revenue_usd <= 32_625 + 1e-3

    def test_a_limit_that_binds_with_a_generator_at_its_maximum(self):
        """Pattern (c): supply at S ends just where the reverse flow on S-C reaches its limit."""
        result = w12_dispatch(100.0, cap_mw=12.5)
        assert result.generation_mw == pytest.approx([12.5, 87.5])
        assert result.shed_mw == pytest.approx([0, 0, 0])
        assert result.price_usd_per_mwh[CC - 1] == pytest.approx(150)
        assert result.price_usd_per_mwh[L - 1] >= 150 - 1e-6

    def test_shadow_prices_of_table_three(self):
        heavy, light = w12_dispatch(150.0), w12_dispatch(100.0)
        assert [(c.name, c.shadow_price_usd_per_mwh) for c in heavy.constraints] == [
            ("1-3-1", pytest.approx(435))
        ]
        assert [(c.name, c.shadow_price_usd_per_mwh) for c in light.constraints] == [
            ("1-2-1", pytest.approx(217.5))
        ]


def meshed(seed: int) -> tuple[DispatchModel, list[Offer], np.ndarray]:
    """A random ring with chords, every line an outage, tight enough to bind."""
    draw = random.Random(seed)
    buses = draw.randint(5, 9)
    pairs = [(n, n % buses + 1) for n in range(1, buses + 1)]
    pairs += draw.sample([(a, b) for a, b in itertools.combinations(range(1, buses + 1), 2)], 4)
    lines = [(a, b, draw.uniform(0.02, 0.2), draw.uniform(60, 160)) for a, b in pairs]
    network = grid(buses, draw.randint(1, buses), lines)
    outages = tuple(Contingency(f"out {key}", (key,)) for key in network.key)
    double = Contingency("double", network.key[:1] + network.key[-1:])
    model = DispatchModel(network, (*outages, double))
    offers = [
        Offer(n, f"G{n}", block, 0.0, draw.uniform(40, 120), draw.uniform(5, 90) + 30 * block)
        for n in range(1, buses + 1)
        for block in (1, 2)
    ]
    load = np.array([draw.uniform(0, 80) for _ in range(buses)])
    return model, offers, load


def flows_with_branches_removed(
    model: DispatchModel, case: str, injection: np.ndarray
) -> np.ndarray:
    """Flows after really taking the branches of a contingency out of the network."""
    branches = {c.name: c.branches for c in model.contingencies} | {BASE_CASE: ()}
    network = model.network.without(branches[case])
    if len(network.reference) > len(model.network.reference):
        injection = made_up_for(network, injection)
    return Factors(network).flows(injection)


@pytest.mark.parametrize("seed", range(25))
class TestEveryHour:
    def test_no_limit_is_exceeded_after_any_outage(self, seed):
        model, offers, load = meshed(seed)
        result = dispatch(model, offers, load)
        rating = model.network.rating_mw[:, 0]
        for case in [BASE_CASE, *(c.name for c in model.contingencies)]:
            flows = flows_with_branches_removed(model, case, result.injection_mw)
            assert (np.abs(flows) <= rating + 1e-3).all(), case

    def test_flows_of_every_case_are_those_with_the_branches_removed(self, seed):
        """Every element in every case: own outage, double outage, tails cut off, shifters."""
        model, *_ = meshed(seed)
        draw = np.random.default_rng(seed)
        shift = draw.normal(0.0, 0.05, model.network.branch_count)
        network = replace(model.network, shift_rad=shift).without(model.network.key[1:2])
        model = replace(model, network=network)
        injection = draw.normal(0.0, 50.0, network.bus_count)
        injection = made_up_for(network, injection)
        flows = model.limits.response.flows(injection)
        elements = [network.branch_index(e.key)[0] for e in model.limits.elements]
        for column, case in enumerate(model.limits.case_names):
            expected = flows_with_branches_removed(model, case, injection)
            assert flows[:, column] == pytest.approx(expected[elements], abs=1e-7)
            for row in range(len(elements)):
                factors, offset = model.limits.response.row(row, column)
                assert factors @ injection + offset == pytest.approx(flows[row, column], abs=1e-6)

    def test_binding_limits_bind_with_the_branch_removed(self, seed):
        model, offers, load = meshed(seed)
        result = dispatch(model, offers, load)
        for constraint in result.constraints:
            key = BranchKey(constraint.from_bus, constraint.to_bus, constraint.circuit)
            position, _ = model.network.branch_index(key)
            flows = flows_with_branches_removed(model, constraint.contingency, result.injection_mw)
            sign = 1 if constraint.direction == Direction.FROM_TO else -1
            assert sign * flows[position] == pytest.approx(constraint.limit_mw, abs=1e-4)
            factor_flow = constraint.shift_factor @ result.injection_mw
            assert factor_flow == pytest.approx(constraint.flow_mw, abs=1e-4)

    def test_prices_are_an_equilibrium(self, seed):
        """No block below its size is in the money and none above its minimum is out of it."""
        model, offers, load = meshed(seed)
        result = dispatch(model, offers, load)
        for block, produced in zip(offers, result.generation_mw, strict=True):
            margin = (
                result.price_usd_per_mwh[model.network.bus_index(block.bus)]
                - block.price_usd_per_mwh
            )
            assert produced == pytest.approx(block.max_mw) or margin <= 1e-6
            assert produced == pytest.approx(0.0) or margin >= -1e-6
        assert result.injection_mw.sum() == pytest.approx(0, abs=1e-6)

    def test_order_of_offers_and_contingencies_changes_nothing(self, seed):
        model, offers, load = meshed(seed)
        result = dispatch(model, offers, load)
        draw = random.Random(seed + 1000)
        order = draw.sample(range(len(offers)), len(offers))
        outages = tuple(draw.sample(model.contingencies, len(model.contingencies)))
        other = dispatch(DispatchModel(model.network, outages), [offers[i] for i in order], load)
        assert other.price_usd_per_mwh.tobytes() == result.price_usd_per_mwh.tobytes()
        assert other.generation_mw.tobytes() == result.generation_mw[order].tobytes()
        assert [c.constraint_id for c in other.constraints] == [
            c.constraint_id for c in result.constraints
        ]

    def test_a_warm_hour_costs_what_a_cold_one_does(self, seed):
        model, offers, load = meshed(seed)
        chain = Dispatcher(model, offers)
        for share in (1.0, 0.6, 0.9):
            warm, cold = chain.hour(load * share), dispatch(model, offers, load * share)
            assert warm.cost_usd == pytest.approx(cold.cost_usd, rel=1e-9)


class TestShortage:
    def test_load_is_shed_at_the_penalty_and_reported(self):
        network = grid(2, 1, [(1, 2, 0.1, 30)])
        result = dispatch(DispatchModel(network), [offer(1, 100, 10)], np.array([0.0, 50.0]))
        assert result.shed_mw == pytest.approx([0, 20])
        assert result.price_usd_per_mwh == pytest.approx([10, 1000])
        assert result.congestion_revenue_usd == pytest.approx(30 * 990)

    def test_must_take_output_is_spilled_at_the_penalty(self):
        network = grid(2, 1, [(1, 2, 0.1, 30)])
        must_take = Offer(1, "nuclear", 1, 80.0, 80.0, 9.0)
        result = dispatch(DispatchModel(network), [must_take], np.array([20.0, 20.0]))
        assert result.spill_mw == pytest.approx([40, 0])
        assert result.price_usd_per_mwh == pytest.approx([-1000, -1000])

    def test_an_island_without_supply_is_shed_alone(self):
        network = grid(3, 1, [(1, 2, 0.1, 50), (2, 3, 0.1, 50)]).without([BranchKey(2, 3, "1")])
        result = dispatch(DispatchModel(network), [offer(1, 100, 10)], np.array([0.0, 20.0, 5.0]))
        assert result.shed_mw == pytest.approx([0, 0, 5])
        assert result.price_usd_per_mwh == pytest.approx([10, 10, 1000])
        assert result.mcc_usd_per_mwh == pytest.approx([0, 0, 0])


class TestTies:
    """Limits that say the same are one limit: the first in the file's order has the whole price."""

    @pytest.mark.parametrize("order", list(itertools.permutations([(1, 2), (3, 2), (3, 4)])))
    def test_sections_in_series(self, order):
        # 1 - 2 - 3 - 4 with nothing between: all three lines always carry the same
        network = grid(4, 1, [(*ends, 0.1, 30) for ends in order])
        offers = [offer(1, 100, 10), offer(4, 100, 40)]
        chain = Dispatcher(DispatchModel(network), offers)
        first = f"{order[0][0]}-{order[0][1]}-1"
        for load_mw in (50.0, 20.0, 60.0):
            result = chain.hour(np.array([0.0, 0.0, 0.0, load_mw]))
            assert [(c.name, c.shadow_price_usd_per_mwh) for c in result.constraints] == [
                (first, pytest.approx(30))
            ] * (load_mw > 30)

    def test_outages_of_sections_in_series(self):
        # a direct line 1 - 2 beside 1 - 3 - 2 with nothing at 3: losing either section is the same
        network = grid(3, 1, [(1, 2, 0.1, 30), (1, 3, 0.05, 90), (3, 2, 0.05, 90)])
        outages = (outage("second", (3, 2, "1")), outage("first", (1, 3, "1")))
        offers = [offer(1, 100, 10), offer(2, 100, 40)]
        result = dispatch(DispatchModel(network, outages), offers, np.array([0.0, 50.0, 0.0]))
        assert [(c.contingency, c.shadow_price_usd_per_mwh) for c in result.constraints] == [
            ("first", pytest.approx(30))
        ]
        assert result.generation_mw == pytest.approx([30, 20])

    def test_a_tighter_section_in_series_is_the_one_that_binds(self):
        network = grid(3, 1, [(2, 3, 0.1, 30), (1, 2, 0.1, 25)])
        offers = [offer(1, 100, 10), offer(3, 100, 40)]
        result = dispatch(DispatchModel(network), offers, np.array([0.0, 0.0, 50.0]))
        assert [(c.name, c.flow_mw) for c in result.constraints] == [("1-2-1", pytest.approx(25))]


class TestLimits:
    def test_an_interface_limits_its_weighted_sum(self):
        network = grid(2, 1, [(1, 2, 0.1, 0), (1, 2, 0.1, 0)])
        terms = ((BranchKey(2, 1, "1"), -1.0), (BranchKey(1, 2, "2"), 1.0))
        path = Interface("PATH", terms, 40.0, None)
        model = DispatchModel(network, interfaces=(path,))
        result = dispatch(model, [offer(1, 100, 10), offer(2, 100, 50)], np.array([0.0, 70.0]))
        assert result.generation_mw == pytest.approx([40, 30])
        (binding,) = result.constraints
        assert (binding.name, binding.device_type, binding.limit_mw) == ("PATH", "INTERFACE", 40)

    @pytest.mark.parametrize("ends", [(1, 2), (2, 1)])
    def test_rating_scale_multiplies_every_limit(self, ends):
        network = grid(2, 1, [(*ends, 0.1, 50)])
        model = DispatchModel(network, rating_scale=0.8)
        result = dispatch(model, [offer(1, 100, 10), offer(2, 100, 50)], np.array([0.0, 70.0]))
        assert result.generation_mw == pytest.approx([40, 30])

    def test_only_monitored_branches_bind(self):
        network = grid(2, 1, [(1, 2, 0.1, 50)])
        model = DispatchModel(network, monitored=())
        result = dispatch(model, [offer(1, 100, 10)], np.array([0.0, 70.0]))
        assert result.constraints == ()

    def test_an_outage_that_splits_balances_each_part_by_itself(self):
        # 1 - 2 with a tail 2 - 3: losing the tail leaves bus 3 to itself, and the machines at 1 and
        # at 2, 3:1 by PMax, give less by the 20 MW that it took
        network = grid(3, 1, [(1, 2, 0.1, 60), (2, 3, 0.1, 60)])
        machines = {MachineKey(1, "1"): 90.0, MachineKey(2, "1"): 30.0}
        network = replace(network, machine_mw=machines)
        model = DispatchModel(network, (outage("tail", (2, 3, "1")),))
        result = dispatch(model, [offer(1, 100, 10)], np.array([0.0, 30.0, 20.0]))
        assert result.constraints == ()
        flows = model.limits.response.flows(result.injection_mw)
        assert flows[:, 0] == pytest.approx([50, 20])
        assert flows[:, 1] == pytest.approx([35, 0])

    def test_after_an_outage_rating_b_holds_and_falls_back_to_a(self):
        network = grid(2, 1, [(1, 2, 0.1, 50), (1, 2, 0.1, 50), (1, 2, 0.1, 50)])
        lost = (outage("third", (1, 2, "3")),)
        offers = [offer(1, 200, 10), offer(2, 200, 50)]
        load = np.array([0.0, 150.0])
        for emergency, carried in ((60.0, 120), (0.0, 100)):
            ratings = network.rating_mw.copy()
            ratings[:, 1] = emergency
            model = DispatchModel(replace(network, rating_mw=ratings), lost)
            result = dispatch(model, offers, load)
            assert result.generation_mw == pytest.approx([carried, 150 - carried])

    @pytest.mark.parametrize("degrees", [-2.0, 3.0])
    def test_a_phase_shifter_moves_flow_but_earns_nothing(self, degrees):
        # two equal lines; the shifter on the second sends flow around the loop by itself
        network = grid(2, 1, [(1, 2, 0.1, 40), (1, 2, 0.1, 90)])
        network = replace(network, shift_rad=np.deg2rad([0.0, degrees]))
        around = 0.5 * 1000 * np.deg2rad(degrees)  # on line 1, forward when the shift is positive
        model = DispatchModel(network)
        result = dispatch(model, [offer(1, 200, 10), offer(2, 200, 50)], np.array([0.0, 100.0]))
        carried = min(100.0, 2 * (40 - around))
        assert result.generation_mw == pytest.approx([carried, 100 - carried])
        flows = Factors(network).flows(result.injection_mw)
        assert flows[0] == pytest.approx(carried / 2 + around)
        for constraint in result.constraints:
            assert constraint.flow_mw == pytest.approx(40)
            assert constraint.scheduled_mw == pytest.approx(carried / 2)
        rent = 40 * carried if carried < 100 else 0.0
        assert result.congestion_revenue_usd == pytest.approx(rent, abs=1e-6)

    def test_of_equal_buses_the_first_sheds(self):
        network = grid(3, 1, [(1, 2, 0.1, 0), (2, 3, 0.1, 0)])
        result = dispatch(DispatchModel(network), [offer(1, 50, 10)], np.array([0.0, 40.0, 40.0]))
        assert result.shed_mw == pytest.approx([0, 30, 0])
