"""The numbers of bids and nominations in steps: all at once as they are spelled, or one by one.

Curves of one client look alike but for their numbers. So the form of the first is taken, and then
it is seen at once whether all others have it.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Protocol

import numpy as np

from simulator.api.digits import FewNumbers, Ints, Numbers, Unread
from simulator.domain import CENT, MW_STEP
from simulator.domain.columns import in_steps
from simulator.domain.packed import kind, packed

Steps = Sequence[int | str]

CENTS = int(CENT / MW_STEP)  # steps of MW that are as many as one of prices
# Of the first two points of a curve, blanks included: whose are longer is read one by one.
FORM_BYTES = 1000
FEW_BYTES = 8 * 1024  # of a text whose numbers are few: those of fifty bids

_NUMBER = rb"[-\d.]+"
_FORM = re.compile(
    rb'(?P<opening>\s*\[\s*\{\s*"(?P<first>mw|price)"\s*:\s*)' + _NUMBER
    + rb'(?P<middle>\s*,\s*"(?!(?P=first))(?:mw|price)"\s*:\s*)' + _NUMBER
    + rb'(?P<following>\s*\}\s*,\s*\{\s*"(?P=first)"\s*:\s*)' + _NUMBER
    + rb"(?P=middle)" + _NUMBER
)  # fmt: skip
_CLOSING = re.compile(rb"\s*\}\s*\]\s*\Z")


@dataclass(frozen=True, slots=True)
class Curves:
    """How many points each curve has, and what is at all of them."""

    points: Sequence[int]
    mw: Steps
    price: Steps


class Figures(Protocol):
    """How numbers are read."""

    def curves(self, values: Sequence[Any]) -> Curves:
        """Those of bids and offers."""
        ...

    def megawatts(self, values: Sequence[Any]) -> Steps:
        """Those of nominations."""
        ...


class OneByOne:
    """Numbers of bodies that have been checked: decimals."""

    def curves(self, values: Sequence[Any]) -> Curves:
        """`values` are lists of points."""
        points = list(chain.from_iterable(values))
        mw = [in_steps(point.mw, MW_STEP) for point in points]
        price = [in_steps(point.price, CENT) for point in points]
        return Curves(list(map(len, values)), packed(mw), packed(price))

    def megawatts(self, values: Sequence[Any]) -> Steps:
        """`values` are decimals."""
        return packed([in_steps(value, MW_STEP) for value in values])


@dataclass(frozen=True)
class Spelled:
    """Numbers as they came, in JSON that is none but valid; Unread where one is not right."""

    points_min: int
    points_max: int

    def curves(self, values: Sequence[Any]) -> Curves:
        """`values` are the texts of lists of points."""
        form = _Form(bytes(values[0]))
        text = form.joint.join(values)
        numbers: Numbers | FewNumbers
        if len(text) < FEW_BYTES:
            numbers = FewNumbers(text)
            points = form.points_of_few(text, numbers, values)
        else:
            numbers = Numbers(text)
            points = form.points(numbers)
        fewest, most = self.points_min, self.points_max
        if len(points) != len(values) or min(points) < fewest or max(points) > most:
            raise Unread
        found = numbers.in_steps(MW_STEP)
        mw, price = found[form.mw :: 2], found[1 - form.mw :: 2]
        cents = price // CENTS
        if (cents * CENTS != price).any() or mw.min() < 0:
            raise Unread
        return Curves(points, _kept(mw), _kept(cents))

    def megawatts(self, values: Sequence[Any]) -> Steps:
        """`values` are the texts of numbers."""
        text = b",".join(values)
        numbers: Numbers | FewNumbers
        if len(text) < FEW_BYTES:
            numbers = FewNumbers(text)
            right = numbers.spelled == list(map(bytes, values))
        else:
            numbers = Numbers(text)
            right = len(numbers) == len(values) and numbers.rest == b"," * (len(values) - 1)
        if not right:
            raise Unread
        found = numbers.in_steps(MW_STEP)
        if found.min() < 1:
            raise Unread
        return _kept(found)


class _Form:
    """What stands around the numbers of a curve."""

    def __init__(self, curve: bytes) -> None:
        form, closing = _FORM.match(curve, 0, FORM_BYTES), _CLOSING.search(curve[-FORM_BYTES:])
        if form is None or closing is None:
            raise Unread
        self.mw = 0 if form["first"] == b"mw" else 1  # which of the two numbers of a point it is
        self._opening, self._middle, self._following = form.group("opening", "middle", "following")
        self._closing = closing[0]
        between = len(self._closing + self._opening)
        self.joint = b",," if between + 1 == len(self._following) else b","
        self._between = between + len(self.joint)  # never as long as what stands between points

    def points(self, numbers: Numbers) -> Sequence[int]:
        """How many points each curve has; Unread unless just this form is around the numbers."""
        gaps = numbers.gaps
        after = gaps[2:-1:2]
        last = (after == self._between).nonzero()[0]
        points: list[int] = np.diff(last, prepend=-1, append=len(after)).tolist()
        if not (
            len(numbers) % 2 == 0
            and gaps[0] == len(self._opening)
            and (gaps[1::2] == len(self._middle)).all()
            and ((after == len(self._following)) | (after == self._between)).all()
            and numbers.rest == self._around(points, b"")
        ):
            raise Unread
        return points

    def points_of_few(
        self, text: bytes, numbers: FewNumbers, curves: Sequence[Any]
    ) -> Sequence[int]:
        """The same of a short text, of these curves."""
        points = [bytes(curve).count(self._middle) for curve in curves]
        spelled = tuple(numbers.spelled)
        if not all(points) or len(spelled) != 2 * sum(points):
            raise Unread
        if self._around(points, b"%b") % spelled != text:
            raise Unread
        return points

    def _around(self, points: Sequence[int], number: bytes) -> bytes:
        """Curves with so many points, and this for every number."""
        rest = number + self._middle + number
        shapes = {
            count: self._opening + rest + (self._following + rest) * (count - 1) + self._closing
            for count in dict.fromkeys(points)
        }
        return self.joint.join(map(shapes.__getitem__, points))


def _kept(steps: Ints) -> array[int]:
    typecode = kind(steps.min(), steps.max())
    return array(typecode, steps.astype(typecode).tobytes())
