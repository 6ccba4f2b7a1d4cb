"""A real cluster on this machine: a scheduler and workers, each a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = str(Path(__file__).parent)
LOOPBACK = ("--host", "127.0.0.1", "--no-dashboard")


class Member:
    """One process of the cluster; it is waited for by what it says, not by the clock."""

    def __init__(self, module: str, *arguments: str) -> None:
        environment = {**os.environ, "PYTHONPATH": HERE, "OPENBLAS_NUM_THREADS": "1"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{module}", *arguments],
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def said(self, pattern: str) -> str:
        """What the process says that matches."""
        assert self.process.stderr is not None
        lines = []
        for line in self.process.stderr:
            lines.append(line)
            if match := re.search(pattern, line):
                return match.group(1)
        raise AssertionError(f"ended without {pattern}: {''.join(lines)}")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@dataclass(frozen=True)
class LocalCluster:
    """A scheduler's address, its process, and its workers'."""

    address: str
    scheduler: Member
    workers: list[Member]


@contextmanager
def cluster(workers: int) -> Iterator[LocalCluster]:
    """A scheduler and so many workers of one thread, once all are registered."""
    with ExitStack() as stack:
        head = stack.enter_context(_member("dask_scheduler", "--port", "0", *LOOPBACK))
        address = head.said(r"Scheduler at:\s+(tcp://\S+)")
        options = ("--no-nanny", "--nthreads", "1", *LOOPBACK)
        members = [
            stack.enter_context(_member("dask_worker", address, *options)) for _ in range(workers)
        ]
        for member in members:
            member.said(r"Registered to:\s+(tcp://\S+)")
        yield LocalCluster(address, head, members)


@contextmanager
def _member(module: str, *arguments: str) -> Iterator[Member]:
    member = Member(module, *arguments)
    try:
        yield member
    finally:
        member.kill()
        assert member.process.stderr is not None
        member.process.stderr.close()
