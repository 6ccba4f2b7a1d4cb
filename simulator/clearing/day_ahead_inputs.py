"""What the day-ahead market is fed with beside the network: offers, availability, load shapes.

A folder holds `generators.csv` (blocks of offers), `availability.csv` (share of a fuel's blocks
that is there, by month and hour), `load_shape.csv` (share of an area's load in the power-flow case,
by day type and hour) and `load_month.csv` (a factor by month on top).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from simulator.clearing.dispatch import Offer
from simulator.clearing.dispatch_flows import Array, Positions
from simulator.domain import Finding, refuse_if_any
from simulator.domain.table import Column, TableRow, integer, number, read_table, text
from simulator.network.model import NetworkModel

HOURS = range(1, 25)
MONTHS = range(1, 13)


class DayType(StrEnum):
    """Days of one load shape; a holiday counts as a Sunday."""

    WEEKDAY = "WEEKDAY"
    SATURDAY = "SATURDAY"
    SUNDAY = "SUNDAY"


DAY_TYPES = tuple(DayType)

_GENERATORS = (
    Column("Bus", integer),
    Column("ID", text),
    Column("Block", integer),
    Column("Name", text),
    Column("Fuel", text),
    Column("MinMW", number),
    Column("MaxMW", number),
    Column("OfferUSDPerMWh", number),
)
_AVAILABILITY = (
    Column("Fuel", text),
    Column("Month", integer),
    Column("HourEnding", integer),
    Column("Factor", number),
)
_LOAD_SHAPE = (
    Column("Area", integer),
    Column("DayType", text),
    Column("HourEnding", integer),
    Column("Factor", number),
)
_LOAD_MONTH = (Column("Area", integer), Column("Month", integer), Column("Factor", number))


@dataclass(frozen=True, eq=False)
class DayAheadInputs:
    """`availability` (n, 12, 24) follows the n `offers`; a areas, nb buses of the network.

    `load_shape` is (a, day types, 24) and `load_month` (a, 12), areas as in `areas`; `area_of_bus`
    (nb,) is a position in `areas` and `load_mw` (nb,) the load of the power-flow case, negative
    where a bus is fed from outside (the receiving end of a DC line).
    """

    offers: tuple[Offer, ...]
    availability: Array
    areas: tuple[int, ...]
    area_of_bus: Positions
    load_mw: Array
    load_shape: Array
    load_month: Array

    def available_mw(self, month: int, hour_ending: int) -> Array:
        """(n,) MW that the offers have in an hour; hour 25 of a long day is like hour 24."""
        size = np.array([offer.max_mw for offer in self.offers])
        return size * self.availability[:, month - 1, min(hour_ending, HOURS[-1]) - 1]

    def demand_mw(self, month: int, day_type: DayType, hour_ending: int, deviation: Array) -> Array:
        """(nb,) load; `deviation` (a,) is relative, 0.03 for three percent more than expected."""
        hour = min(hour_ending, HOURS[-1]) - 1
        shape = self.load_shape[:, DAY_TYPES.index(day_type), hour]
        factor = shape * self.load_month[:, month - 1] * (1.0 + deviation)
        demand: Array = self.load_mw * factor[self.area_of_bus]
        return demand


def read_day_ahead_folder(path: Path, model: NetworkModel) -> DayAheadInputs:
    """The four tables, checked against the network; Refused with every finding at once."""
    findings: list[Finding] = []
    machines = _read(path / "generators.csv", _GENERATORS, findings)
    fuels = sorted({row["Fuel"] for row in machines})
    areas = sorted({bus.area for bus in model.case.buses})
    availability, load_shape, load_month = (
        _grid(_read(path / name, columns, findings), name, columns, axes, findings)
        for name, columns, axes in (
            ("availability.csv", _AVAILABILITY, (fuels, MONTHS, HOURS)),
            ("load_shape.csv", _LOAD_SHAPE, (areas, DAY_TYPES, HOURS)),
            ("load_month.csv", _LOAD_MONTH, (areas, MONTHS)),
        )
    )
    offers = _offers(machines, model, findings)
    refuse_if_any(findings)
    area_of = {bus.number: areas.index(bus.area) for bus in model.case.buses}
    return DayAheadInputs(
        offers=offers,
        availability=availability[[fuels.index(row["Fuel"]) for row in machines]],
        areas=tuple(areas),
        # the star point of a three-winding transformer has no load: any area will do
        area_of_bus=np.array([area_of.get(int(n), 0) for n in model.network.bus], dtype=np.int64),
        load_mw=_case_load_mw(model),
        load_shape=load_shape,
        load_month=load_month,
    )


def _read(file: Path, columns: Sequence[Column], findings: list[Finding]) -> tuple[TableRow, ...]:
    try:
        content = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        found = "no file" if isinstance(error, FileNotFoundError) else str(error)
        findings.append(
            Finding(
                "DAM_FILE", "the file cannot be read", str(file), found,
                "a UTF-8 CSV file", "put the file there",
            )
        )  # fmt: skip
        return ()
    rows, faults = read_table(content, file.name, columns)
    findings += faults
    return rows


def _grid(
    rows: Sequence[TableRow],
    file: str,
    columns: Sequence[Column],
    axes: Sequence[Sequence[Any]],
    findings: list[Finding],
) -> Array:
    """The last column over the axes that the others name; every point once, nothing besides."""
    grid = np.full([len(axis) for axis in axes], np.nan)
    indices = product(*(range(len(axis)) for axis in axes))
    places: Mapping[tuple[Any, ...], tuple[int, ...]] = dict(
        zip(product(*axes), indices, strict=True)
    )
    for row in rows:
        labels = tuple(row[column.name] for column in columns[:-1])
        place = places.get(labels)
        if place is None or not np.isnan(grid[place]) or row["Factor"] < 0:
            findings.append(
                Finding(
                    "DAM_FACTOR",
                    "a factor that is unknown, there twice or negative",
                    row.where(),
                    ",".join(str(row[column.name]) for column in columns),
                    "each combination once, with a factor of at least 0",
                    "correct or remove the row",
                )
            )
        else:
            grid[place] = row["Factor"]
    missing = [labels for labels, place in places.items() if np.isnan(grid[place])]
    if missing and rows:
        first = ",".join(str(label) for label in missing[0])
        findings.append(
            Finding(
                "DAM_FACTOR_MISSING",
                "factors are missing",
                file,
                f"{len(missing)} missing, the first for {first}",
                "each combination once",
                "add the rows",
            )
        )
    return grid


def _offers(
    rows: Sequence[TableRow], model: NetworkModel, findings: list[Finding]
) -> tuple[Offer, ...]:
    buses = {int(number) for number in model.network.bus}
    seen: set[tuple[int, str, int]] = set()
    offers = []
    for row in rows:
        key = (row["Bus"], row["ID"], row["Block"])
        again = f"block {row['Block']} of {row['Bus']} {row['ID']} again"
        for column, fault, found, allowed in (
            ("Bus", row["Bus"] not in buses, str(row["Bus"]), "a bus of the network"),
            ("Block", key in seen, again, "one row for each block"),
            ("MinMW", row["MinMW"] > row["MaxMW"], str(row["MinMW"]), f"at most {row['MaxMW']}"),
        ):
            if fault:
                findings.append(
                    Finding(
                        "DAM_OFFER", "not an offer that can be dispatched", row.where(column),
                        found, allowed, "correct the row",
                    )
                )  # fmt: skip
        seen.add(key)
        offers.append(
            Offer(
                bus=row["Bus"],
                resource=f"{row['Bus']}_{row['ID']}",
                block=row["Block"],
                min_mw=row["MinMW"],
                max_mw=row["MaxMW"],
                price_usd_per_mwh=row["OfferUSDPerMWh"],
            )
        )
    return tuple(offers)


def _case_load_mw(model: NetworkModel) -> Array:
    """What the case draws at each bus: its machines' output less its net injection."""
    load: Array = -model.network.injection_mw
    for generator in model.case.generators:
        if generator.status:
            load[model.network.bus_index(generator.bus)] += generator.p_mw
    load[model.network.isolated] = 0.0
    return load
