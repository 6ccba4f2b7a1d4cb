"""Several processes that serve one market at one address: the first one, and those it looks after.

All accept from the same listening socket and share the books on PostgreSQL, where one of them at a
time keeps the clock. They end with the first, also when that is killed.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING

from simulator.cli.serving import Plan, serve_one
from simulator.cli.shell import REFUSED, complain
from simulator.domain import Finding, Refused

if TYPE_CHECKING:
    from simulator.api.server import Server

END_SECONDS = 15.0  # what an orderly end of a worker may take: open requests are answered
AGAIN_SECONDS = 5.0  # a worker that ends by itself is started again no sooner than this


def workers_findings(number: int, database: str | None, mock: bool) -> list[Finding]:
    """Why there cannot be so many processes, if anything."""
    if number == 1 or (not mock and (database or "").startswith("postgresql")):
        return []
    return [
        Finding(
            "SRV0004",
            "several processes cannot serve this",
            where="--workers",
            found=f"{number} on {'a mock' if mock else 'SQLite'}",
            allowed="1, or more with --database postgresql://...",
            remedy="keep the books in PostgreSQL, or leave --workers out",
        )
    ]


class Workers:
    """The processes beside this one."""

    def __init__(self, plan: Plan, listening: socket.socket, number: int) -> None:
        """`number` of them; they are started by `look`."""
        self._plan = plan
        self._listening = listening
        self._context = get_context("spawn")  # threads and solvers do not outlive a fork
        self._processes: list[BaseProcess | None] = [None] * number
        self._started = [-AGAIN_SECONDS] * number

    def look(self) -> None:
        """Start those that are not there."""
        now = time.monotonic()
        for place, process in enumerate(self._processes):
            alive = process is not None and process.is_alive()
            if not alive and now - self._started[place] >= AGAIN_SECONDS:
                self._processes[place] = self._start()
                self._started[place] = now

    def close(self) -> None:
        """Tell all of them to end, and wait until they have."""
        begun = [process for process in self._processes if process is not None]
        for process in begun:
            process.terminate()
        for process in begun:
            process.join(END_SECONDS)
            if process.is_alive():
                process.kill()
                process.join()

    def _start(self) -> BaseProcess:
        asked = (self._plan, self._listening, os.getpid())
        process = self._context.Process(target=_work, args=asked, daemon=True)
        process.start()
        return process


def _work(plan: Plan, listening: socket.socket, parent: int) -> None:
    """The life of a worker; it does not outlive its parent."""

    def look(server: Server) -> None:
        if os.getppid() != parent:
            server.should_exit = True

    try:
        serve_one(plan, listening, lambda begun: None, look)
    except Refused as refusal:
        complain(refusal.findings)
        sys.exit(REFUSED)
    except KeyboardInterrupt:
        sys.exit()
