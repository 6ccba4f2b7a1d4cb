"""The numbers of a JSON text as counts of steps: exactly, and thousands at once.

Of many numbers none is a double on the way: the eight bytes that end with a number's last digit are
a word, and the words are reckoned with as one column. For a few that costs more than it saves: they
are read as doubles, if they have so few digits that a double tells them apart.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from simulator.domain.columns import in_steps

Ints = NDArray[np.int64]
Words = NDArray[np.uint64]

OF_NUMBERS = b"-./0123456789"  # without exponents; JSON has no slash but in texts
MINUS, NINE = OF_NUMBERS[0], OF_NUMBERS[-1]
WORD = 8  # bytes
LONGEST = 20  # characters of a number that is read here; Decimal reckons with 28 digits
DECIMALS_MAX = WORD - 2

# Decimals of at most 15 digits that differ are different doubles (C11 5.2.4.2.2, DBL_DIG).
DOUBLE_DIGITS = 15
DOUBLE_WHOLE = 10.0**DOUBLE_DIGITS
_BLANKS = bytes(code if code in OF_NUMBERS else ord(" ") for code in range(256))

_doubles = msgspec.json.Decoder(list[float]).decode

_EACH = 0x0101010101010101  # one in every byte
_HIGHEST = np.uint64(0x80 * _EACH)
_DOTS = np.uint64(ord(".") * _EACH)
_VALUE = np.uint64(0x0F * _EACH)
_PAIRED = ((8, 0x00FF00FF00FF00FF), (16, 0x0000FFFF0000FFFF), (32, 0x00000000FFFFFFFF))


class Unread(Exception):
    """A number that is not read here."""


class Numbers:
    """The numbers of a text that has no exponents."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._bytes = np.frombuffer(text, np.uint8)
        inside = np.zeros(len(text) + 2, bool)
        # What comes before minus wraps around.
        np.less_equal(self._bytes - np.uint8(MINUS), NINE - MINUS, out=inside[1:-1])
        edges = (inside[1:] != inside[:-1]).nonzero()[0]
        self.starts: Ints = edges[::2]
        self.ends: Ints = edges[1::2]

    def __len__(self) -> int:
        return len(self.starts)

    @cached_property
    def gaps(self) -> Ints:
        """How many bytes there are before the first number, between any two, after the last."""
        gaps: Ints = np.append(self.starts, len(self._text))
        gaps[1:] -= self.ends
        return gaps

    @cached_property
    def rest(self) -> bytes:
        """The text without its numbers."""
        return self._text.translate(None, OF_NUMBERS)

    def in_steps(self, step: Decimal) -> Ints:
        """All of them, counted in `step`, which is 1, 0.1, 0.01 or so down to 10^-DECIMALS_MAX.

        Unread where one is no multiple of it, or longer than LONGEST.
        """
        negative = self._bytes[self.starts] == MINUS
        sizes = self.ends - self.starts - negative
        found, read = _in_words(self._words(), sizes, -int(step.as_tuple().exponent))
        np.negative(found, out=found, where=negative)
        for place in (~read).nonzero()[0].tolist():
            found[place] = self._alone(place, step)
        return found

    def _words(self) -> Words:
        """What ends with each number, its last digit highest."""
        text = bytes(WORD) + self._text
        words: Words = np.ndarray((len(self._text) + 1,), "<u8", text, strides=(1,))[self.ends]
        return words.astype(np.uint64, copy=False)

    def _alone(self, place: int, step: Decimal) -> int:
        start, end = self.starts[place], self.ends[place]
        if end - start > LONGEST:
            raise Unread
        found = in_steps(Decimal(self._text[start:end].decode()), step)
        if isinstance(found, str):
            raise Unread
        return found


class FewNumbers:
    """The numbers of a short text that has no exponents."""

    def __init__(self, text: bytes) -> None:
        self.spelled = text.translate(_BLANKS).split()

    def in_steps(self, step: Decimal) -> Ints:
        """All of them, counted in `step`; Unread where one is no multiple, or has many digits.

        The nearest double to k/1000 is what dividing k by 1000 gives, so the test is exact.
        """
        if max(map(len, self.spelled)) > DOUBLE_DIGITS + len("."):
            raise Unread
        found = np.array(_doubles(b"[%b]" % b",".join(self.spelled)))
        per_unit = float(1 / step)
        steps = np.rint(found * per_unit)
        if not ((steps / per_unit == found) & (np.abs(steps) < DOUBLE_WHOLE)).all():
            raise Unread
        return steps.astype(np.int64)


def _in_words(words: Words, sizes: Ints, decimals: int) -> tuple[Ints, NDArray[np.bool_]]:
    """Numbers of so many bytes, in steps of 10^-decimals; and which of them are read.

    These are all that are no longer than a word, and have no more decimals than asked for.
    """
    before = (8 * (WORD - np.minimum(sizes, WORD))).astype(np.uint64)
    digits = words >> before << before
    # The byte of the dot becomes zero, and then what stands before it moves up over it.
    other = digits ^ _DOTS
    dot = (other - np.uint64(_EACH) & ~other & _HIGHEST) >> np.uint64(7)
    dotted = dot > 0
    whole = (dot - np.uint64(1)) * dotted
    digits -= dot * ord(".")
    digits += (digits & whole) * 0xFF
    # Two, four, eight digits at a time: in every step the lower half counts for more.
    digits &= _VALUE
    for bits, mask in _PAIRED:
        digits = digits * 10 ** (bits // 8) + (digits >> np.uint64(bits)) & np.uint64(mask)
    factors = _factors(decimals).take(np.bitwise_count(whole))
    return digits.view(np.int64) * factors, (sizes <= WORD) & (factors > 0)


def _factors(decimals: int) -> NDArray[Any]:
    """What a number counts for, by how many bits of its word are below its dot; 0 is not at all."""
    factors = np.zeros(8 * WORD, np.int64)
    factors[0] = 10**decimals
    for after in range(1, decimals + 1):
        factors[8 * (WORD - 1 - after)] = 10 ** (decimals - after)
    return factors
