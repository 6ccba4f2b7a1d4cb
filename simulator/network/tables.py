"""The market's tables over a network, as CSV (contract 3): each reader gives values and findings.

A branch is named `FromBus,ToBus,Circuit` in either direction; naming one section of a multi-section
line, or two buses of a three-winding transformer, names all of it.
"""

from __future__ import annotations

from collections.abc import Iterable

from simulator.domain import Finding, Tou
from simulator.network.branch import BranchKey, circuit_name
from simulator.network.csv_table import Row, Table, read_table
from simulator.network.dc import DcNetwork
from simulator.network.model import Contingency, Interface, Location

BRANCH_COLUMNS = ("FromBus", "ToBus", "Circuit")
LOCATION_COLUMNS = ("SourceSink", "Type", "Biddable", "Bus", "Factor", "TOU")
CONTINGENCY_COLUMNS = ("Contingency", *BRANCH_COLUMNS)
INTERFACE_COLUMNS = ("Interface", *BRANCH_COLUMNS, "Weight", "ForwardLimitMW", "ReverseLimitMW")

FACTOR_SUM_TOLERANCE = 1e-6  # contract 3: beyond it the factors are normalised with a warning
_YES_NO = {"YES": True, "Y": True, "TRUE": True, "NO": False, "N": False, "FALSE": False}
_TOUS = {"ON": (Tou.ON,), "OFF": (Tou.OFF,), "": (Tou.ON, Tou.OFF), "BOTH": (Tou.ON, Tou.OFF)}


def read_branches(data: bytes, file: str, network: DcNetwork) -> tuple[Table, list[BranchKey]]:
    """`outages.csv` and `monitored.csv`: the branches named, every section of them, once each."""
    table = read_table(data, file, BRANCH_COLUMNS)
    keys: dict[BranchKey, None] = {}
    for row in table.rows:
        keys |= dict.fromkeys(_branches(table, row, network))
    return table, list(keys)


def read_contingencies(
    data: bytes, file: str, network: DcNetwork
) -> tuple[Table, tuple[Contingency, ...]]:
    """`contingencies.csv`: rows of one name open together; in the file's order of names."""
    table = read_table(data, file, CONTINGENCY_COLUMNS)
    members: dict[str, dict[BranchKey, None]] = {}
    for row in table.rows:
        name = row.cells["Contingency"]
        if not name:
            table.fault(row, "Contingency", "a contingency needs a name", "nothing", "a name")
        branches = _branches(table, row, network)
        members.setdefault(name, {}).update(dict.fromkeys(branches))
    return table, tuple(Contingency(name, tuple(keys)) for name, keys in members.items())


def read_interfaces(
    data: bytes, file: str, network: DcNetwork
) -> tuple[Table, tuple[Interface, ...]]:
    """`interfaces.csv`: rows of one name are its terms and repeat its limits; blank is no limit.

    A row that leaves both limits blank takes those of the interface's other rows.
    """
    table = read_table(data, file, INTERFACE_COLUMNS)
    terms: dict[str, dict[BranchKey, float]] = {}
    limits: dict[str, tuple[float | None, float | None]] = {}
    for row in table.rows:
        name = row.cells["Interface"]
        if not name:
            table.fault(row, "Interface", "an interface needs a name", "nothing", "a name")
        key = _key(table, row, network)
        weight = table.real(row, "Weight") if row.cells["Weight"] else 1.0
        own = (_limit(table, row, "ForwardLimitMW"), _limit(table, row, "ReverseLimitMW"))
        if own != (None, None):
            if limits.get(name, own) != own:
                table.fault(
                    row, "ForwardLimitMW", f"interface {name} has other limits in another row",
                    f"{own}", f"{limits[name]}", "give the interface one pair of limits",
                )  # fmt: skip
            limits.setdefault(name, own)
        interface = terms.setdefault(name, {})
        if key is None or weight is None:
            continue
        if not network.is_one_branch(key):
            table.fault(row, "Circuit", "a term must be one branch", str(key), "one branch")
            continue
        if key.undirected in {other.undirected for other in interface}:
            table.fault(row, "Circuit", f"{key} is twice in {name}", str(key), "each branch once")
        interface[key] = weight
    return table, tuple(
        Interface(name, tuple(parts.items()), *limits.get(name, (None, None)))
        for name, parts in terms.items()
    )


