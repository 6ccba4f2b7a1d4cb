"""Bodies that create portfolios, read into columns: in bulk when they are right.

The rush before a close is made of these. A body is decoded once, without a check for each number
and each text, and its columns are checked as wholes. What is not certainly right is read again by
the thorough reader, which says what is wrong; the two never disagree on what is accepted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args, get_type_hints

import msgspec
import numpy as np
from msgspec import UNSET, Struct

from simulator.api.body import BodyReader
from simulator.api.digits import Unread
from simulator.api.documents import Operation
from simulator.api.figures import Figures, OneByOne, Spelled
from simulator.api.lean import Known, Values, lean, values_of
from simulator.api.types import auction, nomination
from simulator.domain import Hedge, TransactionType
from simulator.domain.columns import Columns, ReadBids, ReadNominations, Texts, once

CURVE = "bidCurve"  # a list of points with two properties each
COLON = ord(":")

Lists = Mapping[str, Values]  # the values of each property, by the name of the list


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
        made: Callable[[Any, Lists, Figures], NewPortfolio],
        known: Known,
    ) -> None:
        """`records` are the types in the lists of `kind`; `made` turns a body and the values of
        its lists into columns, however numbers are read; bodies of `known` names are read fastest.
        """
        self._thorough = BodyReader(operation)
        self._whole = lean(kind, known)
        self._records = {name: lean(each, known) for name, each in records.items()}
        self._figures = Spelled(*_curve_points(records.values()))
        self._made = made
        self._decode = msgspec.json.Decoder(self._whole.type).decode

    def read(self, raw: bytes) -> NewPortfolio:
        """The portfolio; Refused with a finding for each record that is wrong."""
        try:
            made = self.read_in_bulk(raw)
        except (Doubtful, Unread):
            return self.read_thoroughly(raw)
        # Texts within the document's limits, enumerations, steps that are no text: proven.
        bids, nominations = ReadBids(made.bids), ReadNominations(made.nominations)
        return replace(made, bids=bids, nominations=nominations)

    def read_thoroughly(self, raw: bytes) -> NewPortfolio:
        """The same without a short cut, record by record."""
        body = self._thorough.read(raw)
        return self._made(body, self._values(body), OneByOne())

    def read_in_bulk(self, raw: bytes) -> NewPortfolio:
        """The same where all is right at first sight; else Doubtful, or Unread for a number."""
        if b"\\" in raw:  # a text that is something else than what stands there
            raise Doubtful
        try:
            body = self._decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Doubtful from error
        whole, lists = values_of([body]), self._values(body)
        texts = self._whole.texts_hold(whole)
        properties = self._whole.properties(whole)
        for name, kind in self._records.items():
            texts = texts and kind.texts_hold(lists[name])
            properties += kind.properties(lists[name])
        if not texts:
            raise Doubtful
        made = self._made(body, lists, self._figures)
        properties += 2 * sum(made.bids.get("points", ()))
        # No text that holds has a colon, so one too many is of a property that is given twice.
        if np.count_nonzero(np.frombuffer(raw, np.uint8) == COLON) != properties:
            raise Doubtful
        return made

    def _values(self, body: Any) -> Lists:
        return {name: values_of(getattr(body, name)) for name in self._records}


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


def _curve_points(kinds: Iterable[type[Struct]]) -> tuple[int, int]:
    """How many points the curves of these records have at least and at most."""
    hints = [get_type_hints(kind, include_extras=True).get(CURVE) for kind in kinds]
    limits = {meta for hint in filter(None, hints) for meta in get_args(hint)[1:]}
    assert len(limits) < 2, f"curves of one body have other limits than its other ones: {limits}"
    return next(((each.min_length, each.max_length) for each in limits), (0, 0))


def _to_auction(body: Any, lists: Lists, figures: Figures) -> NewPortfolio:
    bids, offers = lists["newBids"], lists["newOffers"]
    buys, sales = len(body.newBids), len(body.newOffers)
    buy, sell = TransactionType.BUY.value, TransactionType.SELL.value
    names = body.portfolioName, body.marketName, body.participantName
    if not buys + sales:
        return NewPortfolio(*names, bids={}, nominations={})
    curves = figures.curves(_joined(bids, offers, CURVE))
    columns = {
        **_shared(bids, offers),
        "transaction": once([buy] * buys + [sell] * sales),
        "hedge": once(_joined(bids, offers, "hedgeType")),
        "crr_id": once([""] * buys + [str(crr_id) for crr_id in offers.get("crrId", ())]),
        "points": curves.points,
        "mw": curves.mw,
        "price": curves.price,
    }
    return NewPortfolio(*names, bids=columns, nominations={})


def _to_nominate(body: Any, lists: Lists, figures: Figures) -> NewPortfolio:
    lines = lists["newNominations"]
    names = body.portfolioName, body.marketName, body.participantName
    if not lines:
        return NewPortfolio(*names, bids={}, nominations={})
    columns = {**_shared(lines, {}), "mw": figures.megawatts(lines["mw"])}
    hedges = enumerate(lines["hedgeType"], start=1)
    options = [place for place, hedge in hedges if hedge != Hedge.OBL]
    return NewPortfolio(*names, bids={}, nominations=columns, options=options)


def _joined(first: Values, then: Values, name: str) -> tuple[Any, ...]:
    return first.get(name, ()) + then.get(name, ())


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
