"""`/receipts/MARKET`: proof for everybody that its portfolio was in, and nobody's bids shown.

From a market's close on the list holds one SHA-256 for each portfolio that counted: of the
portfolio's salt (64 characters) followed by the answer that `getPortfolio` gives its owner, byte
for byte. `/receipts/MARKET/PARTICIPANT` gives the salts of a participant's portfolios to those who
may read them, and to nobody else: without the salt no bid can be tried against the list. Whoever
finds its own digest there was in; whoever does not can hold the answer to its submission against
the list.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from simulator.api.api import Api
from simulator.api.app import Receive, Scope, Send, respond
from simulator.api.codec import encode
from simulator.api.door import Door, Reading
from simulator.api.errors import RECORD, body_of, fault, not_found, status_of
from simulator.api.exchange import Response
from simulator.api.handlers import auction, nomination
from simulator.api.identity import Identity
from simulator.api.rights import rights
from simulator.domain import (
    Finding,
    MarketKind,
    MarketStatus,
    Portfolio,
    Refused,
    refuse_if_any,
)
from simulator.market.portfolios import submitted
from simulator.market.windows import known_market
from simulator.market.world import World
from simulator.rules.access import Access, Service
from simulator.store import Transaction

BASE = "/receipts/"
CHANGING = ("open", "close")  # commands that make a list, or take it back
SHOWN: dict[MarketKind, Callable[[Portfolio], Any]] = {
    MarketKind.AUCTION: auction.wire_portfolio,
    MarketKind.ALLOCATION: nomination.wire_portfolio,
}
SERVICE = {
    MarketKind.AUCTION: Service.AUCTION,
    MarketKind.ALLOCATION: Service.NOMINATION,
}


@dataclass(frozen=True)
class Receipts:
    """The list of one market; sorted, so that its order tells nothing."""

    market: str
    digests: tuple[str, ...]


@dataclass(frozen=True)
class Receipt:
    """One portfolio's, for those who may read it; the list has its digest after the close."""

    portfolio: str
    salt: str
    digest: str


@dataclass(frozen=True)
class OwnReceipts:
    """Those of one participant's submitted portfolios, by name."""

    market: str
    participant: str
    receipts: tuple[Receipt, ...]


def salt_of(secret: bytes, market: str, participant: str, portfolio: str) -> str:
    """64 characters that only those know who hold the sandbox's secret; always the same ones."""
    named = msgspec.json.encode([market, participant, portfolio])
    return hmac.new(secret, named, hashlib.sha256).hexdigest()


def digest_of(salt: str, answer: bytes) -> str:
    """What stands in the list for the portfolio of a `getPortfolio` answer."""
    return hashlib.sha256(salt.encode("ascii") + answer).hexdigest()


def receipts_of(market: str, secret: bytes) -> Reading[Receipts]:
    """A reading of a market's list; MKT0001 without such a market, SER0030 before its close."""

    def read(tx: Transaction, world: World) -> Receipts:
        state = known_market(tx, market)
        if state.status in (MarketStatus.PREP, MarketStatus.OPEN):
            raise Refused([_too_early(market, state.status)])
        kind = state.market.kind
        found = (_receipt(secret, kind, each) for each in submitted(tx, market))
        return Receipts(market, tuple(sorted(each.digest for each in found)))

    return read


def own_receipts(market: str, participant: str, secret: bytes) -> Reading[OwnReceipts]:
    """A reading of one participant's receipts, also before the close."""

    def read(tx: Transaction, world: World) -> OwnReceipts:
        kind = known_market(tx, market).market.kind
        own = submitted(tx, market, participant=participant)
        found = tuple(_receipt(secret, kind, each) for each in own)
        return OwnReceipts(market, participant, found)

    return read


class ReceiptLists:
    """Answers whoever has a certificate of the sandbox."""

    def __init__(self, api: Api, door: Door, secret: bytes) -> None:
        """`secret` is of the sandbox; who knows it knows every salt."""
        self._api = api
        self._door = door
        self._secret = secret

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        await respond(await self._answered(scope), send)

    async def _answered(self, scope: Scope) -> Response:
        try:
            caller = await self._api.admitted(scope)
            if caller is None:
                return Response(401, b"")
            found = await self._found(scope, caller)
        except Refused as refusal:
            findings = refusal.findings
            return Response(status_of(findings), body_of(findings, self._api.now()))
        except Exception as error:  # whatever it is, the caller gets the contract's 500
            logging.getLogger("uvicorn.error").error("a receipt broke", exc_info=error)
            return Response(500, body_of([fault()], self._api.now()))
        return Response(200, msgspec.json.encode(found))

    async def _found(self, scope: Scope, caller: Identity) -> Receipts | OwnReceipts:
        path = scope["path"].removeprefix(BASE)
        market, _, participant = path.partition("/")
        if scope["method"] != "GET" or not market or path.endswith("/"):
            allowed = f"GET {BASE}MARKET or {BASE}MARKET/PARTICIPANT"
            raise Refused([not_found("path", scope["path"][:200], allowed)])
        if not participant:
            reading = receipts_of(market, self._secret)
            return await self._door.view(("receipts", market), reading, CHANGING)
        kind = await self._door.read(lambda tx, world: known_market(tx, market).market.kind)
        known = await rights(self._door)
        refuse_if_any(known.findings(caller, participant, SERVICE[kind], Access.READ))
        return await self._door.read(own_receipts(market, participant, self._secret))


def _receipt(secret: bytes, kind: MarketKind, portfolio: Portfolio) -> Receipt:
    salt = salt_of(secret, portfolio.market, portfolio.participant, portfolio.name)
    return Receipt(portfolio.name, salt, digest_of(salt, encode(SHOWN[kind](portfolio))))


def _too_early(market: str, status: MarketStatus) -> Finding:
    return Finding(
        RECORD,
        "receipts are out when the market closes",
        where=market,
        found=status.value,
        allowed=f"{MarketStatus.CLOSED.value} or later",
        remedy="ask again after the close",
    )
