"""What a journal can write down; what it cannot is named in its place, so that a replay ends alike.

A journal keeps the arguments of every command, also of one that is refused. JSON has no lone
surrogates and no infinite numbers, and other programs read its whole numbers in 64 bits.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

from simulator.domain.columns import ReadBids, ReadNominations

UNWRITABLE = "unwritable"
WHOLE_MIN, WHOLE_MAX = -(2**63), 2**63 - 1
DEPTH_MAX = 31  # lists within lists; no service has more than four


def recordable(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """The arguments as they are; or the names of those that nothing can keep, and nothing else."""
    names = [
        name for name, value in arguments.items() if not (_writable(name) and _writable(value))
    ]
    if not names:
        return arguments
    return {UNWRITABLE: sorted(name.encode(errors="replace").decode() for name in names)}


def _writable(value: Any, depth: int = DEPTH_MAX) -> bool:
    """What is none of these types is a date or a decimal, or nothing."""
    if isinstance(value, str):
        return value.isascii() or _encodes(value)
    if isinstance(value, int):
        return WHOLE_MIN <= value <= WHOLE_MAX
    if isinstance(value, float):
        return isfinite(value)
    if isinstance(value, ReadBids | ReadNominations):
        return True  # looked at when it was read
    if isinstance(value, Mapping):
        return _all_writable(list(value), depth) and _all_writable(list(value.values()), depth)
    if isinstance(value, list | tuple):
        return _all_writable(value, depth)
    return True


def _all_writable(values: list[Any] | tuple[Any, ...], depth: int) -> bool:
    """Long columns are of one type and looked at as wholes."""
    kinds = set(map(type, values))
    if kinds == {str}:
        return _writable("".join(values))
    if kinds == {int}:
        return _writable(min(values)) and _writable(max(values))
    return depth > 0 and all(_writable(value, depth - 1) for value in values)


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
