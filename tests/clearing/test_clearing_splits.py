"""Outages that split an island: machines of each part make up for it, no reference bus is felt."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from clearing_cases import (
    PERIOD,
    auction,
    flat,
    grid,
    held,
    matpower_text,
    random_case,
)

from simulator.clearing.case import ClearingCase
from simulator.clearing.clear import clear
from simulator.clearing.folder import clear_folder
from simulator.clearing.interior import SolverFailed
from simulator.clearing.reference import solve_reference
from simulator.clearing.result import ClearingResult
from simulator.clearing.write import result_files, write_case_folder
from simulator.domain import Hedge, Tou
from simulator.network.branch import BranchKey
from simulator.network.factors import Factors
from simulator.network.island import choose_references
from simulator.network.machine import MachineKey
from simulator.network.model import Contingency
from simulator.verify import verify_folder

CASES = {
    "linear": (1, 10, 15, 17),
    "step": (4, 9),
    "weighted_least_squares": (0, 10, 17, 21),
    "max_mw": (1, 10, 15),
}
"""Kinds and seeds of `bridged` in which the outage of a bridge binds or is relaxed."""


def bridged(seed: int, kind: str) -> ClearingCase:
    """A random case of which every bridge is an outage, with few machines."""
    case = random_case(seed, kind)
    dice = np.random.default_rng([seed, 1])
    plants = [bus for bus in case.network.bus.tolist() if dice.random() < 0.4]
    machines = {key: mw for key, mw in case.network.machine_mw.items() if key.bus in plants}
    network = replace(case.network, machine_mw=machines)
    bridges = [network.key[k] for k in np.flatnonzero(Factors(network).bridges)]
    left = [
        replace(item, machines=tuple(key for key in item.machines if key in machines))
        for item in case.contingencies
    ]
    outages = [item for item in left if item.branches or item.machines]
    outages += [Contingency(f"BRIDGE {key}", (key,)) for key in bridges]
    return replace(case, network=network, contingencies=tuple(outages))


def with_reference(case: ClearingCase, bus: int) -> ClearingCase:
    """The same case with another swing bus."""
    network = case.network
    reference = choose_references(network.island, network.bus, network.bus == bus)
    return replace(case, network=replace(network, reference=reference))


def renumbered(case: ClearingCase, to: Mapping[int, int]) -> ClearingCase:
    """The same case with other bus numbers, and the lowest of them as its reference."""

    def branch(key: BranchKey) -> BranchKey:
        return BranchKey(to[key.from_bus], to[key.to_bus], key.circuit)

    def machine(key: MachineKey) -> MachineKey:
        return MachineKey(to[key.bus], key.id)

    def between(items: tuple) -> tuple:
        return tuple(
            replace(x, source=str(to[int(x.source)]), sink=str(to[int(x.sink)])) for x in items
        )

    old = case.network
    number = np.array([to[bus] for bus in old.bus.tolist()])
    network = replace(
        old,
        bus=number,
        key=tuple(map(branch, old.key)),
        machine_mw={machine(key): mw for key, mw in old.machine_mw.items()},
        reference=choose_references(old.island, number, number < 0),
    )
    return replace(
        case,
        network=network,
        contingencies=tuple(
            replace(c, branches=(*map(branch, c.branches),), machines=(*map(machine, c.machines),))
            for c in case.contingencies
        ),
        interfaces=tuple(
            replace(i, terms=tuple((branch(key), weight) for key, weight in i.terms))
            for i in case.interfaces
        ),
        fixed_crrs=between(case.fixed_crrs),
        bids=between(case.bids),
        nominations=between(case.nominations),
    )


def said(result: ClearingResult, was: Mapping[int, int]) -> list[object]:
    """All that is published, with buses called as they were."""

    def place(item: object) -> tuple:
        ends = tuple(str(was.get(bus, bus)) for bus in (item.from_bus, item.to_bus))
        name = item.name if item.device_type == "INTERFACE" else ""
        return (name, *ends, item.circuit, item.contingency.split()[0], str(item.direction))

    return [
        [(x.bid_id, x.awarded_mw, x.clearing_price_usd_per_mw) for x in result.awards],
        sorted((was[int(x.location)], x.price_usd_per_mw) for x in result.prices),
        sorted((place(x), x.flow_mw, x.limit_mw, x.shadow_price_usd_per_mw)
               for x in result.binding),
        sorted((place(x), x.limit_mw, x.fixed_flow_mw) for x in result.relaxed),
    ]  # fmt: skip


@pytest.mark.parametrize("kind", CASES)
def test_neither_the_reference_nor_the_numbers_of_the_buses_are_felt(kind: str) -> None:
    for seed in CASES[kind]:
        case = bridged(seed, kind)
        result = clear(case)
        assert any("BRIDGE" in item.contingency for item in (*result.binding, *result.relaxed))
        files, buses = result_files(result), case.network.bus.tolist()
        for bus in buses[:: len(buses) // 2]:
            assert result_files(clear(with_reference(case, bus))) == files, (seed, bus)
        to = dict(zip(buses, random.Random(seed).sample(range(1, 99), len(buses)), strict=True))
        other = clear(renumbered(case, to))
        same = dict(zip(buses, buses, strict=True))
        assert said(other, {new: old for old, new in to.items()}) == said(result, same), seed


@pytest.mark.parametrize("kind", CASES)
def test_the_reference_and_the_verifier_agree(kind: str, tmp_path: Path) -> None:
    compared = 0
    for seed in CASES[kind]:
        case, path = bridged(seed, kind), tmp_path / str(seed)
        write_case_folder(case, path / "in", matpower_text(case.network), "network.m")
        result = clear_folder(path / "in", path / "out")
        verification = verify_folder(path / "out")
        assert verification.ok, [str(check) for check in verification.failed]
        try:
            reference = solve_reference(case, PERIOD, Tou.ON)
        except SolverFailed:  # HiGHS's QP method gives up on a few
            continue
        compared += 1
        objective = result.problems[0].objective
        assert objective == pytest.approx(reference.objective, rel=1e-6, abs=1e-6), seed
    assert compared >= 2


def test_a_right_held_between_islands_loads_each_as_its_prices_say(tmp_path: Path) -> None:
    """100 MW from 4, which is cut off, to 3: 1, 2 and 3 give a third each, two thirds come to 3.

    The half from 2 takes its own line; of the sale of R as much is taken as buying B needs.
    """
    lines = [(1, 3, 0.1, 40), (2, 3, 0.1, 0), (3, 4, 0.1, 0)]
    whole = grid(lines, machines={(1, "1"): 50.0})
    answers = []
    for swing in (1, 2, 3):
        network = replace(whole, reference=np.array([swing - 1])).without_branches([2])
        case = auction(
            network,
            flat("B", 1, 3, 20, 9),
            flat("S", 4, 3, 100, 1, sells="R"),
            fixed_crrs=(held("R", 4, 3, 100), held("O", 4, 3, 30, Hedge.OPT)),
        )
        result = clear(case)
        answers.append(result_files(result))
        (binding,) = result.binding
        assert float(binding.limit_mw) == pytest.approx(130 / 3)
        awards = {item.bid_id: float(item.awarded_mw) for item in result.awards}
        assert awards == {"B": 20, "S": 60}
        assert float(binding.shadow_price_usd_per_mw) == pytest.approx(3)
        price = {item.location: float(item.price_usd_per_mw) for item in result.prices}
        assert price["4"] - price["3"] == pytest.approx(1)
        reference = solve_reference(case, PERIOD, Tou.ON)
        assert result.problems[0].objective == pytest.approx(reference.objective)
    assert answers[0] == answers[1] == answers[2]
    text = matpower_text(network).replace(
        "\t3\t4\t0\t0.1\t0\t0.0\t0.0\t0.0\t0\t0\t1", "\t3\t4\t0\t0.1\t0\t0.0\t0.0\t0.0\t0\t0\t0"
    )
    assert text.count("\t0\t0\t0\t-360") == 1
    write_case_folder(case, tmp_path / "in", text, "network.m")
    clear_folder(tmp_path / "in", tmp_path / "out")
    verification = verify_folder(tmp_path / "out")
    assert verification.ok, [str(check) for check in verification.failed]
