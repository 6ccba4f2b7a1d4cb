"""CRRs as rows, and rows as CRRs again."""

from __future__ import annotations

from simulator.domain import Crr, CrrType, Hedge, Tou
from simulator.store.unit import Row


def crr_row(crr: Crr) -> Row:
    """A CRR that has its id."""
    return {
        "crr_id": int(crr.crr_id),
        "owner": crr.owner,
        "crr_type": crr.crr_type.value,
        "hedge": crr.hedge.value,
        "source": crr.source,
        "sink": crr.sink,
        "tou": crr.tou.value,
        "start": crr.start,
        "end": crr.end,
        "mw": crr.mw,
        "market": crr.market,
        "parent_crr_id": crr.parent_crr_id,
    }


def crr_of(row: Row) -> Crr:
    """A CRR from its row."""
    return Crr(
        str(row["crr_id"]),
        row["owner"],
        CrrType(row["crr_type"]),
        Hedge(row["hedge"]),
        row["source"],
        row["sink"],
        Tou(row["tou"]),
        row["start"],
        row["end"],
        row["mw"],
        row["market"],
        row["parent_crr_id"],
    )
