"""`verify` and `explain` on the folder of a run."""

from __future__ import annotations

import csv
import shutil

import pytest
from commands_desk import marketsim


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The default scenario until its first results are out."""
    out = tmp_path_factory.mktemp("run")
    answer = marketsim("run", "--until", "w1-t1-post", "--out", out, "--json")
    assert answer.code == 0, answer.err
    return out


@pytest.fixture(scope="module")
def tables(run):
    found = sorted((run / "published").rglob("awards.csv"))
    assert found
    return found


def test_every_product_of_a_run_passes_the_second_opinion(run, tables):
    verification = marketsim("verify", run, "--json").json
    assert verification["ok"] is True
    said = str(verification)
    for table in tables:
        assert table.parent.name in said


def test_an_award_that_was_raised_in_a_run_is_found(run, tables, tmp_path):
    forged = shutil.copytree(run, tmp_path / "forged")
    table = forged / tables[0].relative_to(run)
    lines = table.read_text().splitlines(keepends=True)
    names, first = lines[0].strip().split(","), lines[1].strip().split(",")
    place = names.index("AwardedMW")
    first[place] = f"{float(first[place]) + 1:.3f}"
    table.write_text("".join([lines[0], ",".join(first) + "\n", *lines[2:]]))
    answer = marketsim("verify", forged)
    assert answer.code == 1
    assert f"FAIL {table.parent.relative_to(forged / 'published').as_posix()}" in answer.out


def test_explain_finds_the_market_of_a_nomination_by_its_id(run, tables):
    with tables[0].open(encoding="utf-8", newline="") as file:
        row = max(csv.DictReader(file), key=lambda row: float(row["NominatedMW"]))
    reason = marketsim("explain", run, row["NominationID"], "--json").json
    assert reason["participant"] == row["Participant"]
    assert reason["awarded_mw"] == float(row["AwardedMW"])
    assert reason["cut_share"] == pytest.approx(
        1 - float(row["AwardedMW"]) / float(row["NominatedMW"]), abs=1e-9
    )


def test_explain_names_an_id_that_no_market_has(run):
    answer = marketsim("explain", run, "nobody")
    assert answer.code == 2
    assert "nobody" in answer.err
