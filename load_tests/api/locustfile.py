"""Bidders on an open auction: each simulated participant with its own certificate and connection.

    marketsim certs init --data out/load
    marketsim serve tests/api/three_auctions.toml --until next-open --data out/load --port 8443
    locust -f load_tests/api/locustfile.py --headless --host https://localhost:8443/crr \\
        --pki out/load/pki -u 100 -r 50 -t 60s

A bidder looks at the market, makes a portfolio of ten bids, submits it, asks for its status a few
times, takes it back and deletes it. The run fails when a call fails, or when one of the operations
was never measured.
"""

from __future__ import annotations

import itertools
import ssl
import uuid
from pathlib import Path
from typing import Any

from locust import FastHttpUser, between, events, task
from locust.exception import StopUser

NOBODY = ("ca", "crl", "server", "operator")
AUCTIONS, MARKETS = "/auction/v1.0", "/marketstatus/v1.0"
SOURCE, SINK = "TH_NP15_GEN-APND", "DLAP_PGAE-APND"
BIDS, LOOKS = 10, 5
OPERATIONS = (
    "activeAuctionMarkets", "portfolioCreation", "portfolioSubmission", "portfolioStatus",
    "portfolioRetraction", "portfolio",
)  # fmt: skip


@events.init_command_line_parser.add_listener
def _more_options(parser: Any) -> None:
    parser.add_argument("--pki", default="out/sandbox/pki", help="The sandbox's certificates.")


class Bidder(FastHttpUser):
    """One participant; more users than certificates share them, each under names of its own."""

    wait_time = between(0, 0.05)
    network_timeout = connection_timeout = 15.0
    numbers = itertools.count()

    def __init__(self, environment: Any) -> None:
        """Take the next participant's certificate."""
        folder = Path(environment.parsed_options.pki)
        names = sorted(file.stem for file in folder.glob("*.p12") if file.stem not in NOBODY)
        assert names, f"no participant's certificate in {folder}"
        self.number = next(self.numbers)
        self.participant = names[self.number % len(names)]
        self.made = itertools.count()
        self.ssl_context_factory = lambda: _context(folder, self.participant)
        super().__init__(environment)

    def on_start(self) -> None:
        """Find the market that is open."""
        markets = self.call("GET", f"{MARKETS}/activeAuctionMarkets")
        if not isinstance(markets, list) or not markets:
            raise StopUser("no auction is open")
        self.market = markets[0]

    @task
    def bid(self) -> None:
        """A portfolio from its creation to its deletion."""
        name = f"load {self.number} {next(self.made)}"
        identifier = {
            "portfolioName": name,
            "marketName": self.market["name"],
            "participantName": self.participant,
        }
        bids = {"newBids": [self._bid(place) for place in range(BIDS)], "newOffers": []}
        self.call("POST", f"{AUCTIONS}/portfolioCreation", {**identifier, **bids})
        self.call("POST", f"{AUCTIONS}/portfolioSubmission", identifier)
        for _ in range(LOOKS):
            found = self.call("GET", f"{AUCTIONS}/portfolioStatus", **identifier)
            assert found["status"] == "SUBMITTED", found
        self.call("POST", f"{AUCTIONS}/portfolioRetraction", identifier)
        self.call("DELETE", f"{AUCTIONS}/portfolio", **identifier)

    def call(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        """One request, measured under the name of its operation."""
        named = {"participantName": self.participant, **query} if body is None else {}
        with self.rest(
            method,
            path,
            params=named,
            json=body,
            name=path.rpartition("/")[2],
            headers={"caiso-request-id": str(uuid.uuid4())},
        ) as response:
            return response.js

    def _bid(self, place: int) -> dict[str, Any]:
        period, tou = self.market["products"][place % 2]["period"]["name"], ("ON", "OFF")[place % 2]
        curve = [{"mw": 0, "price": 0.25}, {"mw": 1 + place / 8, "price": 0.25}]
        return {
            "assetOwner": self.participant, "source": SOURCE, "sink": SINK, "hedgeType": "OBL",
            "tou": tou, "period": period, "crrType": "AUC", "bidCurve": curve,
        }  # fmt: skip


def _context(folder: Path, name: str) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
    return context


@events.quitting.add_listener
def _measured(environment: Any, **_: Any) -> None:
    """A run that failed anywhere, or that measured less than it is for, is no measurement."""
    measured = {entry.name for entry in environment.stats.entries.values() if entry.num_requests}
    missing = [name for name in OPERATIONS if name not in measured]
    if missing or environment.stats.total.num_failures or environment.runner.exceptions:
        environment.process_exit_code = 1
