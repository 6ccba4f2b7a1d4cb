"""What hub nominations are held as: a CRR from the hub, and counter CRRs (rulebook 3.3).

A nomination is awarded what its legs are. It becomes one CRR from the hub, as large as its
best-served leg needs, and an `LSE_THCNT` from the sink to every node whose leg got less.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from simulator.domain import Award, Crr, CrrType, Tou
from simulator.domain.table import csv_text
from simulator.market.hubs import leg_id
from simulator.store import Transaction, books, special_tables
from simulator.store.transaction import Row

Leg = tuple[str, Crr]
ZERO = Decimal(0)
LEG_COLUMNS = (
    *("LegID", "NominationID", "Participant", "Hub", "Node", "Sink", "TOU", "Period"),
    *("Factor", "NominatedMW", "AwardedMW", "CounterMW"),
)


def as_rights(tx: Transaction, market: str, awards: Iterable[Award]) -> tuple[Award, ...]:
    """What the awards of an allocation are held as: hubs whole, each with its counter CRRs."""
    counters, taken_back = _counters(tx, market), taken_back_mw(tx, market)
    rights: list[Award] = []
    for award in awards:
        own = counters.get(award.bid_id, [])
        hub_mw = award.awarded_mw + taken_back.get(award.bid_id, ZERO)
        rights.append(replace(award, awarded_mw=hub_mw))
        rights += [
            replace(
                award,
                source=award.sink,
                sink=row["node"],
                submitted_mw=ZERO,
                awarded_mw=row["counter_mw"],
                crr_type=CrrType.LSE_THCNT,
                crr_id=row["crr_id"],
            )
            for row in own
        ]
    return tuple(rights)


def as_cleared(tx: Transaction, market: str, awards: Iterable[Award]) -> tuple[Award, ...]:
    """The awards of an allocation as the clearing gave them: hub nominations leg by leg."""
    legs: dict[str, list[Row]] = {}
    for row in tx.rows(special_tables.hub_leg, market=market):
        if row["nominated_mw"] > 0:
            legs.setdefault(str(row["bid_id"]), []).append(row)
    return tuple(
        leg
        for award in awards
        for leg in (
            (_leg_award(award, row) for row in legs[award.bid_id])
            if award.bid_id in legs
            else (award,)
        )
    )


def legs_text(tx: Transaction, market: str, period: str, tou: Tou) -> str:
    """`hub_legs.csv` of a product: how each hub nomination was cleared; "" when there is none."""
    lines = books.market_lines(tx, market)
    rows = tx.rows(special_tables.hub_leg, market=market, period=period, tou=tou.value)
    written = (
        (
            leg_id(str(row["bid_id"]), row["leg"]), row["bid_id"], row["owner"],
            lines[str(row["bid_id"])].source, row["node"], row["sink"], row["tou"], row["period"],
            row["factor"], row["nominated_mw"], row["awarded_mw"], row["counter_mw"],
        )
        for row in rows
    )  # fmt: skip
    return csv_text(LEG_COLUMNS, written) if rows else ""


def taken_back_mw(tx: Transaction, market: str) -> dict[str, Decimal]:
    """MW that the counter CRRs of a market take back, by nomination; hub CRRs have so much more."""
    return {
        bid_id: sum((row["counter_mw"] for row in rows), ZERO)
        for bid_id, rows in _counters(tx, market).items()
    }


def counter_crrs(tx: Transaction, market: str, hub_crrs: Mapping[str, Sequence[Crr]]) -> list[Leg]:
    """The counter CRRs, without ids, to every CRR that a hub nomination became.

    `hub_crrs` are by nomination: one, or in tier LT one for each later year; `Leg` says to which
    leg a counter belongs, "" from the second year on.
    """
    made = []
    for bid_id, rows in _counters(tx, market).items():
        for year, crr in enumerate(hub_crrs.get(bid_id, ())):
            for row in rows:
                name = "" if year else leg_id(bid_id, row["leg"])
                made.append((name, _counter(crr, row["node"], row["counter_mw"])))
    return made


def remember(tx: Transaction, leg: str, crr_id: str) -> None:
    """The id of a leg's counter CRR."""
    bid_id, _, number = leg.rpartition("-")
    key = {"bid_id": int(bid_id), "leg": int(number)}
    tx.update(special_tables.hub_leg, key, {"crr_id": crr_id})


def _leg_award(award: Award, row: Row) -> Award:
    return replace(
        award,
        bid_id=leg_id(award.bid_id, row["leg"]),
        source=row["node"],
        submitted_mw=row["nominated_mw"],
        awarded_mw=row["awarded_mw"],
    )


def _counter(crr: Crr, node: str, mw: Decimal) -> Crr:
    """From the sink back to the node; its parent is the hub CRR."""
    return replace(
        crr,
        crr_id="",
        crr_type=CrrType.LSE_THCNT,
        source=crr.sink,
        sink=node,
        mw=mw,
        parent_crr_id=crr.crr_id,
    )


def _counters(tx: Transaction, market: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in tx.rows(special_tables.hub_leg, market=market):
        if row["counter_mw"] > 0:
            found.setdefault(str(row["bid_id"]), []).append(row)
    return found
