"""A run replaces what a run left, and never what somebody else put there."""

from __future__ import annotations

import pytest

from simulator.cli import execute


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
