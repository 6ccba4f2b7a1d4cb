"""How finely the numbers of a JSON body are spelled, seen without reading it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Text = NDArray[np.uint8]

DOT, MINUS, COLON, EXPONENT, ZERO = (np.uint8(ord(each)) for each in ".-:e0")
LOWER = np.uint8(ord("a") ^ ord("A"))


def as_text(raw: bytes) -> Text:
    """The bytes of a body, for the questions below."""
    return np.frombuffer(raw, np.uint8)


def may_be_fine(text: Text) -> bool:
    """Whether a number in it may have more than three decimals; a text that looks so counts."""
    dots = np.flatnonzero(text[:-4] == DOT)
    for place in (4, 3, 2, 1):  # hardly any has a fourth, so the rest is of few
        dots = dots[_are_digits(text[dots + place])]
    if len(dots):
        return True
    minus = np.flatnonzero(text[:-1] == MINUS)
    exponents = minus[text[minus - 1] | LOWER == EXPONENT]
    return bool(_are_digits(text[exponents + 1]).any())


def colons(text: Text) -> int:
    """How many colons there are."""
    return int(np.count_nonzero(text == COLON))


def _are_digits(text: Text) -> NDArray[np.bool_]:
    return text - ZERO < 10  # what comes before "0" wraps around and is large
