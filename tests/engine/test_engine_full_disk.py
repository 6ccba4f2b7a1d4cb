"""A disk that fills up: said in words, nothing acknowledged is lost, and the run goes on later."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from engine_runs import DATABASE, ROOT, SHORT_RUN, Completed, digests, done, fingerprints, marketsim

from simulator.store import open_store

FULL_AFTER_BYTES = 7_500_000  # beyond the first commands, before the last
ROOM_BYTES = 64_000_000


@pytest.fixture
def small_disk(tmp_path) -> Iterator[Path]:
    """A disk of its own with little room."""
    place = tmp_path / "disk"
    place.mkdir()
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    if _mount(place, f"size={FULL_AFTER_BYTES}"):
        pytest.skip("this machine lets nobody mount a small disk")
    yield place
    subprocess.run(["umount", place], check=True)


def test_a_full_disk_stops_the_run_and_room_lets_it_go_on(small_disk, short_run):
    out = small_disk / "run"
    stopped = marketsim("run", SHORT_RUN, "--out", out)
    _assert_said(stopped, out)
    assert _intact_entries(out) > 0
    assert not _mount(small_disk, f"remount,size={ROOM_BYTES}")
    done(marketsim("run", SHORT_RUN, "--out", out, "--resume"))
    assert digests(out) == digests(short_run)
    assert fingerprints(out, DATABASE) == fingerprints(short_run, DATABASE)


@pytest.mark.parametrize("limit_bytes", [20_000, 700_000])
def test_a_file_that_may_not_grow_is_the_same(tmp_path, limit_bytes):
    out = tmp_path / "run"
    stopped = subprocess.run(
        [sys.executable, "-m", "simulator", "run", str(SHORT_RUN), "--out", str(out)],
        cwd=ROOT,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes)),
        capture_output=True,
        text=True,
        check=False,
    )
    _assert_said(stopped, out)
    _intact_entries(out)


def test_results_that_do_not_fit_are_said_and_the_journal_stays(tmp_path, short_run):
    out = tmp_path / "run"
    out.mkdir()
    (out / ".marketsim-run").touch()  # a run's folder, in which something went wrong
    (out / "published").write_text("in the way")
    stopped = marketsim("run", SHORT_RUN, "--out", out, "--until", "setup", "--resume")
    assert stopped.returncode == 2
    assert "RUN0004" in stopped.stderr
    assert "published" in stopped.stderr
    assert _intact_entries(out) == 1
    (out / "published").unlink()
    done(marketsim("run", SHORT_RUN, "--out", out, "--resume", "--until", "setup"))


def _mount(place: Path, options: str) -> int:
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
    return subprocess.run(command, capture_output=True, check=False).returncode


def _assert_said(stopped: Completed, out: Path) -> None:
    assert stopped.returncode != 0
    assert str(out) in stopped.stderr
    assert "remedy: " in stopped.stderr
    assert "Traceback" not in stopped.stderr + stopped.stdout
    assert not (out / "summary.json").exists()


def _intact_entries(out: Path) -> int:
    store = open_store(f"sqlite:///{out / DATABASE}")
    try:
        assert store.first_break() is None
        return len(store.entries())
    finally:
        store.close()
