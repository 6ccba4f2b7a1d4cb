"""Bodies that create portfolios, read into columns: in bulk when they are right.

The rush before a close is made of these. A body is decoded once, without a check for each number
and each text, and its columns are checked as wholes. What is not certainly right is read again by
the thorough reader, which says what is wrong; the two never disagree on what is accepted.
Numbers in bulk are arrays of steps, an eighth of the memory of a list of them.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import chain
from typing import Any

import msgspec
import numpy as np
from msgspec import UNSET, Struct

from simulator.api.body import BodyReader
from simulator.api.digits import as_text, colons, may_be_lost
from simulator.api.documents import Operation
from simulator.api.lean import Known, Values, lean, values_of
from simulator.api.types import auction, nomination
from simulator.domain import CENT, MW_STEP, Hedge, TransactionType
from simulator.domain.columns import Columns, ReadBids, ReadNominations, Texts, in_steps, once

# Below this a multiple of the step has at most twelve digits, and what is not `may_be_lost` at most
# fifteen: where both have the same double they are the same number.
LARGEST = 1e9
ANY = -(10**12)  # a least number of steps that everything is above

CURVE = "bidCurve"  # a list of points with two properties each

Lists = Mapping[str, Values]  # the values of each property, by the name of the list
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
        made: Callable[[Any, Lists, Numbers], NewPortfolio],
        known: Known,
    ) -> None:
        """`records` are the types in the lists of `kind`; `made` turns a body and the values of
        its lists into columns, whatever its numbers are; bodies of `known` names are read fastest.
        """
        self._thorough = BodyReader(operation)
        self._whole = lean(kind, known)
        self._records = {name: lean(each, known) for name, each in records.items()}
        self._made = made
        self._decode = msgspec.json.Decoder(self._whole.type).decode

    def read(self, raw: bytes) -> NewPortfolio:
        """The portfolio; Refused with a finding for each record that is wrong."""
        try:
            made = self._made(*self._decoded(raw), _doubles)
        except Doubtful:
            return self.read_thoroughly(raw)
        # Texts within the document's limits, enumerations, steps that are no text: proven.
        bids, nominations = ReadBids(made.bids), ReadNominations(made.nominations)
        return replace(made, bids=bids, nominations=nominations)

    def read_thoroughly(self, raw: bytes) -> NewPortfolio:
        """The same without a short cut, record by record."""
        body = self._thorough.read(raw)
        return self._made(body, self._values(body), _decimals)

    def _values(self, body: Any) -> Lists:
        return {name: values_of(getattr(body, name)) for name in self._records}

    def _decoded(self, raw: bytes) -> tuple[Any, Lists]:
        text = as_text(raw)
        if b"\\" in raw or may_be_lost(raw, text):
            raise Doubtful
        try:
            body = self._decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Doubtful from error
        whole, lists = values_of([body]), self._values(body)
        properties = self._whole.properties(whole)
        texts = self._whole.texts_hold(whole)
        for name, kind in self._records.items():
            values = lists[name]
            texts = texts and kind.texts_hold(values)
            properties += kind.properties(values)
            properties += 2 * sum(map(len, values.get(CURVE, ())))
        # No text that holds has a colon, so one too many is of a property that is given twice.
        if not texts or colons(text) != properties:
            raise Doubtful
        return body, lists


def reader_of(operation: Operation, known: Known) -> BodyReader | PortfolioReader:
    """What reads the bodies of the operation; `known` are names that most of them have."""
    lists: dict[str, type[Struct]]
    match operation.service, operation.request:
        case "auction", "NewPortfolio":
            lists = {"newBids": auction.NewBid, "newOffers": auction.NewOffer}
            return PortfolioReader(operation, auction.NewPortfolio, lists, _to_auction, known)
        case "nomination", "NewPortfolio":
            lists = {"newNominations": nomination.NewNomination}
            made = _to_nominate
            return PortfolioReader(operation, nomination.NewPortfolio, lists, made, known)
    return BodyReader(operation)


def _to_auction(body: Any, lists: Lists, numbers: Numbers) -> NewPortfolio:
    bids, offers = lists["newBids"], lists["newOffers"]
    buys, sales = len(body.newBids), len(body.newOffers)
    curves = _joined(bids, offers, CURVE)
    points = list(chain.from_iterable(curves))
    buy, sell = TransactionType.BUY.value, TransactionType.SELL.value
    names = body.portfolioName, body.marketName, body.participantName
    if not curves:
        return NewPortfolio(*names, bids={}, nominations={})
    columns = {
        **_shared(bids, offers),
        "transaction": once([buy] * buys + [sell] * sales),
        "hedge": once(_joined(bids, offers, "hedgeType")),
        "crr_id": once([""] * buys + [str(crr_id) for crr_id in offers.get("crrId", ())]),
        "points": list(map(len, curves)),
        "mw": numbers([point.mw for point in points], MW_STEP, 0),
        "price": numbers([point.price for point in points], CENT, ANY),
    }
    return NewPortfolio(*names, bids=columns, nominations={})


def _to_nominate(body: Any, lists: Lists, numbers: Numbers) -> NewPortfolio:
    lines = lists["newNominations"]
    names = body.portfolioName, body.marketName, body.participantName
    if not lines:
        return NewPortfolio(*names, bids={}, nominations={})
    columns = {**_shared(lines, {}), "mw": numbers(lines["mw"], MW_STEP, 1)}
    hedges = enumerate(lines["hedgeType"], start=1)
    options = [place for place, hedge in hedges if hedge != Hedge.OBL]
    return NewPortfolio(*names, bids={}, nominations=columns, options=options)


def _joined(first: Values, then: Values, name: str) -> tuple[Any, ...]:
    return (*first.get(name, ()), *then.get(name, ()))


def _shared(first: Values, then: Values) -> dict[str, Texts]:
    words = _joined(first, then, "description")
    return {
        "participant": once(_joined(first, then, "assetOwner")),
        "source": once(_joined(first, then, "source")),
        "sink": once(_joined(first, then, "sink")),
        "tou": once(_joined(first, then, "tou")),
        "period": once(_joined(first, then, "period")),
        "crr_type": once(_joined(first, then, "crrType")),
        "description": once(["" if said is UNSET else said for said in words]),
    }


def _decimals(values: Sequence[Decimal], step: Decimal, least: int) -> list[int | str]:
    """Numbers that the thorough reader has let pass, in steps."""
    return [in_steps(value, step) for value in values]


def _doubles(values: Sequence[float], step: Decimal, least: int) -> array[int]:
    """Doubles in steps; Doubtful where one is no multiple, or less than `least` steps, or large.

    The nearest double to k/1000 is what dividing k by 1000 gives, so the test is exact.
    """
    found, per_unit = np.fromiter(values, float, len(values)), float(1 / step)
    steps = np.rint(found * per_unit)
    right = (steps / per_unit == found) & (steps >= least) & (np.abs(found) < LARGEST)
    if not right.all():
        raise Doubtful
    return array("q", steps.astype(np.int64).tobytes())
