"""Where the forks of a market are kept: in files of their own, or beside it on PostgreSQL."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from simulator.cli.shell import file_faults
from simulator.store import Store, open_store

BOOKS = "market.db"


class Forks(Protocol):
    """The forks that there are, by name."""

    def names(self) -> list[str]:
        """Of all of them, whoever made them."""
        ...

    def copy(self, origin: Store, name: str) -> bool:
        """All books of a market under a name; False when that is taken. Nobody writes meanwhile."""
        ...

    def open(self, name: str) -> Store:
        """The books of one."""
        ...


class FileForks:
    """A folder for each fork, in the folder of the sandbox."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> list[str]:
        """Those whose copy is whole."""
        return sorted(file.parent.name for file in self._folder.glob(f"*/{BOOKS}"))

    def copy(self, origin: Store, name: str) -> bool:
        """The file has its name when it is whole."""
        file = self._file(name)
        if file.exists():
            return False
        part = file.with_suffix(".part")
        with file_faults(file):
            file.parent.mkdir(parents=True, exist_ok=True)
            part.unlink(missing_ok=True)
        origin.copy_to(part)
        with file_faults(file):
            part.replace(file)
        return True

    def open(self, name: str) -> Store:
        """A database file."""
        return open_store(f"sqlite:///{self._file(name).absolute()}")

    def _file(self, name: str) -> Path:
        return self._folder / name / BOOKS


class SharedForks:
    """A schema for each fork in the database of the market: its other servers see them too."""

    def __init__(self, market: Store) -> None:
        self._market = market

    def names(self) -> list[str]:
        """Those in the database."""
        return self._market.forks()

    def copy(self, origin: Store, name: str) -> bool:
        """One transaction."""
        return origin.fork(name)

    def open(self, name: str) -> Store:
        """A schema."""
        return self._market.open_fork(name)


def forks_of(market: Store, folder: Path) -> Forks:
    """Where the forks of this market are."""
    return SharedForks(market) if market.shared else FileForks(folder)
