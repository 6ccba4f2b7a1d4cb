"""The source/sink list of a market: made, versioned and compared (rulebook 3.3 and 3.7)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from simulator.domain import Tou
from simulator.domain.table import csv_text
from simulator.network.dc import DcNetwork
from simulator.network.islanding import (
    at_nearest_connected,
    connected_part,
    islanded,
    without_bus,
)
from simulator.network.model import Location
from simulator.network.remap import Replacement

HEADER = ("SourceSink", "Type", "Biddable", "Zone", "BusName", "Bus", "Factor", "TOU", "Note")
CHANGES = ("SourceSink", "Change", "What", "Reason")


class ChangeKind(StrEnum):
    """What happened to a location between two versions of the list."""

    ADDED = "ADDED"
    REMOVED = "REMOVED"
    CHANGED = "CHANGED"


@dataclass(frozen=True)
class Entry:
    """`note` says why the entry is not as its location is defined; "" when it is.

    An `islanded` location is not biddable; with base-loading CRRs on it, it is `sell_only`.
    """

    location: Location
    sell_only: bool = False
    note: str = ""
    islanded: bool = False


@dataclass(frozen=True)
class SourceSinkList:
    """Version 0 comes before the allocation, 1 after the outages are known, then updates."""

    market: str
    version: int
    entries: Mapping[str, Entry]


@dataclass(frozen=True, order=True)
class Change:
    """One line of the comparison of two versions."""

    location: str
    kind: ChangeKind
    what: str = ""
    reason: str = ""


def source_sink_list(
    market: str,
    version: int,
    locations: Mapping[str, Location],
    network: DcNetwork,
    base_loaded: Collection[str] = (),
    retired: Collection[Replacement] = (),
    *,
    intact: DcNetwork | None = None,
) -> SourceSinkList:
    """The list on the model of the period (`network` with its outages out).

    Retired locations are left out, and aggregates share the factor of a bus that only a retired
    location stood for. A location that an outage islands can only be sold from when it is in
    `base_loaded` and is not biddable otherwise; with the `intact` network it stands at the closest
    connected bus. An aggregate that is islanded in part shares its factors among the rest.
    """
    gone = {item.retired for item in retired}
    cut_off = {item.location: item for item in islanded(network, locations)}
    lost = _lost_buses(locations, gone)
    entries = {}
    for name in sorted(locations):
        if name in gone:
            continue
        location = locations[name]
        if name in cut_off:
            placed = at_nearest_connected(location, network, intact) if intact else location
            entries[name] = Entry(
                replace(placed, biddable=False), name in base_loaded, str(cut_off[name]), True
            )
            continue
        left, notes = location, []
        for bus, owner in lost:
            if len(_buses(left)) > 1 and bus in _buses(left):
                left = without_bus(left, bus)
                notes.append(f"without the bus of {owner}, which is retired")
        connected = connected_part(left, network)
        if dict(connected.factors) != dict(left.factors):
            notes.append("some of its buses are islanded")
        entries[name] = Entry(connected, note="; ".join(notes))
    return SourceSinkList(market, version, entries)


def with_base_loading(listed: SourceSinkList, base_loaded: Collection[str]) -> SourceSinkList:
    """The list with the islanded locations that may be sold from marked."""
    entries = {
        name: replace(entry, sell_only=entry.islanded and name in base_loaded)
        for name, entry in listed.entries.items()
    }
    return replace(listed, entries=entries)


def _buses(location: Location) -> set[int]:
    return {bus for shares in location.factors.values() for bus, _ in shares}


def _lost_buses(
    locations: Mapping[str, Location], gone: Collection[str]
) -> tuple[tuple[int, str], ...]:
    """Buses that no single-bus location but retired ones stands at, with one of those."""
    single = {name: min(_buses(at)) for name, at in locations.items() if len(_buses(at)) == 1}
    kept = {bus for name, bus in single.items() if name not in gone}
    return tuple(
        sorted((bus, name) for name, bus in single.items() if name in gone and bus not in kept)
    )


def difference(
    before: SourceSinkList, after: SourceSinkList, retired: Collection[Replacement] = ()
) -> tuple[Change, ...]:
    """Who was added, removed or changed between two versions, and why, by name."""
    replaced = {item.retired: item.replacement for item in retired}
    changes = []
    for name in sorted({*before.entries, *after.entries}):
        old, new = before.entries.get(name), after.entries.get(name)
        if old is None and new is not None:
            changes.append(Change(name, ChangeKind.ADDED, "", new.note))
        elif new is None:
            reason = f"retired, replaced by {replaced[name]}" if name in replaced else ""
            changes.append(Change(name, ChangeKind.REMOVED, "", reason))
        elif old is not None and new != old:
            what = ", ".join(_differences(old, new))
            changes.append(Change(name, ChangeKind.CHANGED, what, new.note or "connected again"))
    return tuple(changes)


def list_text(listed: SourceSinkList, network: DcNetwork) -> str:
    """The list as CSV: one row per bus and time of use, as participants know it."""
    rows = []
    for name, entry in listed.entries.items():
        location = entry.location
        flag = "Yes" if location.biddable else "Sell" if entry.sell_only else "No"
        for tou in Tou:
            for bus, factor in location.factors.get(tou, ()):
                bus_name = network.bus_name[network.bus_index(bus)]
                place = (location.zone, bus_name, bus)
                rows.append(
                    (name, location.type, flag, *place, repr(factor), tou.value, entry.note)
                )
    return csv_text(HEADER, rows)


def changes_text(changes: Iterable[Change]) -> str:
    """The comparison of two versions as CSV."""
    return csv_text(CHANGES, [(c.location, c.kind.value, c.what, c.reason) for c in changes])


def replacement_text(market: str, retired: Collection[Replacement]) -> str:
    """The published mapping of retired locations."""
    rows = [(item.retired, item.replacement, market) for item in sorted(retired)]
    return csv_text(("RetiredSourceSink", "ReplacementSourceSink", "MarketName"), rows)


def _differences(old: Entry, new: Entry) -> list[str]:
    before, after = old.location, new.location
    facts = {
        "type": (before.type, after.type),
        "biddable": (before.biddable, after.biddable),
        "zone": (before.zone, after.zone),
        "factors": (dict(before.factors), dict(after.factors)),
        "sell only": (old.sell_only, new.sell_only),
    }
    return [name for name, (was, is_now) in facts.items() if was != is_now]
