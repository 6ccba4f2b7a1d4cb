"""A folder with a power-flow case and the market's tables over it (contract 3)."""

from __future__ import annotations

from pathlib import Path

from simulator.domain import Finding, Refused, refuse_if_any
from simulator.network import tables
from simulator.network.branch import BranchKey
from simulator.network.dc import DcNetwork, dc_network
from simulator.network.model import Contingency, Interface, Location, NetworkModel
from simulator.network.read import read_bytes, read_case

CASE_FILES = ("network.raw", "network.m")


def read_network_folder(path: Path) -> NetworkModel:
    """Reads `network.raw` or `network.m` and the tables that are there.

    Raises Refused with the findings of every file at once (of the case alone when it is wrong,
    because the tables cannot be checked without it).
    """
    case = read_case(_case_file(path))
    network = dc_network(case)
    findings: list[Finding] = []
    warnings = [str(item) for item in (*case.warnings, *network.warnings)]
    outages = _branches(path / "outages.csv", network, findings) or ()
    monitored = _branches(path / "monitored.csv", network, findings)
    contingencies: tuple[Contingency, ...] = ()
    interfaces: tuple[Interface, ...] = ()
    locations: dict[str, Location] | None = None
    file = path / "contingencies.csv"
    if file.exists():
        table, contingencies = tables.read_contingencies(read_bytes(file), file.name, network)
        findings += table.findings
    file = path / "interfaces.csv"
    if file.exists():
        table, interfaces = tables.read_interfaces(read_bytes(file), file.name, network)
        findings += table.findings
    file = path / "locations.csv"
    if file.exists():
        table, locations, notes = tables.read_locations(read_bytes(file), file.name, network)
        findings += table.findings
        warnings += notes
    refuse_if_any(findings)
    return NetworkModel(
        case=case,
        network=network.without(outages) if outages else network,
        locations=locations,
        contingencies=contingencies,
        interfaces=interfaces,
        monitored=monitored,
        outages=outages,
        warnings=tuple(warnings),
    )


def _branches(
    file: Path, network: DcNetwork, findings: list[Finding]
) -> tuple[BranchKey, ...] | None:
    if not file.exists():
        return None
    table, keys = tables.read_branches(read_bytes(file), file.name, network)
    findings += table.findings
    return tuple(keys)


def _case_file(path: Path) -> Path:
    there = [path / name for name in CASE_FILES if (path / name).exists()]
    if len(there) == 1:
        return there[0]
    raise Refused(
        [
            Finding(
                "NETWORK_FILE",
                "the folder needs one power-flow case",
                where=str(path),
                found=" and ".join(item.name for item in there) or "none",
                allowed="network.raw or network.m",
                remedy="put exactly one of them there",
            )
        ]
    )
