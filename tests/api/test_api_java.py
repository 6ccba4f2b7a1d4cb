"""Java on Apache HttpClient 4.5 and Jackson, as participants have it, plays scenarios A to D."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from api_server import Live
from api_stage import POSTED_AUCTIONS, served_stage, stage_of

SOURCES = Path(__file__).parent / "java"
JARS = [
    Path("/usr/share/java") / f"{name}.jar"
    for name in (
        "httpclient", "httpcore", "jackson-databind", "jackson-core", "jackson-annotations",
        "commons-logging", "commons-codec",
    )
]  # fmt: skip
MISSING = [name for name in ("javac", "java") if shutil.which(name) is None]
MISSING += [str(jar) for jar in JARS if not jar.exists()]
pytestmark = pytest.mark.skipif(
    bool(MISSING), reason=f"no {', '.join(MISSING)}; .ci/system-packages installs them"
)


@pytest.fixture(scope="module")
def classes(tmp_path_factory) -> str:
    """The class path with the harness on it."""
    folder = tmp_path_factory.mktemp("classes")
    jars = ":".join(map(str, JARS))
    sources = map(str, sorted(SOURCES.glob("*.java")))
    words = ["javac", "--release", "11", "-cp", jars, "-d", str(folder), *sources]
    compiled = subprocess.run(words, capture_output=True, text=True)
    assert compiled.returncode == 0, compiled.stderr
    return f"{folder}:{jars}"


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    with served_stage(tmp_path_factory.mktemp("stage")) as running:
        yield running


def play(live: Live, classes: str, folder: Path, scenario: str, **other: object) -> list[str]:
    """What the scenario did, step by step; fails with Java's own words where a step went wrong."""
    stage = folder / "stage.json"
    stage.write_text(json.dumps({**stage_of(live), **other}))
    words = ["java", "-Xshare:auto", "-cp", classes, "Scenarios", str(stage), scenario]
    played = subprocess.run(words, capture_output=True, text=True, timeout=120)
    assert played.returncode == 0, f"{played.stdout}\n{played.stderr}"
    assert played.stderr == ""
    return played.stdout.splitlines()


@pytest.mark.parametrize(("scenario", "steps"), [("A", 14), ("B", 8), ("C", 21), ("D", 3)])
def test_a_java_client_plays_the_scenario(
    live, classes, tmp_path, scenario, steps, record_property
):
    done = play(live, classes, tmp_path, scenario)
    record_property("counted", f"Apache HttpClient 4.5: scenario {scenario}: {len(done)} steps")
    assert len(done) == steps, done


def test_a_java_client_is_told_that_the_window_is_closed(live, classes, tmp_path):
    market = POSTED_AUCTIONS[0]
    assert play(live, classes, tmp_path, "closed", market=market) == ["ok closed window"]


def test_the_harness_fails_where_the_server_does(live, classes, tmp_path):
    stage = tmp_path / "stage.json"
    stage.write_text(json.dumps({**stage_of(live), "market": "AUC_MN_1999_M01"}))
    words = ["java", "-cp", classes, "Scenarios", str(stage), "closed"]
    played = subprocess.run(words, capture_output=True, text=True, timeout=120)
    assert played.returncode == 1
    assert "wanted MKT0004, found MKT0001" in played.stderr
