"""Jobs on a cluster of Dask workers: the same answers as here, from other machines.

Needs the optional extra `cluster`. Whatever is wrong with a cluster is a finding, within the
patience named here; what the work itself raises is raised as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import version
from typing import Any

from simulator.clearing.workers import Processes, Work, Workers
from simulator.domain import Finding, Refused, refuse_if_any

PATIENCE_SECONDS = 10.0
"""How long a scheduler may take to answer, a first worker to come, and work to be without any."""
SAME = ("crr-market-sim", "numpy", "scipy")
"""What a worker has in the same version as this process, for its answers to be the same bytes."""


@contextmanager
def workers_at(
    count: int, address: str | None, patience_seconds: float = PATIENCE_SECONDS
) -> Iterator[Workers]:
    """`count` processes of this machine, or the cluster at `address`; raises `Refused`."""
    if address is None:
        yield Processes(count)
        return
    if count > 1:
        raise _refused(
            "CLR0401", "work is done by processes of this machine or on a cluster", "--workers",
            f"{count} workers and a cluster", "one of the two", "leave one of the options out",
        )  # fmt: skip
    dask = _dask(address)
    client = _connected(dask, address, patience_seconds)
    try:
        yield Cluster(dask, client, address, patience_seconds)
    finally:
        client.close(timeout=patience_seconds)


class Cluster:
    """The workers of one scheduler."""

    def __init__(self, dask: Any, client: Any, address: str, patience_seconds: float) -> None:
        self._dask = dask
        self._client = client
        self._address = address
        self._patience_seconds = patience_seconds
        self._same = False

    def map(self, work: Work, shared: Any, jobs: Sequence[Any]) -> list[Any]:
        """See `Workers.map`; what is shared goes to each worker once."""
        if not jobs:
            return []
        self._check_versions()
        everywhere = self._asked(
            lambda: self._client.scatter([shared], broadcast=True, hash=False)[0]
        )
        futures = self._client.map(work, [everywhere] * len(jobs), list(jobs), pure=False)
        return [self._result(future) for future in futures]

    def _result(self, future: Any) -> Any:
        """Of one job; a cluster that lost its workers or its scheduler is not waited for."""
        while True:
            try:
                return self._asked(lambda: future.result(timeout=self._patience_seconds))
            except TimeoutError:
                if not self._workers():
                    raise self._lost("no worker is left") from None

    def _workers(self) -> list[str]:
        """Addresses of the workers that the scheduler has now."""
        try:
            return sorted(self._client.scheduler_info()["workers"])
        except Exception as error:
            raise self._lost(str(error)) from error

    def _asked(self, question: Callable[[], Any]) -> Any:
        """The answer of the cluster; its own faults as a finding."""
        try:
            return question()
        except TimeoutError:
            raise
        except (self._dask.CancelledError, self._dask.KilledWorker, OSError) as error:
            raise self._lost(f"{type(error).__name__}: {error}") from error

    def _check_versions(self) -> None:
        """Another version somewhere could mean another last digit."""
        if self._same:
            return
        here = versions()
        refuse_if_any(
            Finding(
                "CLR0403",
                "a member of the cluster runs other versions",
                where=f"{member} of the cluster {self._address}",
                found=_in_words(found),
                allowed=_in_words(here),
                remedy="install the same versions there, by the same constraints.txt",
            )
            for member, found in self._versions()
            if found != here
        )
        self._same = True

    def _versions(self) -> Iterator[tuple[str, object]]:
        """What the scheduler, which reads the jobs too, and every worker say of themselves."""
        try:
            yield "the scheduler", self._client.run_on_scheduler(versions)
        except Exception as error:  # whatever it lacks to answer, it cannot be used
            yield "the scheduler", error
        for worker, found in sorted(self._client.run(versions, on_error="return").items()):
            yield f"worker {worker}", found

    def _lost(self, found: str) -> Refused:
        return _refused(
            "CLR0404", "the cluster did not finish the work", f"--cluster {self._address}", found,
            "workers that stay until the answer is there",
            "look at the workers' own messages, then repeat the command",
        )  # fmt: skip


def versions() -> dict[str, str]:
    """Version by package, here; a worker is asked the same."""
    return {name: version(name) for name in SAME}


def _in_words(found: object) -> str:
    if isinstance(found, dict):
        return ", ".join(f"{name} {number}" for name, number in found.items())
    return f"{type(found).__name__}: {found}"


def _dask(address: str) -> Any:
    """The library; its types are not declared."""
    try:
        return import_module("distributed")
    except ImportError as error:
        raise _refused(
            "CLR0400", "a cluster needs an extra that is not installed", f"--cluster {address}",
            str(error), "the extra `cluster`", "pip install 'crr-market-sim[cluster]'",
        ) from error  # fmt: skip


def _connected(dask: Any, address: str, patience_seconds: float) -> Any:
    """A client whose scheduler has a worker."""
    client = None
    try:
        client = dask.Client(
            address or "no address", timeout=patience_seconds, set_as_default=False
        )
        client.wait_for_workers(1, timeout=patience_seconds)
    except (OSError, ValueError) as error:  # a name, a port, a time-out: TimeoutError is an OSError
        if client is not None:
            client.close(timeout=patience_seconds)
        what = "has no worker" if client is not None else "cannot be reached"
        raise _refused(
            "CLR0402", f"the cluster {what}", f"--cluster {address}", str(error),
            f"a Dask scheduler with workers that answers within {patience_seconds:g} s",
            "start `dask scheduler` and `dask worker`, and give the scheduler's address",
        ) from error  # fmt: skip
    return client


def _refused(code: str, message: str, where: str, found: str, allowed: str, remedy: str) -> Refused:
    return Refused([Finding(code, message, where, found, allowed, remedy)])
