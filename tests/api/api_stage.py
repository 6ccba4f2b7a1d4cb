"""The stage on which clients play the acceptance scenarios (wire contract 12).

A month's and a year's auction are posted, the next month's is open; the bidder is a trader who
holds CRRs of earlier auctions, and so can offer one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from api_server import PASSWORD, THREE_AUCTIONS, Live, live_server

from simulator.domain import Crr, Period
from simulator.store import books
from simulator.timeline.hours import iso_utc

BIDDER = "FIN1"
OPEN_AUCTION, MONTH = "AUC_MN_2024_M05", "2024_M05"
POSTED_AUCTIONS = ("AUC_MN_2024_M04", "AUC_AN_2025")


@contextmanager
def served_stage(folder: Path) -> Iterator[Live]:
    with live_server(folder, "next-open", THREE_AUCTIONS) as live:
        yield live


def stage_of(live: Live) -> dict[str, Any]:
    """What a client has to know: where the server is, who it is, and what it may bid and offer."""
    crr = _held(live)
    common = {"assetOwner": BIDDER, "hedgeType": "OBL", "period": MONTH, "crrType": "AUC"}
    return {
        "base": f"https://localhost:{live.port}/crr",
        "authority": str(live.folder.certificate("ca")),
        "pkcs12": str(live.folder.path / f"{BIDDER}.p12"),
        "password": PASSWORD,
        "participant": BIDDER,
        "now": iso_utc(live.now),
        "market": OPEN_AUCTION,
        "postedMarkets": list(POSTED_AUCTIONS),
        "unposted": OPEN_AUCTION,
        "bid": {
            **common,
            "source": "TH_NP15_GEN-APND",
            "sink": "DLAP_PGAE-APND",
            "tou": "ON",
            "bidCurve": [{"mw": 0.0, "price": 0.5}, {"mw": 1.5, "price": 0.5}],
            "description": "1001",
        },
        "offer": {
            **common,
            "crrId": int(crr.crr_id),
            "source": crr.source,
            "sink": crr.sink,
            "tou": crr.tou.value,
            "bidCurve": [{"mw": 0.0, "price": 3.0}, {"mw": 1.0, "price": 3.0}],
            "description": "1002",
        },
    }


def _held(live: Live) -> Crr:
    """A CRR of the bidder through the open auction's month."""
    month = Period.parse(MONTH)
    with live.room.store.reading() as tx:
        return next(crr for crr in books.crrs(tx, owner=BIDDER) if crr.spans(month) and crr.mw >= 1)
