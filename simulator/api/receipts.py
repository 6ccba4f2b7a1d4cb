"""`/receipts/MARKET`: proof for everybody that its portfolio was in, and nobody's bids shown.

From a market's close on the list holds one SHA-256 for each portfolio that counted: of the answer
that `getPortfolio` gives its owner, byte for byte. Whoever finds its own there was in; whoever does
not can hold the answer to its submission against the list.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import msgspec

from simulator.api.api import Api
from simulator.api.app import Receive, Scope, Send, respond
from simulator.api.codec import encode
from simulator.api.door import Door, Reading
from simulator.api.errors import RECORD, body_of, fault, not_found, status_of
from simulator.api.exchange import Response
from simulator.api.handlers import auction, nomination
from simulator.domain import Finding, MarketKind, MarketStatus, Portfolio, Refused
from simulator.market.portfolios import submitted
from simulator.market.windows import known_market
from simulator.market.world import World
from simulator.store import Transaction

BASE = "/receipts/"
CHANGING = ("open", "close")  # commands that make a list, or take it back
SHOWN: dict[MarketKind, Callable[[Portfolio], Any]] = {
    MarketKind.AUCTION: auction.wire_portfolio,
    MarketKind.ALLOCATION: nomination.wire_portfolio,
}


@dataclass(frozen=True)
class Receipts:
    """The list of one market; sorted, so that its order tells nothing."""

    market: str
    digests: tuple[str, ...]


def receipt(answer: bytes) -> str:
    """The digest under which the portfolio of a `getPortfolio` answer is in the list."""
    return hashlib.sha256(answer).hexdigest()


def receipts_of(market: str) -> Reading[Receipts]:
    """A reading of a market's list; MKT0001 without such a market, SER0030 before its close."""

    def read(tx: Transaction, world: World) -> Receipts:
        state = known_market(tx, market)
        if state.status in (MarketStatus.PREP, MarketStatus.OPEN):
            raise Refused([_too_early(market, state.status)])
        shown = SHOWN[state.market.kind]
        digests = (receipt(encode(shown(portfolio))) for portfolio in submitted(tx, market))
        return Receipts(market, tuple(sorted(digests)))

    return read


class ReceiptLists:
    """Answers whoever has a certificate of the sandbox."""

    def __init__(self, api: Api, door: Door) -> None:
        self._api = api
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        await respond(await self._answered(scope), send)

    async def _answered(self, scope: Scope) -> Response:
        if self._api.identity(scope) is None:
            return Response(401, b"")
        market = unquote(scope["path"].removeprefix(BASE))
        try:
            if scope["method"] != "GET" or not market:
                raise Refused([not_found("path", scope["path"][:200], f"GET {BASE}MARKET")])
            name = ("receipts", market)
            found = await self._door.view(name, receipts_of(market), CHANGING)
        except Refused as refusal:
            findings = refusal.findings
            return Response(status_of(findings), body_of(findings, self._api.now()))
        except Exception:  # whatever it is, the caller gets the contract's 500
            return Response(500, body_of([fault()], self._api.now()))
        return Response(200, msgspec.json.encode(found))


def _too_early(market: str, status: MarketStatus) -> Finding:
    return Finding(
        RECORD,
        "receipts are out when the market closes",
        where=market,
        found=status.value,
        allowed=f"{MarketStatus.CLOSED.value} or later",
        remedy="ask again after the close",
    )
