"""Scripts: what somebody does over time, each act decided by the answer to the one before."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any

from simulator.market.command import Command
from simulator.store import Entry


@dataclass(frozen=True)
class Act:
    """A command due `offset_seconds` after what set the script off, or at once when that is over.

    The command's own moment is the one at which it is carried out. Arguments that take time to
    make are made only then: what the journal already holds needs none.
    """

    offset_seconds: int
    key: str
    kind: str
    actor: str
    arguments: Mapping[str, Any] | Callable[[], Mapping[str, Any]]

    def command(self, at: int) -> Command:
        """The command at the moment it is carried out."""
        made = self.arguments() if callable(self.arguments) else self.arguments
        return Command(self.key, self.kind, self.actor, at, made)


Script = Generator[Act, Entry, None]
