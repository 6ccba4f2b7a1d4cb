"""Nominations from trading hubs: cleared leg by leg, awarded what their legs are (rulebook 3.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal

from simulator.domain import (
    Award,
    Finding,
    Market,
    Nomination,
    Refused,
    Tou,
)
from simulator.network.model import Location
from simulator.rules import hub as rules
from simulator.rules.listing import LocationClass
from simulator.store import Transaction, special_tables
from simulator.store.transaction import Row

Locations = Mapping[str, Location]
ZERO = Decimal(0)


def by_leg(locations: Locations, lines: Iterable[Nomination]) -> tuple[Nomination, ...]:
    """The nominations as they are cleared: one from a hub becomes one from each of its nodes."""
    return tuple(
        leg
        for line in lines
        for leg in (_legs(locations, line).values() if _is_hub(locations, line.source) else (line,))
    )


def factors(locations: Locations, hub: str, tou: Tou) -> rules.Factors:
    """(node, share) of a hub in the model; its nodes are the locations of its buses alone.

    Refused when a bus of the hub has no location of its own, so that no leg could stand there.
    """
    nodes = _nodes(locations, tou)
    shares = locations[hub].factors[tou]
    missing = [bus for bus, _ in shares if bus not in nodes]
    if missing:
        raise Refused([_no_node(hub, bus) for bus in missing])
    return tuple(sorted((nodes[bus], Decimal(str(share))) for bus, share in shares))


def put_together(
    tx: Transaction,
    market: Market,
    locations: Locations,
    lines: Iterable[Nomination],
    awards: Iterable[Award],
) -> tuple[Award, ...]:
    """Awards of nominations out of those of legs; what each leg got is written down."""
    cleared = {award.bid_id: award for award in awards}
    for line in lines:
        if not _is_hub(locations, line.source):
            continue
        legs = _legs(locations, line)
        own = {node: cleared.pop(leg.nomination_id) for node, leg in legs.items()}
        rows = _leg_rows(market, line, factors(locations, line.source, line.tou), legs, own)
        tx.insert(special_tables.hub_leg, rows)
        cleared[line.nomination_id] = replace(
            next(iter(own.values())),
            bid_id=line.nomination_id,
            source=line.source,
            submitted_mw=line.mw,
            awarded_mw=sum((award.awarded_mw for award in own.values()), ZERO),
        )
    return tuple(cleared[name] for name in sorted(cleared))


def _legs(locations: Locations, line: Nomination) -> dict[str, Nomination]:
    """The legs of a hub nomination by node; the number in an id is the node's place in the hub."""
    shares = factors(locations, line.source, line.tou)
    sizes = dict(rules.legs(line.mw, shares))
    return {
        node: replace(
            line, nomination_id=leg_id(line.nomination_id, number), source=node, mw=sizes[node]
        )
        for number, (node, _) in enumerate(shares, start=1)
        if node in sizes
    }


def _leg_rows(
    market: Market,
    line: Nomination,
    shares: rules.Factors,
    legs: Mapping[str, Nomination],
    awards: Mapping[str, Award],
) -> list[Row]:
    awarded = {node: award.awarded_mw for node, award in awards.items()}
    counters = dict(rules.reassemble(line.mw, awarded, shares).counters_mw)
    return [
        {
            "bid_id": int(line.nomination_id),
            "leg": number,
            "market": market.name,
            "owner": line.participant,
            "hub": line.source,
            "sink": line.sink,
            "period": line.period,
            "tou": line.tou.value,
            "node": node,
            "factor": str(share),
            "nominated_mw": legs[node].mw if node in legs else ZERO,
            "awarded_mw": awarded.get(node, ZERO),
            "counter_mw": counters.get(node, ZERO),
            "crr_id": "",
        }
        for number, (node, share) in enumerate(shares, start=1)
    ]


def _nodes(locations: Locations, tou: Tou) -> dict[int, str]:
    """The location that stands for each bus alone; a biddable generator before any other."""
    found: dict[int, str] = {}
    ranked = sorted(
        locations.values(),
        key=lambda place: (not place.biddable, place.type != LocationClass.GEN, place.name),
    )
    for place in ranked:
        buses = place.factors.get(tou, ())
        if len(buses) == 1:
            found.setdefault(buses[0][0], place.name)
    return found


def _is_hub(locations: Locations, name: str) -> bool:
    return name in locations and locations[name].type == LocationClass.TH


def leg_id(submission: str, number: int) -> str:
    """The id of a leg: its nomination's, and the node's place in the hub."""
    return f"{submission}-{number}"


def _no_node(hub: str, bus: int) -> Finding:
    return Finding(
        "HUB0001",
        "a bus of the trading hub has no location of its own, so its leg cannot be cleared",
        where=hub,
        found=f"bus {bus}",
        allowed="a location at every bus of a hub",
        remedy="list a generator or node at the bus",
        rule="rulebook 3.3",
    )
