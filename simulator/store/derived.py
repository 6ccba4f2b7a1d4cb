"""Values worked out from rows, kept until one of the tables that they were read from changes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

Key = tuple[Any, ...]


@dataclass(frozen=True)
class Kept:
    """A value, the tables it was read from, and the commit after which they were read."""

    value: Any
    tables: frozenset[str]
    as_of: int


class Derived:
    """What one process remembers between transactions; it never outlives a change of its tables.

    Commits are numbered. A value read after commit n holds while no table it was read from was
    written by a later one, so a reader that began just before a commit can never keep what that
    commit made old.
    """

    def __init__(self) -> None:
        self.commits = 0
        self._written: dict[str, int] = {}
        self._forgotten = 0
        self._kept: dict[object, Kept] = {}
        # Of some tables, the last columns of the primary keys that there are, by the columns
        # before them: kept up by whoever writes, so that asking costs no query (`Unit.has`).
        self.present: dict[tuple[str, Key], set[Any]] = {}

    def get(self, key: object) -> Kept | None:
        """What is kept under the key, if it still holds."""
        kept = self._kept.get(key)
        if kept is None or kept.as_of < self._forgotten:
            return None
        for table in kept.tables:
            if self._written.get(table, 0) > kept.as_of:
                return None
        return kept

    def keep(self, key: object, kept: Kept) -> None:
        """Remember a value."""
        self._kept[key] = kept

    def committed(self, tables: Iterable[str]) -> None:
        """A commit wrote to these tables."""
        self.commits += 1
        for table in tables:
            self._written[table] = self.commits

    def forget(self) -> None:
        """Somebody else may have written anything."""
        self.commits += 1
        self._forgotten = self.commits
        self._kept.clear()
        self.present.clear()
