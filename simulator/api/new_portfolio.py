"""Bodies that create portfolios, read into columns: in bulk when they are right.

The rush before a close is made of these. A body is decoded once, without a check for each number
and each text, and its columns are checked as wholes. What is not certainly right is read again by
the thorough reader, which says what is wrong; the two never disagree on what is accepted.
Numbers in bulk are arrays of steps, an eighth of the memory of a list of them.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from sys import intern
from typing import Any

import msgspec
import numpy as np
from msgspec import UNSET, Struct

from simulator.api.body import BodyReader
from simulator.api.documents import Operation
from simulator.api.lean import Lean, lean
from simulator.api.types import auction, nomination
from simulator.domain import CENT, MW_STEP, Hedge, TransactionType
from simulator.domain.columns import Columns, ReadBids, ReadNominations, in_steps

# Below this, and with at most three decimals, a number has at most twelve digits, and a double
# keeps fifteen: it is the double that is nearest to its multiple of the step, and to no other.
LARGEST = 1e9
ANY = -(10**12)  # a least number of steps that everything is above
# More decimals, and exponents that make some; a name that looks like one only costs the time.
_FINE = (re.compile(rb"\.\d{4}"), re.compile(rb"E-\d"), re.compile(rb"e-\d"))

Numbers = Callable[[Sequence[Any], Decimal, int], Sequence[int | str]]


class Doubtful(Exception):
    """Not certainly right: to be read again, thoroughly."""


@dataclass(frozen=True, slots=True)
class NewPortfolio:
    """A portfolio to be created; `options` are the numbers of nominations that ask for options."""

    portfolioName: str  # noqa: N815
    marketName: str  # noqa: N815
    participantName: str  # noqa: N815
    bids: Columns
    nominations: Columns
    options: Sequence[int] = ()


class PortfolioReader:
    """Reads the bodies of an operation that creates portfolios."""

    def __init__(
        self,
        operation: Operation,
        kind: type[Struct],
        records: dict[str, type[Struct]],
        points: bool,
        made: Callable[[Any, Numbers], NewPortfolio],
    ) -> None:
        """`records` are the types in the lists of `kind`; `points` says whether they have curves;
        `made` turns a body into columns, whatever its numbers are.
        """
        self._thorough = BodyReader(operation)
        self._whole = lean(kind)
        self._records: dict[str, Lean] = {name: lean(each) for name, each in records.items()}
        self._points = points
        self._made = made
        self._decode = msgspec.json.Decoder(self._whole.type).decode

    def read(self, raw: bytes) -> NewPortfolio:
        """The portfolio; Refused with a finding for each record that is wrong."""
        try:
            made = self._made(self._decoded(raw), _doubles)
        except Doubtful:
            return self._made(self._thorough.read(raw), _decimals)
        # Texts within the document's limits, enumerations, steps that are no text: proven.
        bids, nominations = ReadBids(made.bids), ReadNominations(made.nominations)
        return replace(made, bids=bids, nominations=nominations)

    def _decoded(self, raw: bytes) -> Any:
        if b"\\" in raw or any(fine.search(raw) for fine in _FINE):
            raise Doubtful
        try:
            body = self._decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Doubtful from error
        properties = self._whole.properties([body])
        texts = self._whole.texts_hold([body])
        for name, kind in self._records.items():
            records = getattr(body, name)
            texts = texts and kind.texts_hold(records)
            properties += kind.properties(records)
            if self._points:
                properties += 2 * sum(len(record.bidCurve) for record in records)
        # No text that holds has a colon, so one too many is of a property that is given twice.
        if not texts or raw.count(b":") != properties:
            raise Doubtful
        return body


def reader_of(operation: Operation) -> BodyReader | PortfolioReader:
    """What reads the bodies of the operation."""
    lists: dict[str, type[Struct]]
    match operation.service, operation.request:
        case "auction", "NewPortfolio":
            lists = {"newBids": auction.NewBid, "newOffers": auction.NewOffer}
            return PortfolioReader(operation, auction.NewPortfolio, lists, True, _to_auction)
        case "nomination", "NewPortfolio":
            lists = {"newNominations": nomination.NewNomination}
            return PortfolioReader(operation, nomination.NewPortfolio, lists, False, _to_nominate)
    return BodyReader(operation)


def _to_auction(body: Any, numbers: Numbers) -> NewPortfolio:
    bids, offers = body.newBids, body.newOffers
    lines = [*bids, *offers]
    points = [point for line in lines for point in line.bidCurve]
    buy, sell = TransactionType.BUY.value, TransactionType.SELL.value
    columns = {
        **_shared(lines),
        "transaction": [buy] * len(bids) + [sell] * len(offers),
        "hedge": [line.hedgeType for line in lines],
        "crr_id": [""] * len(bids) + [str(offer.crrId) for offer in offers],
        "points": [len(line.bidCurve) for line in lines],
        "mw": numbers([point.mw for point in points], MW_STEP, 0),
        "price": numbers([point.price for point in points], CENT, ANY),
    }
    names = body.portfolioName, body.marketName, body.participantName
    return NewPortfolio(*names, bids=columns if lines else {}, nominations={})


def _to_nominate(body: Any, numbers: Numbers) -> NewPortfolio:
    lines = body.newNominations
    columns = {**_shared(lines), "mw": numbers([line.mw for line in lines], MW_STEP, 1)}
    hedges = [line.hedgeType for line in lines]
    options = [place for place, hedge in enumerate(hedges, start=1) if hedge != Hedge.OBL]
    names = body.portfolioName, body.marketName, body.participantName
    return NewPortfolio(*names, bids={}, nominations=columns if lines else {}, options=options)


def _shared(lines: Sequence[Any]) -> dict[str, Sequence[Any]]:
    """Names that come again and again are one text each: they wait for their commit in thousands,
    and less memory in use is less time.
    """
    words = [line.description for line in lines]
    return {
        "participant": [intern(line.assetOwner) for line in lines],
        "source": [intern(line.source) for line in lines],
        "sink": [intern(line.sink) for line in lines],
        "tou": [line.tou for line in lines],
        "period": [intern(line.period) for line in lines],
        "crr_type": [line.crrType for line in lines],
        "description": ["" if said is UNSET else said for said in words],
    }


def _decimals(values: Sequence[Decimal], step: Decimal, least: int) -> list[int | str]:
    """Numbers that the thorough reader has let pass, in steps."""
    return [in_steps(value, step) for value in values]


def _doubles(values: Sequence[float], step: Decimal, least: int) -> array[int]:
    """Doubles in steps; Doubtful where one is no multiple, or less than `least` steps, or large.

    The nearest double to k/1000 is what dividing k by 1000 gives, so the test is exact.
    """
    found, per_unit = np.array(values, float), float(1 / step)
    steps = np.rint(found * per_unit)
    right = (steps / per_unit == found) & (steps >= least) & (np.abs(found) < LARGEST)
    if not right.all():
        raise Doubtful
    return array("q", steps.astype(np.int64).tobytes())
