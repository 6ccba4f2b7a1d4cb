"""What `marketsim network` prints: facts of a case and flows of a transfer (contract 2)."""

from __future__ import annotations

from typing import Any

import numpy as np

from simulator.domain import Finding, refuse_if_any
from simulator.network.balance import alike
from simulator.network.case import Case
from simulator.network.dc import DcNetwork
from simulator.network.factors import Factors
from simulator.network.generator_outage import GeneratorOutage, lost_injections
from simulator.network.model import Contingency, NetworkModel
from simulator.network.outage_response import opened_branches


def info(case: Case, network: DcNetwork) -> dict[str, Any]:
    """Counts and sums. Branches are windings and lines, in service or not; loads are at the
    voltages of the file; islands are those with a bus in service.
    """
    voltage = {bus.number: bus.vm_pu for bus in case.buses}
    live = {bus.number for bus in case.buses if bus.type != 4}
    rated = (network.rating_mw > 0).any(axis=1)
    return {
        "format": case.format,
        "version": case.version,
        "buses": len(case.buses),
        "branches": network.branch_count,
        "branches_in_service": int(network.in_service.sum()),
        "transformers": len(case.transformers),
        "generators": len(case.generators),
        "loads": len(case.loads),
        "load_mw": _sum(
            load.status * load.mw_at(voltage[load.bus]) for load in case.loads if load.bus in live
        ),
        "generation_mw": _sum(
            item.status * item.p_mw for item in case.generators if item.bus in live
        ),
        "islands": int((~network.isolated[network.reference]).sum()),
        "monitored_branches": int((network.in_service & rated).sum()),
        "warnings": [str(item) for item in (*case.warnings, *network.warnings)],
    }


def model_info(model: NetworkModel) -> dict[str, Any]:
    """`info` of a folder: the case with the market's outages out, and what its tables hold."""
    facts = info(model.case, model.network)
    facts |= {
        "contingencies": len(model.contingencies),
        "generator_contingencies": sum(bool(item.machines) for item in model.contingencies),
        "interfaces": len(model.interfaces),
        "locations": len(model.locations or ()),
        "warnings": list(model.warnings),
    }
    return facts


def ptdf(
    network: DcNetwork,
    source_bus: int,
    sink_bus: int,
    mw: float = 1.0,
    outage: Contingency | None = None,
) -> dict[str, Any]:
    """Flows of `mw` from one bus to another, base case or after `outage`.

    What the transfer injects at a lost machine's bus, others inject instead (rulebook 3.1). Raises
    Refused for what is not in the network. When the buses are not connected each island makes up
    for its own end (`balance`), and `warnings` say so.
    """
    parts = outage or Contingency("", ())
    _refuse_unknown(network, source_bus, sink_bus, parts)
    source, sink = network.bus_index(source_bus), network.bus_index(sink_bus)
    injection = np.zeros(network.bus_count)
    injection[source] += mw
    injection[sink] -= mw
    branches = opened_branches(network, parts)
    opened = Factors(network).outage(branches, parts.name, parts.machines)
    lost = GeneratorOutage(opened, lost_injections(network, parts.machines))
    flow = lost.flows(alike(network).balanced(injection), phase_shifts=False)
    warnings = []
    if opened.splits:
        warnings.append(f"the outage of {parts.name} splits an island")
    if opened.network.island[source] != opened.network.island[sink]:
        warnings.append(f"buses {source_bus} and {sink_bus} are not connected")
    return {
        "source": source_bus,
        "sink": sink_bus,
        "mw": mw,
        "flows": [
            {"from": key.from_bus, "to": key.to_bus, "circuit": key.circuit, "mw": value + 0.0}
            for key, value in zip(network.key, flow.tolist(), strict=True)
        ],
        "warnings": warnings,
    }


def _sum(values: Any) -> float:
    return float(np.sum(np.fromiter(values, dtype=np.float64)))


def _refuse_unknown(
    network: DcNetwork, source_bus: int, sink_bus: int, outage: Contingency
) -> None:
    findings = [
        Finding(
            "UNKNOWN_BUS", f"the {role} is not a bus of the network", where=f"--{role}",
            found=str(bus), allowed="a bus number of the case", remedy="correct the number",
        )
        for role, bus in (("source", source_bus), ("sink", sink_bus))
        if not network.has_bus(bus)
    ]  # fmt: skip
    findings += [
        Finding(
            "UNKNOWN_BRANCH", "the outage is not a branch of the network", where="--outage",
            found=str(key), allowed="FROM,TO,CIRCUIT of a branch", remedy="correct it",
        )
        for key in outage.branches
        if not network.has_branch(key)
    ]  # fmt: skip
    findings += [
        Finding(
            "UNKNOWN_MACHINE", "the outage is not a machine in service that can generate",
            where="--outage", found=str(machine),
            allowed=", ".join(map(str, network.machines_at(machine.bus))) or "BUS,ID of a machine",
            remedy="correct it, or name a branch: FROM,TO,CKT",
        )
        for machine in outage.machines
        if machine not in network.machine_mw
    ]  # fmt: skip
    refuse_if_any(findings)
