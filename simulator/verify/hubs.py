"""Trading hubs in an allocation: the CRRs that nominations became inject what their legs did.

A product's `hub_legs.csv` tells which awards are legs of one nomination. Nothing in it is taken
on trust: legs are awards of the product, factors those of its locations (rulebook 3.3).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from simulator.verify.check import Check, Offence, judged
from simulator.verify.table import Row, read_rows
from simulator.verify.tolerances import AWARD_STEP_MW

FILE = "hub_legs.csv"
LEGS = (
    *("LegID", "NominationID", "Participant", "Hub", "Node", "Sink", "TOU", "Period"),
    *("Factor", "NominatedMW", "AwardedMW", "CounterMW"),
)
AWARDS = ("NominationID", "Participant", "Source", "Sink", "TOU", "Period", "AwardedMW")
LOCATIONS = ("SourceSink", "Bus", "Factor", "TOU")
STEP = Decimal(str(AWARD_STEP_MW))
FACTOR = Decimal("1e-6")  # factors are printed as they are; two readings differ by less


def leg_ids(product: Path) -> dict[str, str]:
    """The nomination of every leg of a product."""
    rows = read_rows(product / FILE, LEGS, optional=True)
    return {row.text("LegID"): row.text("NominationID") for row in rows}


def held_as(product: Path, awards: Sequence[Row]) -> list[Row]:
    """The awards as rights: legs of a hub as one right from it, less its counter rights."""
    legs = leg_ids(product)
    rights = [row for row in awards if row.text("NominationID") not in legs]
    for nomination, rows in _by_nomination(product).items():
        first = rows[0]
        counters = [row for row in rows if row.decimal("CounterMW") > 0]
        hub_mw = _total(rows, "AwardedMW") + _total(counters, "CounterMW")
        rights.append(_right(first, first.text("Hub"), first.text("Sink"), hub_mw, nomination))
        rights += [
            _right(row, row.text("Sink"), row.text("Node"), row.decimal("CounterMW"), nomination)
            for row in counters
        ]
    return rights


def verify_hubs(published: Path) -> Check:
    """Legs are the product's awards, and hub and counters inject at every node what they got."""
    offences: list[Offence] = []
    looked_at = 0
    for product in sorted(path.parent for path in published.glob(f"*/*/{FILE}")):
        awards = {
            row.text("NominationID"): row for row in read_rows(product / "awards.csv", AWARDS)
        }
        factors = _factors(product / "case" / "locations.csv")
        for rows in _by_nomination(product).values():
            looked_at += len(rows)
            offences += _unlike_awards(rows, awards)
            offences += _unlike_injections(rows, factors)
    return judged("hub CRRs and their counters", "injections of the legs", offences, looked_at)


def _unlike_awards(rows: Sequence[Row], awards: Mapping[str, Row]) -> list[Offence]:
    """A leg without MW was not cleared; every other one is an award of the same terms."""
    offences = []
    for row in rows:
        award = awards.get(row.text("LegID"))
        if award is None:
            if row.decimal("NominatedMW") or row.decimal("AwardedMW"):
                offences.append(Offence(1.0, row.where, f"{row.text('LegID')} was not cleared"))
            continue
        said = (row.text("Participant"), row.text("Node"), row.text("Sink"), row.text("TOU"))
        right = tuple(award.text(name) for name in ("Participant", "Source", "Sink", "TOU"))
        off = row.decimal("AwardedMW") - award.decimal("AwardedMW")
        if said != right or off:
            offences.append(Offence(float(abs(off)), row.where, f"{said} instead of {right}"))
    return offences


def _unlike_injections(
    rows: Sequence[Row], factors: Mapping[tuple[str, str], Mapping[str, Decimal]]
) -> list[Offence]:
    hub_mw = _total(rows, "AwardedMW") + _total(rows, "CounterMW")
    hub = factors.get((rows[0].text("Hub"), rows[0].text("TOU")), {})
    offences = []
    if len(hub) != len(rows):
        found = f"{len(rows)} legs of a hub with {len(hub)} buses"
        offences.append(Offence(1.0, rows[0].where, found))
    for row in rows:
        (bus, *_) = factors.get((row.text("Node"), row.text("TOU")), {"": Decimal(0)})
        share = hub.get(bus, Decimal(0))
        if abs(share - row.decimal("Factor")) > FACTOR:
            found = f"factor {row.text('Factor')} where the hub has {share} at bus {bus}"
            offences.append(Offence(1.0, row.where, found))
        injected = hub_mw * share - row.decimal("CounterMW")
        if abs(injected - row.decimal("AwardedMW")) >= STEP:
            found = f"{injected} MW instead of {row.text('AwardedMW')} MW"
            offences.append(Offence(float(abs(injected)), row.where, found))
    return offences


def _factors(path: Path) -> dict[tuple[str, str], dict[str, Decimal]]:
    """The share of every bus of every location, by name and time of use."""
    found: dict[tuple[str, str], dict[str, Decimal]] = {}
    for row in read_rows(path, LOCATIONS):
        key = row.text("SourceSink"), row.text("TOU")
        found.setdefault(key, {})[row.text("Bus")] = row.decimal("Factor")
    return found


def _by_nomination(product: Path) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in read_rows(product / FILE, LEGS, optional=True):
        found.setdefault(row.text("NominationID"), []).append(row)
    return found


def _total(rows: Sequence[Row], column: str) -> Decimal:
    return sum((row.decimal(column) for row in rows), Decimal(0))


def _right(row: Row, source: str, sink: str, mw: Decimal, nomination: str) -> Row:
    same = {name: row.text(name) for name in ("Participant", "TOU", "Period")}
    ends = {"NominationID": nomination, "Source": source, "Sink": sink, "AwardedMW": str(mw)}
    return Row(row.where, {**same, **ends})
