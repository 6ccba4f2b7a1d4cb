"""What may not be cleared, said all at once: rules on a case that need more than one cell.

`places` tells where an entry was written (`bids.csv row 7`); without it the id stands there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache, partial
from itertools import pairwise

from simulator.clearing.case import ClearingCase, FixedCrr
from simulator.clearing.curves import monotone
from simulator.clearing.problem import Entry, all_entries, entry_id, is_sale
from simulator.domain import Bid, Finding, Nomination, Tou, TransactionType

MAX_POINTS = 20
BALANCE = 1e-9
"""Shares of an island that source and sink may differ by."""

Places = Mapping[str, str]


def case_findings(case: ClearingCase, places: Places | None = None) -> list[Finding]:
    """Every finding of a case, in a fixed order; empty when it can be cleared."""
    at = places or {}
    entries = all_entries(case)
    return submission_findings(case.fixed_crrs, entries, at) + place_findings(
        case, case.fixed_crrs, entries, at
    )


def place_findings(
    case: ClearingCase, fixed: Sequence[FixedCrr], entries: Sequence[Entry], at: Places
) -> list[Finding]:
    """What is wrong with sources and sinks on the network of a case."""
    findings: list[Finding] = []
    for crr in fixed:
        where = at.get(crr.crr_id, f"fixed CRR {crr.crr_id}")
        findings += _ends(case, crr.source, crr.sink, crr.tou, where)
    islands = cache(partial(_islands, case))
    for entry in entries:
        source, sink = islands(entry.source, entry.tou), islands(entry.sink, entry.tou)
        if source is None or source != sink:
            findings += _places(case, entry, at.get(entry_id(entry)) or _label(entry))
    return findings


def submission_findings(
    fixed: Sequence[FixedCrr], entries: Sequence[Entry], at: Places
) -> list[Finding]:
    """What is wrong with rights, bids and nominations whatever the network is."""
    held = {crr.crr_id: crr for crr in fixed}
    findings = list(_twice([crr.crr_id for crr in fixed], "CRRID", at))
    findings += _twice([entry_id(entry) for entry in entries], "id", at)
    for crr in fixed:
        findings += _crr(crr, at.get(crr.crr_id, f"fixed CRR {crr.crr_id}"))
    for entry in entries:
        findings += _entry(entry, held, at.get(entry_id(entry)) or _label(entry))
    findings += _oversold(entries, held, at)
    return findings


def _label(entry: Entry) -> str:
    return f"{'bid' if isinstance(entry, Bid) else 'nomination'} {entry_id(entry)}"


def _twice(ids: Iterable[str], what: str, at: Places) -> Iterator[Finding]:
    seen: set[str] = set()
    for item in ids:
        if item in seen:
            yield Finding(
                "CLR0101", f"{what} {item} is there twice", at.get(item, ""), item,
                "every id once", "give each its own id",
            )  # fmt: skip
        seen.add(item)


def _crr(crr: FixedCrr, where: str) -> Iterator[Finding]:
    yield from _same_ends(crr.source, crr.sink, where)
    if crr.mw < 0 or not crr.mw.is_finite():
        yield Finding(
            "CLR0102", "a right cannot be negative", where, str(crr.mw), "0 MW or more",
            "swap source and sink for the opposite right",
        )  # fmt: skip


def _places(case: ClearingCase, entry: Entry, where: str) -> Iterator[Finding]:
    known = list(_ends(case, entry.source, entry.sink, entry.tou, where))
    yield from known
    if not known and not is_sale(entry):
        yield from _biddable(case, entry, where)
        yield from _islanded(case, entry, where)


def _entry(entry: Entry, held: Mapping[str, FixedCrr], where: str) -> Iterator[Finding]:
    yield from _same_ends(entry.source, entry.sink, where)
    if isinstance(entry, Nomination):
        if entry.mw < 0 or not entry.mw.is_finite():
            yield Finding(
                "CLR0103", "a nomination cannot be negative", where, str(entry.mw),
                "0 MW or more", "correct the MW",
            )  # fmt: skip
        return
    yield from _curve(entry, where)
    if is_sale(entry):
        yield from _sale(entry, held, where)
    elif entry.crr_id:
        yield Finding(
            "CLR0104", "a BUY names a CRR", where, entry.crr_id, "no CRRID",
            "leave CRRID empty, or make the bid a SELL",
        )  # fmt: skip


def _ends(case: ClearingCase, source: str, sink: str, tou: Tou, where: str) -> Iterator[Finding]:
    for column, name in (("Source", source), ("Sink", sink)):
        if not _known(case, name):
            yield Finding(
                "CLR0105", f"{column} {name} is not a location", f"{where} column {column}", name,
                "a location of locations.csv" if case.locations is not None else "a bus number",
                "correct the name or add the location",
            )  # fmt: skip
        elif case.locations is not None and not case.locations[name].factors.get(tou):
            yield Finding(
                "CLR0106", f"{column} {name} has no factors for {tou}", f"{where} column {column}",
                name, f"a location with factors for {tou}", "add its factors to locations.csv",
            )  # fmt: skip


def _same_ends(source: str, sink: str, where: str) -> Iterator[Finding]:
    if source == sink:
        yield Finding(
            "CLR0107", "source and sink are the same", where, source, "two different locations",
            "correct one of them",
        )  # fmt: skip


def _known(case: ClearingCase, name: str) -> bool:
    if case.locations is not None:
        return name in case.locations
    number = name.isascii() and name.isdigit() and str(int(name)) == name
    return number and case.network.has_bus(int(name))


def _biddable(case: ClearingCase, entry: Entry, where: str) -> Iterator[Finding]:
    if case.locations is None:
        return
    for column, name in (("Source", entry.source), ("Sink", entry.sink)):
        if not case.locations[name].biddable:
            yield Finding(
                "CLR0108", f"{column} {name} is not biddable", f"{where} column {column}", name,
                "a location with Biddable = Yes", "choose another location",
                "rulebook 3.3",
            )  # fmt: skip


def _islanded(case: ClearingCase, entry: Entry, where: str) -> Iterator[Finding]:
    """Every island must get back what is put into it (rulebook 3.7)."""
    source = _shares(case, entry.source, entry.tou)
    sink = _shares(case, entry.sink, entry.tou)
    if any(abs(source[item] - sink[item]) > BALANCE for item in {**source, **sink}):
        yield Finding(
            "CLR0109", "source and sink are not in one island of the network", where,
            f"{entry.source} to {entry.sink}", "locations that are connected",
            "bid between connected locations, or correct outages.csv", "rulebook 3.7",
        )  # fmt: skip


def _islands(case: ClearingCase, name: str, tou: Tou) -> dict[int, float] | None:
    """`_shares` of a location that anybody may bid on; None where something is wrong with it."""
    if not _known(case, name):
        return None
    listed = case.locations[name] if case.locations is not None else None
    if listed is not None and not (listed.biddable and listed.factors.get(tou)):
        return None
    return _shares(case, name, tou)


def _shares(case: ClearingCase, name: str, tou: Tou) -> dict[int, float]:
    """What a MW at a location puts into each island; 0 for all others."""
    shares: dict[int, float] = defaultdict(float)
    listed = None if case.locations is None else case.locations[name].factors.get(tou, ())
    for bus, share in ((int(name), 1.0),) if listed is None else listed:
        shares[int(case.network.island[case.network.bus_index(bus)])] += share
    return shares


def _curve(bid: Bid, where: str) -> Iterator[Finding]:
    points = bid.curve
    if not 2 <= len(points) <= MAX_POINTS:
        yield Finding(
            "CLR0110", "a curve has 2 to 20 points", where, str(len(points)), f"2 to {MAX_POINTS}",
            "add or join points", "rulebook 4.4",
        )  # fmt: skip
    finite = all(p.mw.is_finite() and p.price_usd_per_mw.is_finite() for p in points)
    if not finite:
        yield Finding("CLR0111", "a curve has finite figures", where, "NaN or infinity",
                      "finite MW and prices", "correct the point")  # fmt: skip
        return
    if points and points[0].mw != 0:
        yield Finding("CLR0112", "a curve starts at 0 MW", where, str(points[0].mw), "0",
                      "begin with a point at 0 MW", "rulebook 4.4")  # fmt: skip
    if any(right.mw < left.mw for left, right in pairwise(points)):
        yield Finding("CLR0113", "MW of a curve never fall", where, _figures(p.mw for p in points),
                      "MW that rise or stay", "sort the points", "rulebook 4.4")  # fmt: skip
    if points and points[-1].mw <= 0:
        yield Finding("CLR0114", "a curve reaches more than 0 MW", where, str(points[-1].mw),
                      "more than 0 MW", "add a point", "rulebook 4.4")  # fmt: skip
    if not monotone(points, bid.transaction):
        buys = bid.transaction is TransactionType.BUY
        yield Finding(
            "CLR0115",
            "a buy curve rises in price" if buys else "a sell curve falls in price",
            where,
            _figures(p.price_usd_per_mw for p in points),
            "prices that fall or stay" if buys else "prices that rise or stay",
            "correct the prices",
            "rulebook 4.4",
        )


def _figures(values: Iterable[Decimal]) -> str:
    return " ".join(str(value) for value in values)


def _sale(bid: Bid, held: Mapping[str, FixedCrr], where: str) -> Iterator[Finding]:
    crr = held.get(bid.crr_id)
    if crr is None:
        yield Finding(
            "CLR0116", "a SELL names a CRR that is held", f"{where} column CRRID",
            bid.crr_id or "nothing", "a CRRID of fixed_crrs.csv", "name the CRR that is sold",
        )  # fmt: skip
        return
    for column, mine, its in (
        ("Source", bid.source, crr.source),
        ("Sink", bid.sink, crr.sink),
        ("HedgeType", bid.hedge, crr.hedge),
        ("TOU", bid.tou, crr.tou),
        ("Period", bid.period, crr.period),
        ("Participant", bid.participant, crr.owner),
    ):
        if mine != its:
            yield Finding(
                "CLR0117", f"{column} is not that of CRR {bid.crr_id}", f"{where} column {column}",
                str(mine), str(its), f"sell it as it is held, or name another CRR ({column})",
            )  # fmt: skip


def _oversold(
    entries: Iterable[Entry], held: Mapping[str, FixedCrr], at: Places
) -> Iterator[Finding]:
    offered: dict[str, list[Bid]] = defaultdict(list)
    for bid in entries:
        if not isinstance(bid, Bid):
            continue
        if is_sale(bid) and bid.crr_id in held and bid.curve and bid.mw.is_finite():
            offered[bid.crr_id].append(bid)
    for crr_id, bids in sorted(offered.items()):
        total = sum((bid.mw for bid in bids), Decimal(0))
        if total > held[crr_id].mw:
            last = bids[-1]
            yield Finding(
                "CLR0118", f"more of CRR {crr_id} is offered than held",
                at.get(last.bid_id, _label(last)), f"{total} MW", f"{held[crr_id].mw} MW",
                "offer at most what is held", "rulebook 4.4",
            )  # fmt: skip
