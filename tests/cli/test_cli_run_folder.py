"""A run replaces what a run left, and never what somebody else put there."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.clearing.interior import SolverFailed
from simulator.cli import execute

SHORT_RUN = Path(__file__).resolve().parents[1] / "engine" / "short_run.toml"
CLEARED = "t1-post"


def run(out, *options: str) -> int:
    return execute(["run", "--out", str(out), "--until", "w1-setup", *options])


@pytest.mark.parametrize("options", [(), ("--resume",)])
@pytest.mark.parametrize("name", ["private/id_rsa", "published/keep/thesis.txt", "report.html"])
def test_a_strangers_files_are_refused_and_stay(tmp_path, capsys, name, options):
    precious = tmp_path / name
    precious.parent.mkdir(parents=True, exist_ok=True)
    precious.write_text("precious")
    before = sorted(tmp_path.rglob("*"))
    assert run(tmp_path, *options) == 2
    assert "RUN0007" in capsys.readouterr().err
    assert precious.read_text() == "precious"
    assert sorted(tmp_path.rglob("*")) == before


def test_a_run_may_replace_a_run_and_leaves_other_files_alone(tmp_path):
    assert run(tmp_path) == 0
    (tmp_path / "notes.txt").write_text("mine")
    first = (tmp_path / "summary.json").read_bytes()
    assert run(tmp_path, "--seed", "9") == 0
    assert (tmp_path / "summary.json").read_bytes() != first
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_market_that_no_solver_solves_is_named_and_its_case_kept(tmp_path, capsys, monkeypatch):
    def fails(*_):
        raise SolverFailed("limits were still violated")

    monkeypatch.setattr("simulator.market.clearing.clear", fails)
    out = tmp_path / "run"
    assert execute(["run", str(SHORT_RUN), "--out", str(out)]) == 1
    said = capsys.readouterr().err
    assert "limits were still violated" in said
    assert f"marketsim clear {out / 'unsolved'}" in said
    monkeypatch.undo()
    assert execute(["clear", str(out / "unsolved"), "--out", str(tmp_path / "again")]) == 0
    assert execute(["verify", str(tmp_path / "again")]) == 0
    assert execute(["run", str(SHORT_RUN), "--out", str(out), "--resume", "--until", CLEARED]) == 0
