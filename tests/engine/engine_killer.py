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
from typing import Any

from simulator.cli import execute, run_folder
from simulator.store import Store


def die() -> None:
    """What no handler can hear of."""
    os.kill(os.getpid(), signal.SIGKILL)


def kill_at_command(moment: str, key: str) -> None:
    record = Store.record

    def dying(self: Store, **request: Any) -> Any:
        if request["key"] != key:
            return record(self, **request)
        if moment == "before":
            die()
        effect = request["effect"]

        def dying_effect(tx: Any) -> Any:
            effect(tx)
            die()

        def interrupted_effect(tx: Any) -> Any:
            os.kill(os.getpid(), signal.SIGINT)
            return effect(tx)

        if moment == "interrupt":
            request["effect"] = interrupted_effect
            return record(self, **request)
        if moment == "inside":
            request["effect"] = dying_effect
        entry = record(self, **request)
        die()
        return entry

    Store.record = dying  # type: ignore[method-assign]


def kill_at_file(number: int) -> None:
    write, written = run_folder._write, [0]

    def dying(path: Any, content: bytes) -> None:
        if written[0] == number:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.with_name(f".{path.name}.part").write_bytes(content[: len(content) // 2])
            die()
        written[0] += 1
        write(path, content)

    run_folder._write = dying


if __name__ == "__main__":
    kind, _, what = sys.argv[1].partition(":")
    if kind == "file":
        kill_at_file(int(what))
    else:
        kill_at_command(kind, what)
    sys.exit(execute(sys.argv[2:]))
