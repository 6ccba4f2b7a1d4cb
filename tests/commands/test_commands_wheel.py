"""An installed wheel is the whole product: it runs the default scenario from any directory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest
from commands_desk import ROOT, marketsim

# The user's command knows nothing of this repository: no path to it, no leftovers of a test run.
CLEAN = {
    name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PIP"))
}


def quietly(*arguments: object, cwd: Path, timeout: float = 120) -> str:
    done = subprocess.run(
        [*map(str, arguments)], cwd=cwd, env=CLEAN, capture_output=True, text=True, timeout=timeout
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """The program of a fresh environment with nothing in it but the wheel and its libraries."""
    place = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
    build = subprocess.run(
        [*pip, "wheel", "--no-build-isolation", "--no-deps", "--no-index", "-w", place, ROOT],
        cwd=place, capture_output=True, text=True, timeout=180,
    )  # fmt: skip
    assert build.returncode == 0, build.stderr
    wheel = next(place.glob("*.whl"))
    home = place / "environment"
    venv.create(home, with_pip=False, symlinks=True)
    python = home / "bin" / "python"
    quietly(*pip, "--python", python, "install", "--no-deps", "--no-index", wheel, cwd=place)
    libraries = quietly(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))",
                        cwd=place).strip()  # fmt: skip
    # A line of a .pth file adds this environment's libraries, but not its link to the sources.
    Path(libraries, "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return home / "bin" / "marketsim"


def test_the_wheel_and_not_the_sources_are_run(installed, tmp_path):
    python = installed.with_name("python")
    where = quietly(python, "-c", "import simulator; print(simulator.__file__)", cwd=tmp_path)
    assert where.startswith(str(installed.parents[1]))


def test_the_wheel_runs_the_default_scenario_from_any_directory(installed, tmp_path):
    said = quietly(installed, "run", "--until", "w1-t1-post", "--json", cwd=tmp_path)
    assert (tmp_path / "out" / "market-sim" / "report.html").stat().st_size > 10_000
    done = {event["id"] for event in json.loads(said)["events"] if event["status"] == "done"}
    assert "w1-t1-post" in done
    out = tmp_path / "sources"
    ours = marketsim("run", "--until", "w1-t1-post", "--out", out, "--json")
    assert json.loads(said) == ours.json


def test_the_wheel_ships_every_file_of_the_data_folders(installed):
    package = next(installed.parents[1].glob("lib/*/site-packages/simulator"))
    tracked = subprocess.run(
        ["git", "ls-files", "scenarios", "fixtures", "features"],
        cwd=ROOT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    if tracked.returncode:
        pytest.skip("not a git clone: the list of tracked files is not known")
    names = tracked.stdout.split("\n")[:-1]
    assert len(names) > 20
    assert not [name for name in names if not (package / "_data" / name).is_file()]


def test_the_wheel_carries_licence_and_notice(installed):
    site = next(installed.parents[1].glob("lib/*/site-packages"))
    carried = {path.name for path in site.glob("crr_market_sim-*.dist-info/licenses/*")}
    assert {"LICENSE", "NOTICE"} <= carried


def test_the_wheel_reads_features_from_any_directory(installed, tmp_path):
    (tmp_path / "mine.feature").write_text(
        "Feature: mine\n  Scenario: unknown\n    Given a step that nobody ever defined\n"
    )
    done = subprocess.run(
        [installed, "feature", "mine.feature"],
        cwd=tmp_path, env=CLEAN, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode in (1, 2)
    assert "a step that nobody ever defined" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
