"""The Locust file's smoke profile: it measures every operation, and says so when it does not."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from api_commands import serving
from api_server import ROOT, THREE_AUCTIONS

from simulator.cli import execute

# Importing it here would swap the threads and sockets of the whole test run for its own.
pytestmark = pytest.mark.skipif(find_spec("locust") is None, reason="needs locust")

FILE = ROOT / "load_tests" / "api" / "locustfile.py"
SMOKE = ("-u", "8", "-r", "8", "-t", "4s")
OPERATIONS = {
    "activeAuctionMarkets", "portfolioCreation", "portfolioSubmission", "portfolioStatus",
    "portfolioRetraction", "portfolio",
}  # fmt: skip


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    data = tmp_path_factory.mktemp("loaded")
    assert execute(["certs", "init", "--data", str(data)]) == 0
    with serving(data, str(THREE_AUCTIONS), "--until", "next-open") as said:
        yield data, said


def measure(pki: Path, url: str, out: Path, *profile: str) -> tuple[int, list[dict], str]:
    """Exit code, the measured rows and what was said."""
    words = [sys.executable, "-m", "locust", "-f", str(FILE), "--headless", "--host", f"{url}/crr"]
    words += ["--pki", str(pki), "--json-file", str(out / "measured"), *profile]
    ran = subprocess.run(words, capture_output=True, text=True, timeout=120, cwd=out)
    written = out / "measured.json"
    return ran.returncode, json.loads(written.read_text()) if written.exists() else [], ran.stderr


def test_the_smoke_profile_measures_every_operation(served, tmp_path, record_property):
    data, said = served
    code, rows, told = measure(data / "pki", said["url"], tmp_path, *SMOKE)
    assert code == 0, told
    assert {row["name"] for row in rows} == OPERATIONS
    assert all(row["num_requests"] > 0 and row["num_failures"] == 0 for row in rows)
    total = sum(row["num_requests"] for row in rows)
    record_property("counted", f"locust: {total:,} requests of 8 bidders in 4 s, none failed")


def test_it_fails_when_it_measures_nothing(served, tmp_path):
    _, said = served
    code, rows, _ = measure(tmp_path, said["url"], tmp_path, "-u", "1", "-t", "1s")
    assert (code, rows) == (1, [])


def test_it_fails_when_calls_fail(served, tmp_path):
    data, said = served
    elsewhere = f"{said['url']}/nowhere"
    code, rows, _ = measure(data / "pki", elsewhere, tmp_path, "-u", "1", "-t", "3s")
    assert code == 1
    assert any(row["num_failures"] for row in rows)
