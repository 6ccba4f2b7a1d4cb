"""`marketsim network info` and `ptdf` of a folder: its contingencies, machines among them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simulator.cli import execute

BUSES = "1,'ONE',230.0,3\n2,'TWO',230.0,2\n3,'THREE',230.0,1\n"
MACHINES = (
    "1,'1',0,0,0,0,1,0,100,0,1,0,0,1,1,100,80,0\n"
    "2,'1',0,0,0,0,1,0,100,0,1,0,0,1,1,100,30,0\n"
    "2,'2',0,0,0,0,1,0,100,0,1,0,0,1,1,100,90,0\n"
)
LINES = "1,2,'1',0.0,0.1\n1,3,'1',0.0,0.1\n2,3,'1',0.0,0.1\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three equal lines, machines at two of the buses."""
    sections = [BUSES, "", MACHINES, LINES, *[""] * 12]
    text = "0,100.0,30 / small\none\ntwo\n" + "".join(f"{part}0 / END\n" for part in sections)
    (tmp_path / "network.raw").write_text(text)
    (tmp_path / "contingencies.csv").write_text(
        "Contingency,FromBus,ToBus,Circuit\nLINE,1,3,1\nRAS,1,3,1\n"
    )
    (tmp_path / "generator_contingencies.csv").write_text(
        "Contingency,Bus,ID\nPLANT,1,\nRAS,1,1\nUNIT,2,2\n"
    )
    return tmp_path


def answer(capsys, *arguments: object) -> dict:
    assert execute(["network", *map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_info_of_a_folder_counts_its_contingencies(folder: Path, capsys) -> None:
    facts = answer(capsys, "info", folder)
    assert (facts["contingencies"], facts["generator_contingencies"]) == (4, 3)
    assert facts["generators"] == 3
    assert "contingencies" not in answer(capsys, "info", folder / "network.raw")


@pytest.mark.parametrize(
    ("outage", "flows"),
    [
        ("LINE", [30, 0, 30]),
        ("PLANT", [-10, 10, 20]),  # all 30 MW from bus 2 instead
        ("1,1", [-10, 10, 20]),
        ("RAS", [0, 0, 30]),
        ("UNIT", [10, 20, 10]),  # nothing of the transfer is injected there
        ("3,1,1", [30, 0, 30]),
    ],
)
def test_ptdf_after_an_outage_by_name_branch_or_machine(
    folder: Path, capsys, outage: str, flows: list[float]
) -> None:
    found = answer(
        capsys, "ptdf", folder, "--source", 1, "--sink", 3, "--mw", 30, "--outage", outage
    )
    assert [item["mw"] for item in found["flows"]] == pytest.approx(flows)


def test_part_of_a_plant_is_lost_in_proportion(folder: Path, capsys) -> None:
    """Bus 2 injects 24 MW, 18 of them by machine 2; of these 80/110 come from bus 1 instead."""
    found = answer(
        capsys, "ptdf", folder, "--source", 2, "--sink", 3, "--mw", 24, "--outage", "2,2"
    )
    from_one = 18 * 80 / 110
    expected = [(2 * from_one - 24) / 3, (24 + from_one) / 3, (48 - from_one) / 3]
    assert [item["mw"] for item in found["flows"]] == pytest.approx(expected)


@pytest.mark.parametrize("outage", ["NOBODY", "9,1", "2,7", "1,2,3", "a,b"])
def test_an_outage_that_names_nothing_is_refused_in_words(
    folder: Path, capsys, outage: str
) -> None:
    ends = ["--source", "1", "--sink", "3"]
    code = execute(["network", "ptdf", str(folder), *ends, "--outage", outage])
    said = capsys.readouterr().err
    assert code == 2
    assert "--outage" in said
    assert "Traceback" not in said
