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
    islanded_buses,
    named,
    without_bus,
)
from simulator.network.model import Location
from simulator.network.remap import Replacement

HEADER = ("SourceSink", "Type", "Biddable", "Zone", "BusName", "Bus", "Factor", "TOU", "Note")
CHANGES = ("SourceSink", "Change", "What", "Reason", "TOU")


class ChangeKind(StrEnum):
    """What happened to a location between two versions of the list."""

    ADDED = "ADDED"
    REMOVED = "REMOVED"
    CHANGED = "CHANGED"


@dataclass(frozen=True)
class Cause:
    """Why an entry is not as its location is defined: said while it holds, and once it is `over`.

    Of two versions' causes those `about` one thing are the same one, told anew when it changed.
    """

    about: str
    now: str
    over: str


@dataclass(frozen=True)
class Entry:
    """A location as it stands in one version of the list; without `causes`, as it is defined.

    An `islanded` location is not biddable; with base-loading CRRs on it, it is `sell_only`.
    """

    location: Location
    sell_only: bool = False
    islanded: bool = False
    causes: tuple[Cause, ...] = ()

    @property
    def note(self) -> str:
        """Why the entry is not as its location is defined; "" when it is."""
        return "; ".join(cause.now for cause in self.causes)


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
    for name in sorted(set(locations) - gone):
        if name in cut_off:
            placed = locations[name]
            if intact is not None:
                placed = at_nearest_connected(placed, network, intact)
            cause = Cause("island", str(cut_off[name]), f"{name} is connected again")
            closed = replace(placed, biddable=False)
            entries[name] = Entry(closed, name in base_loaded, True, (cause,))
        else:
            entries[name] = _connected(locations[name], network, lost)
    return SourceSinkList(market, version, entries)


def _connected(location: Location, network: DcNetwork, lost: Iterable[tuple[int, str]]) -> Entry:
    """The entry of a location that is not islanded as a whole: without what it lost."""
    causes = []
    for bus, owner in lost:
        if len(_buses(location)) > 1 and bus in _buses(location):
            location = without_bus(location, bus)
            now = f"without the bus of {owner}, which is retired"
            causes.append(Cause(f"retired {owner}", now, f"with the bus of {owner} again"))
    for outages, buses in islanded_buses(location, network).items():
        which = f"bus {buses[0]} is" if len(buses) == 1 else f"buses {_listed(buses)} are"
        by = f"islanded by the outage of {named(outages)}"
        causes.append(Cause(by, f"its {which} {by}", f"its {which} connected again"))
    return Entry(connected_part(location, network), causes=tuple(causes))


def with_base_loading(listed: SourceSinkList, base_loaded: Collection[str]) -> SourceSinkList:
    """The list with the islanded locations that may be sold from marked."""
    entries = {
        name: replace(entry, sell_only=entry.islanded and name in base_loaded)
        for name, entry in listed.entries.items()
    }
    return replace(listed, entries=entries)


def _listed(buses: Iterable[int]) -> str:
    return ", ".join(map(str, buses))


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
    """Who was added, removed or changed between two versions, and what made the difference."""
    replaced = {item.retired: item.replacement for item in retired}
    changes = []
    for name in sorted({*before.entries, *after.entries}):
        old, new = before.entries.get(name), after.entries.get(name)
        if old is None and new is not None:
            changes.append(Change(name, ChangeKind.ADDED, "", new.note or "in the model now"))
        elif new is None:
            moved = f"retired, replaced by {replaced[name]}" if name in replaced else ""
            changes.append(
                Change(name, ChangeKind.REMOVED, "", moved or "not in the model any more")
            )
        elif old is not None and new != old:
            what = ", ".join(_differences(old, new)) or "note"
            changes.append(Change(name, ChangeKind.CHANGED, what, _reason(old, new)))
    return tuple(changes)


def _reason(old: Entry, new: Entry) -> str:
    """What came, what is over, and otherwise who loads it, or that it is defined anew."""
    was = {cause.about: cause for cause in old.causes}
    is_now = {cause.about: cause for cause in new.causes}
    told = [cause.now for about, cause in is_now.items() if was.get(about) != cause]
    told += [cause.over for about, cause in was.items() if about not in is_now]
    if old.islanded and new.islanded and old.sell_only != new.sell_only:
        told.append("CRRs load it now" if new.sell_only else "no CRRs load it any more")
    return "; ".join(told) or "the model around it changed"


def list_text(listed: Mapping[Tou, SourceSinkList], network: DcNetwork) -> str:
    """The lists of one period as CSV: one row per bus and time of use, as participants know it."""
    rows = []
    for name in sorted({name for of_tou in listed.values() for name in of_tou.entries}):
        for tou in sorted(listed, key=list(Tou).index):
            entry = listed[tou].entries.get(name)
            if entry is None:
                continue
            location = entry.location
            flag = "Yes" if location.biddable else "Sell" if entry.sell_only else "No"
            for bus, factor in location.factors.get(tou, ()):
                bus_name = network.bus_name[network.bus_index(bus)]
                place = (location.zone, bus_name, bus)
                rows.append(
                    (name, location.type, flag, *place, repr(factor), tou.value, entry.note)
                )
    return csv_text(HEADER, rows)


def changes_text(changes: Mapping[Tou, Iterable[Change]]) -> str:
    """The comparison of two versions as CSV; what is so at all times of use stands once, BOTH."""
    times: dict[Change, list[str]] = {}
    for tou, of_tou in changes.items():
        for change in of_tou:
            times.setdefault(change, []).append(tou.value)
    rows = [
        (change.location, change.kind.value, change.what, change.reason, tou)
        for change in sorted(times)
        for tou in (times[change] if len(times[change]) < len(Tou) else ["BOTH"])
    ]
    return csv_text(CHANGES, rows)


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
