"""A folder with a power-flow case and the market's tables over it (contract 3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

import numpy as np

from simulator.domain import Finding, Refused, refuse_if_any
from simulator.network import tables
from simulator.network.branch import BranchKey
from simulator.network.dc import DcNetwork, dc_network
from simulator.network.locations import read_locations
from simulator.network.model import Location, NetworkModel
from simulator.network.read import read_bytes, read_case

CASE_FILES = ("network.raw", "network.m")

T = TypeVar("T")


def read_network_folder(path: Path, **options: bool) -> NetworkModel:
    """Reads `network.raw` or `network.m` and the tables that are there; `options` of `dc_network`.

    Raises Refused with the findings of every file at once (of the case alone when it is wrong,
    because the tables cannot be checked without it).
    """
    case = read_case(_case_file(path))
    network = dc_network(case, **options)
    faults: list[Finding] = []
    warnings = [str(item) for item in (*case.warnings, *network.warnings)]

    def table(
        file: str, read: Callable[[str, str, DcNetwork], tuple[T, list[Finding]]]
    ) -> T | None:
        content = _text(path / file, faults)
        if content is None:
            return None
        value, found = read(content, file, network)
        faults.extend(found)
        return value

    outages = table("outages.csv", tables.read_branches) or ()
    monitored = table("monitored.csv", tables.read_branches)
    if monitored is not None and not _rated(network, monitored):
        warnings.append("monitored.csv: names no branch with a rating, so no branch is enforced")
    branches = table("contingencies.csv", tables.read_contingencies) or ()
    machines = table("generator_contingencies.csv", tables.read_generator_contingencies) or ()
    interfaces = table("interfaces.csv", tables.read_interfaces) or ()
    locations: dict[str, Location] | None = None
    content = _text(path / "locations.csv", faults)
    if content is not None:
        locations, notes, found = read_locations(content, "locations.csv", network)
        faults += found
        warnings += notes
    refuse_if_any(faults)
    return NetworkModel(
        case=case,
        network=network.without(outages) if outages else network,
        locations=locations,
        contingencies=tables.joined(branches, machines),
        interfaces=interfaces,
        monitored=monitored,
        outages=outages,
        warnings=tuple(warnings),
    )


def _rated(network: DcNetwork, branches: Iterable[BranchKey]) -> bool:
    """Whether any of some branches has a rating."""
    return any(np.any(network.rating_mw[network.branch_index(key)[0]] > 0) for key in branches)


def _text(file: Path, faults: list[Finding]) -> str | None:
    if not file.exists():
        return None
    try:
        return read_bytes(file).decode("utf-8")
    except UnicodeDecodeError as error:
        faults.append(
            Finding(
                "NET_TABLE", "the file is not UTF-8 text", file.name, str(error),
                "a UTF-8 CSV file", "save it as CSV (UTF-8)",
            )
        )  # fmt: skip
        return None


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