def read_locations(
    data: bytes, file: str, network: DcNetwork
) -> tuple[Table, dict[str, Location], list[str]]:
    """`locations.csv`: one row per bus; factors of one location and TOU add to 1.

    Sums that are off are normalised with a warning. A blank TOU (or `BOTH`) means ON and OFF.
    """
    table = read_table(data, file, LOCATION_COLUMNS)
    facts: dict[str, tuple[str, bool]] = {}
    factors: dict[tuple[str, Tou], dict[int, float]] = {}
    for row in table.rows:
        name = row.cells["SourceSink"]
        if not name:
            table.fault(row, "SourceSink", "a location needs a name", "nothing", "a name")
        biddable = _YES_NO.get(row.cells["Biddable"].upper())
        if biddable is None:
            table.fault(row, "Biddable", "not yes or no", row.cells["Biddable"], "Yes or No")
            biddable = False
        own = (row.cells["Type"], biddable)
        if facts.setdefault(name, own) != own:
            table.fault(
                row, "Type", f"location {name} is described differently in another row",
                f"{own}", f"{facts[name]}", "give all rows of a location one type and flag",
            )  # fmt: skip
        _add_factor(table, row, network, factors)
    warnings: list[str] = []
    locations = {
        name: Location(name, kind, biddable, _normalised(table, name, factors, warnings))
        for name, (kind, biddable) in facts.items()
    }
    return table, locations, warnings


def _add_factor(
    table: Table, row: Row, network: DcNetwork, factors: dict[tuple[str, Tou], dict[int, float]]
) -> None:
    bus = table.integer(row, "Bus")
    factor = table.real(row, "Factor") if row.cells["Factor"] else 1.0
    tous = _TOUS.get(row.cells["TOU"].upper())
    if tous is None:
        table.fault(row, "TOU", "not a time of use", row.cells["TOU"], "ON, OFF or blank for both")
    if bus is not None and not network.has_bus(bus):
        table.fault(row, "Bus", "the network has no such bus", str(bus), "a bus of the network")
        bus = None
    if factor is not None and factor < 0:
        table.fault(row, "Factor", "a factor is negative", str(factor), "0 or more")
    if bus is None or factor is None or tous is None:
        return
    for tou in tous:
        shares = factors.setdefault((row.cells["SourceSink"], tou), {})
        if bus in shares:
            table.fault(row, "Bus", f"the bus is there twice for {tou}", str(bus), "once")
        shares[bus] = factor


def _normalised(
    table: Table,
    name: str,
    factors: dict[tuple[str, Tou], dict[int, float]],
    warnings: list[str],
) -> dict[Tou, tuple[tuple[int, float], ...]]:
    result = {}
    for tou in Tou:
        shares = factors.get((name, tou))
        if shares is None:
            continue
        total = sum(shares[bus] for bus in sorted(shares))
        if total <= 0:
            table.findings.append(
                Finding(
                    "LOCATION_FACTORS", f"the factors of location {name} for {tou} add to nothing",
                    table.file, f"{total}", "a sum of 1", "give its buses positive factors",
                )
            )  # fmt: skip
            continue
        if abs(total - 1) > FACTOR_SUM_TOLERANCE:
            warnings.append(
                f"{table.file}: the factors of location {name} for {tou} add to {total:.9g} "
                "instead of 1 and were normalised"
            )
        result[tou] = tuple((bus, shares[bus] / total) for bus in sorted(shares))
    return result


def _limit(table: Table, row: Row, column: str) -> float | None:
    if not row.cells[column]:
        return None
    value = table.real(row, column)
    if value is not None and value < 0:
        table.fault(
            row, column, "a limit is negative", row.cells[column], "0 or more, or blank for none",
            "write both limits as positive numbers",
        )  # fmt: skip
    return value


def _key(table: Table, row: Row, network: DcNetwork) -> BranchKey | None:
    """The branch a row names, in the row's own direction, or None and findings."""
    from_bus, to_bus = table.integer(row, "FromBus"), table.integer(row, "ToBus")
    if from_bus is None or to_bus is None:
        return None
    key = BranchKey(from_bus, to_bus, circuit_name(row.cells["Circuit"]) or "1")
    if not network.has_branch(key):
        table.fault(
            row, "Circuit", "the network has no such branch", str(key), "a branch of the network"
        )
        return None
    return key


def _branches(table: Table, row: Row, network: DcNetwork) -> Iterable[BranchKey]:
    key = _key(table, row, network)
    return [] if key is None else [network.key[k] for k in network.sections(key)]
