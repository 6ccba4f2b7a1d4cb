"""Where jobs are done: here, in processes beside this one, or on a cluster (see `cluster`).

A job is one (period, time of use), or one market product; every place gives the same answers in
the same order, so that no byte of a result tells where it was made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

Work = Callable[[Any, Any], Any]
"""What is done: a module's own function of what all jobs share, and one job."""


class Workers(Protocol):
    """A place where jobs are done."""

    def map(self, work: Work, shared: Any, jobs: Sequence[Any]) -> list[Any]:
        """`work(shared, job)` of every job, in their order; raises what the work raises."""
        ...


@dataclass(frozen=True)
class Here:
    """One job after the other, in this process."""

    def map(self, work: Work, shared: Any, jobs: Sequence[Any]) -> list[Any]:
        """See `Workers.map`."""
        return [work(shared, job) for job in jobs]


@dataclass(frozen=True)
class Processes:
    """At most `count` processes of this machine; each gets what is shared once."""

    count: int

    def map(self, work: Work, shared: Any, jobs: Sequence[Any]) -> list[Any]:
        """See `Workers.map`."""
        if min(self.count, len(jobs)) <= 1:
            return HERE.map(work, shared, jobs)
        with ProcessPoolExecutor(
            min(self.count, len(jobs)), initializer=_take, initargs=(work, shared)
        ) as pool:
            return list(pool.map(_one, jobs))


HERE = Here()

_taken: tuple[Work, Any] | None = None


def _take(work: Work, shared: Any) -> None:
    global _taken
    _taken = work, shared


def _one(job: Any) -> Any:
    assert _taken is not None
    work, shared = _taken
    return work(shared, job)
