"""Angles, flows, transfers and outages against references computed by other programs."""

from __future__ import annotations

import numpy as np
import pytest
from network_cases import CALIFORNIA, key, shared

from simulator.network.dc import DcNetwork, dc_network
from simulator.network.factors import Factors
from simulator.network.read import read_case

MW = 1e-6  # largest deviation allowed
IEEE14 = [f"ieee14/h014_pglib_ieee14.{dialect}.raw" for dialect in ("v30", "v30space", "v30title0")]


def order_in(network: DcNetwork, reference: np.lib.npyio.NpzFile) -> np.ndarray:
    """Our position of each of the reference's branches, which all run in our direction."""
    found = [
        network.branch_index(key(int(a), int(b), str(c)))
        for a, b, c in zip(
            reference["br_f"], reference["br_t"], reference["br_ckt"], strict=True
        )
    ]  # fmt: skip
    assert all(sign == 1 for _, sign in found)
    return np.array([position for position, _ in found])


@pytest.mark.parametrize("file", [*IEEE14, "cats/cats.v30.raw"])
def test_stored_references(file: str) -> None:
    path = shared(file)
    name = "cats.npz" if "cats" in file else "h014_pglib_ieee14.npz"
    reference = np.load(path.parent / name)
    network = dc_network(read_case(path))
    factors = Factors(network)
    order = order_in(network, reference)
    angle = np.rad2deg(factors.angles(network.injection_mw))
    assert np.abs(angle - reference["ref_va_deg"]).max() < MW
    flow = factors.flows(network.injection_mw)[order]
    assert np.abs(flow - reference["ref_pf"]).max() < MW
    for branch, expected in zip(
        reference["ref_ctg_branch"], reference["ref_ctg_pf"], strict=True
    ):  # fmt: skip
        outage = factors.outage([order[branch]])
        assert not outage.splits
        assert np.abs(outage.flows(network.injection_mw)[order] - expected).max() < MW
    for source, sink, expected in zip(
        reference["xfer_src"], reference["xfer_snk"], reference["ref_xfer_dpf"], strict=True
    ):
        injection = np.zeros(network.bus_count)
        injection[network.bus_index(source)] += reference["xfer_mw"]
        injection[network.bus_index(sink)] -= reference["xfer_mw"]
        change = factors.flows(injection, phase_shifts=False)[order]
        assert np.abs(change - expected).max() < MW


def test_california_matches_its_reference_solution() -> None:
    path = shared("ca240/ca240.raw")
    reference = np.load(path.parent / "ca240_ref.npz")
    network = dc_network(read_case(path))
    factors = Factors(network)
    assert np.array_equal(network.bus, reference["bus_id"])
    assert np.abs(network.injection_mw - reference["P"]).max() < MW
    assert network.bus[network.reference].tolist() == [3933]
    angle = np.rad2deg(factors.angles(network.injection_mw))
    assert np.abs(angle - reference["va_deg"]).max() < MW
    flow = factors.flows(network.injection_mw)[order_in(network, reference)]
    assert np.abs(flow - reference["pf"]).max() < MW


def test_the_shipped_network_is_read_without_a_warning() -> None:
    case = read_case(CALIFORNIA / "network.raw")
    assert (len(case.buses), dc_network(case).branch_count) == (242, 451)
    assert case.warnings == ()


def matpower_text(ppc: dict[str, np.ndarray]) -> str:
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
