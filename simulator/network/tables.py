"""The market's tables over a network, as CSV (contract 3): each reader gives values and findings.

A branch is named `FromBus,ToBus,Circuit` in either direction; naming one section of a multi-section
line, or two buses of a three-winding transformer, names all of it.
"""

from __future__ import annotations

from collections.abc import Sequence

from simulator.domain import Finding, Tou
from simulator.domain.table import (
    Column,
    TableRow,
    any_text,
    integer,
    number,
    optional_number,
    read_table,
    text,
)
from simulator.network.branch import BranchKey, circuit_name
from simulator.network.dc import DcNetwork
from simulator.network.generator_outage import lost_injections
from simulator.network.machine import MachineKey
from simulator.network.model import Contingency, Interface

Faults = list[Finding]


def _circuit(cell: str) -> str:
    return circuit_name(cell) or "1"


def _limit(cell: str) -> float | None:
    value = optional_number(cell)
    if value is not None and value < 0:
        raise ValueError("0 or more, or blank for no limit (both limits are positive numbers)")
    return value


def _weight(cell: str) -> float:
    return number(cell) if cell else 1.0


BASE_CASE = "Base Case"
"""What results call the network without any outage: no contingency may have this name."""


def _contingency(cell: str) -> str:
    name = text(cell)
    if name.casefold() == BASE_CASE.casefold():
        raise ValueError(f"a name other than {BASE_CASE}, which is the network without any outage")
    return name


BRANCH_COLUMNS = (Column("FromBus", integer), Column("ToBus", integer), Column("Circuit", _circuit))
CONTINGENCY_COLUMNS = (Column("Contingency", _contingency), *BRANCH_COLUMNS)
MACHINE_COLUMNS = (
    Column("Contingency", _contingency),
    Column("Bus", integer),
    Column("ID", circuit_name),
)
INTERFACE_COLUMNS = (
    Column("Interface", text),
    *BRANCH_COLUMNS,
    Column("Weight", _weight),
    Column("ForwardLimitMW", _limit),
    Column("ReverseLimitMW", _limit),
)


def read_branches(
    content: str, file: str, network: DcNetwork
) -> tuple[tuple[BranchKey, ...], Faults]:
    """`outages.csv` and `monitored.csv`: the branches named, every section of them, once each."""
    rows, faults = read_table(content, file, BRANCH_COLUMNS)
    keys = dict.fromkeys(key for row in rows for key in _branches(row, network, faults))
    return tuple(keys), faults


def read_contingencies(
    content: str, file: str, network: DcNetwork
) -> tuple[tuple[Contingency, ...], Faults]:
    """`contingencies.csv`: rows of one name open together; in the file's order of names."""
    rows, faults = read_table(content, file, CONTINGENCY_COLUMNS)
    members: dict[str, dict[BranchKey, None]] = {}
    for row in rows:
        branches = _branches(row, network, faults)
        members.setdefault(row["Contingency"], {}).update(dict.fromkeys(branches))
    return tuple(Contingency(name, tuple(keys)) for name, keys in members.items()), faults


def read_generator_contingencies(
    content: str, file: str, network: DcNetwork
) -> tuple[tuple[Contingency, ...], Faults]:
    """`generator_contingencies.csv`: machines of one name are lost together (rulebook 3.1).

    A blank ID is every machine at the bus. A name of `contingencies.csv` joins those branches.
    """
    rows, faults = read_table(content, file, MACHINE_COLUMNS)
    members: dict[str, dict[MachineKey, None]] = {}
    last: dict[str, TableRow] = {}
    for row in rows:
        found = _machines(row, network, faults)
        members.setdefault(row["Contingency"], {}).update(dict.fromkeys(found))
        last[row["Contingency"]] = row
    for name, machines in members.items():
        if len(lost_injections(network, tuple(machines))) < len({key.bus for key in machines}):
            message = f"nobody is left to make up for what {name} loses"
            lost = ", ".join(map(str, machines))
            faults.append(_fault(last[name], "Bus", message, lost, "machines that leave others"))
    return tuple(Contingency(name, (), tuple(keys)) for name, keys in members.items()), faults


