"""`locations.csv`: sources and sinks as weighted sums of buses (contract 3, rulebook 3.3)."""

from __future__ import annotations

from simulator.domain import Finding, Tou
from simulator.domain.table import TableRow, read_table
from simulator.network.dc import DcNetwork
from simulator.network.model import Location
from simulator.network.tables import LOCATION_COLUMNS, Faults

FACTOR_SUM_TOLERANCE = 1e-6  # contract 3: beyond it the factors are normalised with a warning
ADDS_UP = 1e-12  # sums this close to 1 are 1: what was written is read back to the last digit

_Shares = dict[tuple[str, Tou], dict[int, float]]


def read_locations(
    content: str, file: str, network: DcNetwork
) -> tuple[dict[str, Location], list[str], Faults]:
    """Locations by name in the file's order, warnings and findings; one row per bus.

    The factors of one location and time of use add to 1; sums that are off by more than
    `FACTOR_SUM_TOLERANCE` are normalised with a warning. A blank TOU (or `BOTH`) means both.
    """
    rows, faults = read_table(content, file, LOCATION_COLUMNS)
    facts: dict[str, tuple[str, bool]] = {}
    shares: _Shares = {}
    for row in rows:
        own = row["Type"], row["Biddable"]
        if facts.setdefault(row["SourceSink"], own) != own:
            faults.append(
                _fault(row, "Type", "the location is described differently in another row",
                       f"{own}", f"{facts[row['SourceSink']]}")
            )  # fmt: skip
        _add_share(row, network, shares, faults)
    warnings: list[str] = []
    locations = {
        name: Location(name, kind, biddable, _normalised(file, name, shares, warnings, faults))
        for name, (kind, biddable) in facts.items()
    }
    return locations, warnings, faults


def _add_share(row: TableRow, network: DcNetwork, shares: _Shares, faults: Faults) -> None:
    bus, factor = row["Bus"], row["Factor"]
    if not network.has_bus(bus):
        faults.append(_fault(row, "Bus", "the network has no such bus", str(bus), "a bus of it"))
    if factor < 0:
        faults.append(_fault(row, "Factor", "a factor is negative", str(factor), "0 or more"))
        return
    for tou in row["TOU"]:
        of_buses = shares.setdefault((row["SourceSink"], tou), {})
        if bus in of_buses:
            faults.append(_fault(row, "Bus", f"the bus is there twice for {tou}", str(bus), "once"))
        of_buses[bus] = factor


def _normalised(
    file: str, name: str, shares: _Shares, warnings: list[str], faults: Faults
) -> dict[Tou, tuple[tuple[int, float], ...]]:
    result = {}
    for tou in Tou:
        of_buses = shares.get((name, tou))
        if of_buses is None:
            continue
        total = sum(of_buses[bus] for bus in sorted(of_buses))
        if total <= 0:
            faults.append(
                Finding(
                    "NET_FACTORS", f"the factors of {name} for {tou} add to nothing", file,
                    f"{total}", "a sum of 1", "give its buses positive factors",
                )
            )  # fmt: skip
            continue
        if abs(total - 1) > FACTOR_SUM_TOLERANCE:
            warnings.append(
                f"{file}: the factors of {name} for {tou} add to {total:.9g} instead of 1 and "
                "were normalised"
            )
        divisor = total if abs(total - 1) > ADDS_UP else 1.0
        result[tou] = tuple((bus, of_buses[bus] / divisor) for bus in sorted(of_buses))
    return result


def _fault(row: TableRow, column: str, message: str, found: str, allowed: str) -> Finding:
    remedy = "correct the row or remove it"
    return Finding("NET_LOCATION", message, row.where(column), found, allowed, remedy)
