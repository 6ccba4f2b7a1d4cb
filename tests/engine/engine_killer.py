"""`marketsim` that is killed by SIGKILL at a moment named on its command line.

    python engine_killer.py MOMENT ARGUMENTS...

`before:KEY`, `inside:KEY` and `after:KEY` are moments of the command with that key: before its
transaction, with all its writes made and none committed, and once they are durable. `file:N` is
the moment at which N files of the results are in place and the next one is half written.
`interrupt:KEY` is `inside:KEY`, but by a person with control-C.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from simulator.cli import execute, run_folder
from simulator.store import Ask, Entry, Store, Transaction


def die() -> None:
    """What no handler can hear of."""
    os.kill(os.getpid(), signal.SIGKILL)


def killed_inside(ask: Ask) -> Ask:
    """The same command, whose writes are never committed."""

    def effect(tx: Transaction) -> Any:
        ask.effect(tx)
        die()

    return replace(ask, effect=effect)


def interrupted_inside(ask: Ask) -> Ask:
    """The same command, while which somebody presses control-C."""

    def effect(tx: Transaction) -> Any:
        os.kill(os.getpid(), signal.SIGINT)
        return ask.effect(tx)

    return replace(ask, effect=effect)


EFFECTS = {"inside": killed_inside, "interrupt": interrupted_inside}


def kill_at_command(moment: str, key: str) -> None:
    record_many = Store.record_many

    def dying(self: Store, asks: Sequence[Ask]) -> list[Entry]:
        if all(ask.key != key for ask in asks):
            return record_many(self, asks)
        if moment == "before":
            die()
        if moment in EFFECTS:
            asks = [EFFECTS[moment](ask) if ask.key == key else ask for ask in asks]
        entries = record_many(self, asks)
        if moment == "after":
            die()
        return entries

    Store.record_many = dying  # type: ignore[method-assign]


def kill_at_file(number: int) -> None:
    write, written = run_folder._write, [0]

    def dying(out: Path, name: str, content: bytes) -> Any:
        if written[0] == number:
            path = out / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.with_name(f".{path.name}.part").write_bytes(content[: len(content) // 2])
            die()
        written[0] += 1
        return write(out, name, content)

    run_folder._write = dying


if __name__ == "__main__":
    kind, _, what = sys.argv[1].partition(":")
    if kind == "file":
        kill_at_file(int(what))
    else:
        kill_at_command(kind, what)
    sys.exit(execute(sys.argv[2:]))
