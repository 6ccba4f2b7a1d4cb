"""Runs of the real program in processes of their own, and how to kill one at a known moment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHORT_RUN = Path(__file__).with_name("short_run.toml")
KILLER = Path(__file__).with_name("engine_killer.py")
DATABASE = "market.db"
TIMEOUT_SECONDS = 240
KILLED = -9  # what a process that SIGKILL ended returns

Completed = subprocess.CompletedProcess[str]


def marketsim(*arguments: object, **environment: str) -> Completed:
    """`marketsim ARGUMENTS` to its end, with what it says; extra variables by name."""
    return _process([sys.executable, "-m", "simulator"], arguments, environment)


def marketsim_killed(moment: str, *arguments: object, **environment: str) -> Completed:
    """The same, killed by SIGKILL at `moment` (see engine_killer.py)."""
    return _process([sys.executable, str(KILLER), moment], arguments, environment)


def done(completed: Completed) -> Completed:
    """The same, once it is sure that it went well."""
    assert completed.returncode == 0, completed.stderr
    return completed


def summary(folder: Path) -> dict:
    """What the run says of itself."""
    return json.loads((folder / "summary.json").read_text())


def digests(folder: Path) -> tuple[str, str]:
    """Of the state and of the journal."""
    told = summary(folder)
    return told["state_digest"], told["journal_digest"]


def fingerprints(folder: Path, *but: str) -> Mapping[str, str]:
    """Every file with the digest of its bytes, without those named."""
    return {
        str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in but
    }


def _process(
    program: list[str], arguments: tuple[object, ...], environment: Mapping[str, str]
) -> Completed:
    return subprocess.run(
        [*program, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
