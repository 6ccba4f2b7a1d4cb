"""The source/sink list of a market: made, versioned and compared (rulebook 3.3 and 3.7)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from simulator.domain import Tou
from simulator.domain.table import csv_text
from simulator.network.dc import DcNetwork
from simulator.network.islanding import connected_part, islanded
from simulator.network.model import Location
from simulator.network.remap import Replacement

HEADER = ("SourceSink", "Type", "Biddable", "Zone", "BusName", "Bus", "Factor", "TOU")


class ChangeKind(StrEnum):
    """What happened to a location between two versions of the list."""

    ADDED = "ADDED"
    REMOVED = "REMOVED"
    CHANGED = "CHANGED"


@dataclass(frozen=True)
class Entry:
    """`note` says why the entry is not as its location is defined; "" when it is."""

    location: Location
    sell_only: bool = False
    note: str = ""


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
) -> SourceSinkList:
    """The list on the model of the period (`network` with its outages out).

    Retired locations are left out. A location that an outage islands can only be sold from when it
    is in `base_loaded` and is not biddable otherwise; an aggregate that is islanded in part shares
    its factors among the rest.
    """
    gone = {item.retired for item in retired}
    cut_off = {item.location: item for item in islanded(network, locations)}
    entries = {}
    for name in sorted(locations):
        if name in gone:
            continue
        location = locations[name]
        if name in cut_off:
            sell_only = name in base_loaded
            entries[name] = Entry(replace(location, biddable=False), sell_only, str(cut_off[name]))
            continue
        connected = connected_part(location, network)
        same = dict(connected.factors) == dict(location.factors)
        entries[name] = Entry(connected, note="" if same else "some of its buses are islanded")
    return SourceSinkList(market, version, entries)


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
                rows.append((name, location.type, flag, *place, repr(factor), tou.value))
    return csv_text(HEADER, rows)


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
