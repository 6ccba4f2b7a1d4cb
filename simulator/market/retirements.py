"""Locations that the operator retires, and what stands for them from then on (rulebook 3.7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from simulator.domain import Finding
from simulator.domain.table import Column, TableRow, any_text, iso_date, text
from simulator.network.dc import DcNetwork
from simulator.network.model import Location, NetworkModel
from simulator.network.remap import Replacement, replacements


@dataclass(frozen=True)
class Retirement:
    """A location that leaves the model on `retired`, as the operator said on `announced`.

    `replacement` stands for it by the operator's own choice; "": the closest of its designation.
    """

    location: str
    retired: date
    announced: date
    reason: str
    replacement: str = ""


RETIREMENT_COLUMNS = (
    Column("SourceSink", text),
    Column("Retired", iso_date),
    Column("Announced", iso_date),
    Column("Reason", any_text),
    Column("Replacement", any_text, optional=True),
)


def retirement(row: TableRow) -> Retirement:
    """One row of `retirements.csv`."""
    return Retirement(
        row["SourceSink"],
        row["Retired"],
        row["Announced"],
        row["Reason"],
        row.get("Replacement", ""),
    )


def replaced(
    retirements: Iterable[Retirement],
    network: DcNetwork,
    intact: DcNetwork,
    locations: Mapping[str, Location],
) -> tuple[tuple[Replacement, ...], list[Finding]]:
    """What stands for each retired location in the model of a period, and what has nothing."""
    gone = tuple(retirements)
    return replacements(
        network,
        [item.location for item in gone],
        locations,
        {name: location.type for name, location in locations.items()},
        intact=intact,
        by_hand={item.location: item.replacement for item in gone if item.replacement},
    )


def retirement_findings(rows: Sequence[TableRow], model: NetworkModel) -> list[Finding]:
    """What retires is a location of one bus, an aggregate only loses the bus; what replaces it is
    such a location too, stays, is biddable and of its designation (rulebook 3.7).
    """
    locations = model.locations or {}
    gone = {row["SourceSink"] for row in rows}
    findings = []
    for row in rows:
        name, chosen = row["SourceSink"], row.get("Replacement", "")
        if not _one_bus(locations.get(name)):
            findings.append(_no_location(row))
        elif chosen and not (
            _one_bus(locations.get(chosen))
            and chosen not in gone
            and locations[chosen].biddable
            and locations[chosen].type == locations[name].type
        ):
            findings.append(_no_replacement(row, locations[name].type))
    if findings:
        return findings
    network = model.network
    return replaced(map(retirement, rows), network, network, locations)[1]


def _one_bus(location: Location | None) -> bool:
    shares = () if location is None else location.factors.values()
    return len({bus for share in shares for bus, _ in share}) == 1


def _no_location(row: TableRow) -> Finding:
    return Finding(
        "NET0006",
        "what retires is no location of one bus",
        row.where("SourceSink"),
        row["SourceSink"],
        "a location of locations.csv with one bus",
        "correct the name, or remove the row",
        "rulebook 3.7",
    )


def _no_replacement(row: TableRow, designation: str) -> Finding:
    return Finding(
        "NET0008",
        f"this location cannot replace {row['SourceSink']}",
        row.where("Replacement"),
        row["Replacement"],
        f"a biddable location of type {designation} with one bus, that does not retire itself",
        "name another one, or leave it blank for the closest",
        "rulebook 3.7",
    )
