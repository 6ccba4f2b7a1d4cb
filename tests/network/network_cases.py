"""Small cases and the stored references that the network tests share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from simulator.network.branch import BranchKey
from simulator.network.case import Case
from simulator.network.dc import DcNetwork, dc_network
from simulator.network.factors import Factors
from simulator.network.raw.reader import read_raw

SHARED = Path(__file__).resolve().parents[2] / "../shared/data"
CALIFORNIA = Path(__file__).resolve().parents[2] / "fixtures/california"


def shared(name: str) -> Path:
    """A file of the shared reference data; the test is skipped where it is not there."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"the reference data {name} is not here")
    return path


def raw(
    buses: str = "",
    loads: str = "",
    generators: str = "",
    lines: str = "",
    transformers: str = "",
    header: str = "0,100.0,30 / PSS/E-30.3",
    **others: str,
) -> bytes:
    """A version 30 file from the records of its sections (others: area, two_terminal, ...)."""
    names = (
        "area", "two_terminal", "vsc", "shunt", "correction", "multi_terminal", "multi_section",
        "zone", "transfer", "owner", "facts",
    )  # fmt: skip
    assert set(others) <= set(names)
    sections = [buses, loads, generators, lines, transformers, *(others.get(n, "") for n in names)]
    text = f"{header}\ntitle one\ntitle two\n"
    for section in sections:
        text += "".join(f"{row.strip()}\n" for row in section.strip().splitlines() if row.strip())
        text += " 0 / END\n"
    return text.encode("latin-1")


def machine(bus: int, name: str, mw: float, status: int = 1) -> str:
    """A generator record with its PMax."""
    return f"{bus},'{name}',0,0,0,0,1.0,0,100,0,1,0,0,1,{status},100,{mw},0"


def network_of(data: bytes, **options: bool) -> DcNetwork:
    return dc_network(read_raw(data), **options)


def case_of(data: bytes) -> Case:
    return read_raw(data)


THREE_BUSES = """
1,'ONE',230.0,3
2,'TWO',230.0,2
3,'THREE',230.0,1
"""
TRIANGLE = """
1,2,'1',0.0,0.1
1,3,'1',0.0,0.1
2,3,'1',0.0,0.1
"""


def triangle() -> DcNetwork:
    """C1: three buses joined by equal reactances."""
    return network_of(raw(THREE_BUSES, lines=TRIANGLE))


def rebuilt_flows(network: DcNetwork, positions: list[int], injection: np.ndarray) -> np.ndarray:
    """The same outage by brute force: a network without the branches, factorised anew."""
    opened = network.without_branches(positions)
    if len(opened.reference) > len(network.reference):
        injection = made_up_for(opened, injection)
    return Factors(opened).flows(injection)


def made_up_for(network: DcNetwork, injection: np.ndarray) -> np.ndarray:
    """Injections (nb,) or (nb, k) of which each island's machines, by PMax, or where it has none
    all its buses alike take up what is too much.
    """
    balanced = injection.astype(float)
    for island in range(len(network.reference)):
        buses = [int(k) for k in np.flatnonzero(network.island == island)]
        weight = dict.fromkeys(buses, 0.0)
        for machine, capacity_mw in network.machine_mw.items():
            if network.bus_index(machine.bus) in weight:
                weight[network.bus_index(machine.bus)] += capacity_mw
        total = sum(weight.values())
        surplus = injection[buses].sum(axis=0)
        for k in buses:
            balanced[k] -= surplus * (weight[k] / total if total else 1 / len(buses))
    return balanced


def key(from_bus: int, to_bus: int, circuit: str = "1") -> BranchKey:
    return BranchKey(from_bus, to_bus, circuit)
