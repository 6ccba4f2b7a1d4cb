"""Angles, flows, shift factors and outage flows against pandapower, on five published cases.

The outages are branches dropped for real from pandapower's own matrices: every one on the three
small cases, a spread of them on the two large ones.
"""

from __future__ import annotations

import warnings
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pytest

from simulator.network.dc import DcNetwork, dc_network
from simulator.network.factors import Factors
from simulator.network.matpower.reader import read_matpower

CASES = ("case14", "case118", "case300", "case1354pegase", "case2869pegase")
OUTAGES = {"case1354pegase": 40, "case2869pegase": 25}  # how many are dropped; all elsewhere
MW = 1e-6  # largest deviation allowed
FACTOR = 1e-9


@dataclass(frozen=True)
class Solved:
    """One case as pandapower solved it, and as we read it from a MATPOWER text of its arrays."""

    bus: np.ndarray
    branch: np.ndarray
    base_mva: float
    network: DcNetwork
    factors: Factors

    @property
    def reference(self) -> int:
        return int(self.network.reference[0])


@cache
def solved(name: str) -> Solved:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pandapower = pytest.importorskip("pandapower")
        net = getattr(pandapower.networks, name)()
        # its result tables cannot be written with pandas 3, the solution behind them is there
        with suppress(ValueError):
            pandapower.rundcpp(net)
    assert net._ppc["success"]
    ppc = net._ppc["internal"]
    network = dc_network(read_matpower(matpower_text(ppc).encode()))
    bus, branch, base_mva = ppc["bus"].real, ppc["branch"].real, float(ppc["baseMVA"])
    return Solved(bus, branch, base_mva, network, Factors(network))


def matpower_text(ppc: dict[str, Any]) -> str:
    """A case file written here, from the arrays of another program."""

    def matrix(name: str, values: np.ndarray, columns: int) -> str:
        rows = "\n".join(
            " ".join(repr(float(v)) for v in row[:columns]) for row in np.nan_to_num(values.real)
        )
        return f"mpc.{name} = [\n{rows}\n];\n"

    bus = ppc["bus"].copy()
    bus[:, 0] += 1
    gen, branch = ppc["gen"].copy(), ppc["branch"].copy()
    gen[:, 0] += 1
    branch[:, :2] += 1
    parts = matrix("bus", bus, 13) + matrix("gen", gen, 10) + matrix("branch", branch, 11)
    return f"mpc.version = '2';\nmpc.baseMVA = {float(ppc['baseMVA'])};\n" + parts


@pytest.mark.parametrize("name", CASES)
def test_angles_and_flows(name: str) -> None:
    case = solved(name)
    network = case.network
    flow = case.factors.flows(network.injection_mw)
    assert np.abs(flow - case.branch[:, 13]).max() < MW
    angle = np.rad2deg(case.factors.angles(network.injection_mw))
    assert np.abs(angle - (case.bus[:, 8] - case.bus[case.reference, 8])).max() < MW


@pytest.mark.parametrize("name", CASES)
def test_every_shift_factor(name: str) -> None:
    from pandapower.pypower.makePTDF import makePTDF

    case = solved(name)
    expected = makePTDF(
        case.base_mva, case.bus, case.branch, case.reference, using_sparse_solver=True
    )
    found = case.factors.shift_factors(np.arange(case.network.branch_count))
    found -= found[:, [case.reference]]
    assert np.abs(found - expected).max() < FACTOR


@pytest.mark.parametrize("name", CASES)
def test_flows_after_branches_are_dropped_for_real(name: str) -> None:
    """What does not split the network is compared; what does must leave more parts than before."""
    from pandapower.pypower.makeBdc import makeBdc
    from scipy.sparse.linalg import splu

    case = solved(name)
    live = np.flatnonzero(case.network.in_service)
    chosen = live[:: max(1, len(live) // OUTAGES[name])] if name in OUTAGES else live
    b, _, shift, *_ = makeBdc(case.bus, case.branch)
    power = b @ np.deg2rad(case.bus[:, 8]) + shift
    others = np.delete(np.arange(len(case.bus)), case.reference)
    compared = 0
    for position in chosen.tolist():
        outage = case.factors.outage([position])
        if outage.splits:
            assert _parts(case, position) > _parts(case, None)
            continue
        dropped = case.branch.copy()
        dropped[position, 10] = 0
        b, b_flow, shift, flow_shift, *_ = makeBdc(case.bus, dropped)
        angle = np.zeros(len(case.bus))
        inner = b.tocsc()[others][:, others]
        angle[others] = splu(inner.tocsc()).solve((power - shift)[others])
        expected = (b_flow @ angle + flow_shift) * case.base_mva
        found = outage.flows(case.network.injection_mw)
        assert np.abs(found - expected).max() < MW, position
        compared += 1
    assert compared > len(chosen) / 2


def _parts(case: Solved, without: int | None) -> int:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    live = [k for k in np.flatnonzero(case.network.in_service).tolist() if k != without]
    ends = case.branch[live, :2].astype(int)
    shape = (len(case.bus), len(case.bus))
    return int(connected_components(coo_array((np.ones(len(live)), ends.T), shape=shape))[0])
