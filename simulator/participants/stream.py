"""Chance, one stream for each person and occasion, so that nobody's draws move another's."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np

_SEPARATOR = "\x1f"


def stream(seed: int, participant_id: str, occasion: str) -> np.random.Generator:
    """The random stream of one person on one occasion (a market, a year, ...).

    The same three arguments give the same draws on every machine, whatever anyone drew before.
    """
    return np.random.Generator(np.random.Philox(key=_key(seed, participant_id, occasion)))


def subseed(seed: int, participant_id: str, occasion: str) -> int:
    """The same key as one integer, for generators that want a seed."""
    return _key(seed, participant_id, occasion)


def _key(seed: int, participant_id: str, occasion: str) -> int:
    text = _SEPARATOR.join((str(seed), participant_id, occasion))
    return int.from_bytes(blake2b(text.encode(), digest_size=16).digest(), "little")