def joined(*tables: Sequence[Contingency]) -> tuple[Contingency, ...]:
    """The contingencies of several tables; what has one name is lost together."""
    found: dict[str, Contingency] = {}
    for item in (item for table in tables for item in table):
        known = found.get(item.name, Contingency(item.name, ()))
        branches, machines = known.branches + item.branches, known.machines + item.machines
        found[item.name] = Contingency(item.name, branches, machines)
    return tuple(found.values())


def read_interfaces(
    content: str, file: str, network: DcNetwork
) -> tuple[tuple[Interface, ...], Faults]:
    """`interfaces.csv`: rows of one name are its terms and repeat its limits; blank is no limit.

    A row that leaves both limits blank takes those of the interface's other rows.
    """
    rows, faults = read_table(content, file, INTERFACE_COLUMNS)
    terms: dict[str, dict[BranchKey, float]] = {}
    limits: dict[str, tuple[float | None, float | None]] = {}
    for row in rows:
        name, key = row["Interface"], _key(row)
        own = row["ForwardLimitMW"], row["ReverseLimitMW"]
        if own != (None, None) and limits.setdefault(name, own) != own:
            faults.append(
                _fault(
                    row, "ForwardLimitMW", f"interface {name} has other limits in another row",
                    str(own), str(limits[name]), "give the interface one pair of limits",
                )
            )  # fmt: skip
        interface = terms.setdefault(name, {})
        if not network.is_one_branch(key):
            faults.append(_fault(row, "Circuit", "a term must be one branch", str(key)))
        elif any(key.undirected == other.undirected for other in interface):
            faults.append(_fault(row, "Circuit", f"the branch is twice in {name}", str(key)))
        else:
            interface[key] = row["Weight"]
    return tuple(
        Interface(name, tuple(parts.items()), *limits.get(name, (None, None)))
        for name, parts in terms.items()
    ), faults


def names_of_tou(cell: str) -> Sequence[Tou]:
    """ON or OFF; a blank or BOTH means both."""
    name = cell.upper()
    if name in ("", "BOTH"):
        return (Tou.ON, Tou.OFF)
    if name not in ("ON", "OFF"):
        raise ValueError("ON, OFF, or blank for both")
    return (Tou(name),)


def yes_or_no(cell: str) -> bool:
    """Yes or No in the usual spellings."""
    known = {"YES": True, "Y": True, "TRUE": True, "NO": False, "N": False, "FALSE": False}
    if cell.upper() not in known:
        raise ValueError("Yes or No")
    return known[cell.upper()]


LOCATION_COLUMNS = (
    Column("SourceSink", text),
    Column("Type", any_text),
    Column("Biddable", yes_or_no),
    Column("Bus", integer),
    Column("Factor", _weight),
    Column("TOU", names_of_tou),
)


def _key(row: TableRow) -> BranchKey:
    return BranchKey(row["FromBus"], row["ToBus"], row["Circuit"])


def _branches(row: TableRow, network: DcNetwork, faults: Faults) -> list[BranchKey]:
    key = _key(row)
    if not network.has_branch(key):
        faults.append(_fault(row, "Circuit", "the network has no such branch", str(key)))
        return []
    return [network.key[position] for position in network.sections(key)]


def _machines(row: TableRow, network: DcNetwork, faults: Faults) -> list[MachineKey]:
    bus, name = row["Bus"], row["ID"]
    there = network.machines_at(bus)
    chosen = [key for key in there if name in ("", key.id)]
    if not chosen:
        found = str(MachineKey(bus, name)) if name else f"bus {bus}"
        allowed = ", ".join(key.id for key in there) or "a bus with a machine"
        message = "no machine of positive PMax is in service there"
        faults.append(_fault(row, "ID" if there else "Bus", message, found, allowed))
    return chosen


def _fault(
    row: TableRow,
    column: str,
    message: str,
    found: str,
    allowed: str = "a branch of the network",
    remedy: str = "correct the row or remove it",
) -> Finding:
    return Finding("NET_TABLE", message, row.where(column), found, allowed, remedy)
