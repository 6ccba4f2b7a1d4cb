"""How the numbers of a JSON body are spelled, seen without reading it."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

Text = NDArray[np.uint8]

DOT, NINE, MINUS, COLON, EXPONENT, ZERO = (np.uint8(ord(each)) for each in ".9-:e0")
LOWER = np.uint8(ord("a") ^ ord("A"))

# Decimals of at most 15 digits that differ are different doubles (C11 5.2.4.2.2, DBL_DIG). What is
# longer covers two neighbours of a grid that is half as wide.
TOO_LONG = 16
GRID = TOO_LONG // 2
_LONG = re.compile(rb"[\d.]{%d}" % TOO_LONG)


def as_text(raw: bytes) -> Text:
    """The bytes of a body, for the questions below."""
    return np.frombuffer(raw, np.uint8)


def may_be_lost(raw: bytes, text: Text) -> bool:
    """Whether a number in it may differ from its double's shortest spelling; texts count as well.

    That takes more digits than a double tells apart, or an exponent that makes it vanish.
    """
    digits = text[::GRID] - DOT <= NINE - DOT  # and "/"; what comes before "." wraps around
    for cell in (digits[1:] & digits[:-1]).nonzero()[0].tolist():
        if _LONG.search(raw, GRID * max(cell - 1, 0), GRID * (cell + 2)):
            return True
    minus = (text[:-1] == MINUS).nonzero()[0]
    exponents = minus[text[minus - 1] | LOWER == EXPONENT]
    return bool((text[exponents + 1] - ZERO < 10).any())


def colons(text: Text) -> int:
    """How many colons there are."""
    return int(np.count_nonzero(text == COLON))
