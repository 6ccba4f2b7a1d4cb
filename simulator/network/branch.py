"""How an AC branch is named: its two buses and a circuit identifier."""

from __future__ import annotations

from string import ascii_lowercase, ascii_uppercase
from typing import NamedTuple

_CAPITALS = str.maketrans(ascii_lowercase, ascii_uppercase)


class BranchKey(NamedTuple):
    """`from_bus` and `to_bus` as the file writes them; lookups ignore the direction.

    `circuit` is stripped and upper case (`circuit_name`). The star point of a three-winding
    transformer has a negative bus number, which no file can contain.
    """

    from_bus: int
    to_bus: int
    circuit: str

    @property
    def undirected(self) -> BranchKey:
        """The same branch with its smaller bus number first: what identity is decided on."""
        if self.from_bus <= self.to_bus:
            return self
        return BranchKey(self.to_bus, self.from_bus, self.circuit)

    def __str__(self) -> str:
        return f"{self.from_bus}-{self.to_bus} circuit {self.circuit}"


def circuit_name(text: str) -> str:
    """An identifier without the padding and case that mean nothing (`'1 '` is `1`).

    Only A to Z have a case: what else a file holds stays a character of the file's own set.
    """
    return text.strip().translate(_CAPITALS)
