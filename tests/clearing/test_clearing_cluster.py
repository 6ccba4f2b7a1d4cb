"""`--cluster`: the same bytes from a real cluster, and its faults as findings."""

from __future__ import annotations

import os
import signal
import socket
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from clearing_cases import matpower_text, random_case
from clearing_cluster import cluster

from simulator.clearing.clear import clear
from simulator.clearing.cluster import workers_at
from simulator.clearing.interior import SolverFailed
from simulator.clearing.result import ClearingResult
from simulator.clearing.workers import HERE
from simulator.clearing.write import result_files, write_case_folder
from simulator.cli import execute
from simulator.domain import Refused, Tou

pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
SHORT_RUN = Path(__file__).resolve().parents[1] / "engine" / "short_run.toml"
PERIODS = ("2024_M09", "2024_M10", "2024_M11")


@pytest.fixture(scope="module")
def two_workers() -> Any:
    with cluster(2) as local:
        yield local.address


def many_products(seed: int):
    """A random case whose bids are asked for in several months and times of use."""
    case = random_case(seed, "linear")
    bids = tuple(
        replace(bid, bid_id=f"{bid.bid_id}-{period}-{tou}", period=period, tou=tou)
        for bid in case.bids
        if not bid.crr_id
        for period in PERIODS
        for tou in Tou
    )
    return replace(case, bids=bids, fixed_crrs=())


def files(folder: Path) -> dict[str, bytes]:
    """Every file but the summary, which tells how long it took."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "summary.json"
    }


def test_cluster_processes_and_here_write_the_same_bytes(tmp_path: Path, two_workers: str) -> None:
    case = many_products(3)
    write_case_folder(case, tmp_path / "case", matpower_text(case.network), "network.m")
    places = {
        "here": (),
        "processes": ("--workers", "2"),
        "cluster": ("--cluster", two_workers),
    }
    for name, options in places.items():
        arguments = ["clear", str(tmp_path / "case"), "--out", str(tmp_path / name), *options]
        assert execute(arguments) == 0
    here = files(tmp_path / "here")
    assert {"awards.csv", "certificate.json", "case/bids.csv"} <= set(here)
    assert here == files(tmp_path / "processes") == files(tmp_path / "cluster")


def test_the_jobs_really_go_to_the_workers(two_workers: str) -> None:
    with workers_at(1, two_workers) as place:
        pids = place.map(_pid, None, list(range(8)))
        assert len(set(pids)) == 2
        assert _pid(None, 0) not in pids


def _pid(_: None, __: int) -> int:
    return os.getpid()


@pytest.mark.parametrize("kind", ["linear", "step", "weighted_least_squares", "max_mw"])
def test_every_kind_of_market_clears_alike_on_a_cluster(two_workers: str, kind: str) -> None:
    def content(result: ClearingResult) -> tuple[ClearingResult, dict[str, bytes]]:
        return result, result_files(result)

    with workers_at(1, two_workers) as place:
        for seed in range(4):
            case = random_case(seed, kind)
            assert content(clear(case, place)) == content(clear(case, HERE))


def test_what_the_work_raises_arrives_as_it_is(two_workers: str) -> None:
    with workers_at(1, two_workers) as place, pytest.raises(SolverFailed, match="no optimum of 7"):
        place.map(_fails, None, [7])


def _fails(_: None, job: int) -> None:
    raise SolverFailed(f"no optimum of {job}")


def refused(address: str | None, count: int = 1, patience_seconds: float = 2.0) -> str:
    with pytest.raises(Refused) as refusal, workers_at(count, address, patience_seconds):
        pass
    return str(refusal.value.findings[0])


def test_an_address_where_nobody_answers_is_a_finding_in_bounded_time() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = time.monotonic()
    assert "cannot be reached" in refused(f"tcp://127.0.0.1:{port}")
    assert time.monotonic() - started < 30


@pytest.mark.parametrize("address", ["", "nonsense", "tcp://", "carrier-pigeon://x:1", "tcp://h:x"])
def test_what_is_no_address_is_a_finding(address: str) -> None:
    assert "CLR0402" in refused(address, patience_seconds=1.0)


def test_a_scheduler_without_workers_is_a_finding() -> None:
    with cluster(0) as local:
        assert "has no worker" in refused(local.address, patience_seconds=1.0)


def test_processes_and_a_cluster_exclude_each_other() -> None:
    assert "CLR0401" in refused("tcp://127.0.0.1:1", count=2)


def test_without_the_extra_the_finding_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str, *_: object) -> Any:
        raise ModuleNotFoundError(f"No module named {name!r}")

    monkeypatch.setattr("simulator.clearing.cluster.import_module", missing)
    assert "crr-market-sim[cluster]" in refused("tcp://127.0.0.1:1")


def test_workers_of_other_versions_are_named(
    two_workers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulator.clearing.cluster.SAME", ("scipy",))
    with workers_at(1, two_workers) as place, pytest.raises(Refused) as refusal:
        place.map(_pid, None, [1])
    assert len(refusal.value.findings) == 3
    assert "numpy" in refusal.value.findings[0].found
    assert refusal.value.findings[0].allowed.startswith("scipy")


@pytest.mark.parametrize("whom", ["worker", "scheduler"])
def test_a_cluster_that_dies_is_a_finding_and_not_waited_for(whom: str) -> None:
    with cluster(1) as local, workers_at(1, local.address, 2.0) as place:
        victim = local.workers[0] if whom == "worker" else local.scheduler
        with pytest.raises(Refused, match="did not finish the work"):
            place.map(_kill, victim.process.pid, [1])


def _kill(pid: int, _: int) -> None:
    os.kill(pid, signal.SIGKILL)
    signal.pause()


def test_a_run_on_a_cluster_leaves_the_bytes_of_a_run_here(
    tmp_path: Path, two_workers: str
) -> None:
    for name, options in {"here": (), "cluster": ("--cluster", two_workers)}.items():
        arguments = ["run", str(SHORT_RUN), "--out", str(tmp_path / name), "--until", "t1-post"]
        assert execute([*arguments, *options]) == 0
    here = everything(tmp_path / "here")
    assert "summary.json" in here
    assert any(name.endswith("awards.csv") for name in here)
    assert here == everything(tmp_path / "cluster")


def everything(run: Path) -> dict[str, bytes]:
    """Every file of a run but its database, which has a clock of its own."""
    return {
        str(path.relative_to(run)): path.read_bytes()
        for path in sorted(run.rglob("*"))
        if path.is_file() and not path.name.startswith("market.db")
    }
