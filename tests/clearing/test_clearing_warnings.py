"""What reading a case noticed but accepted is told; names that results use are refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from clearing_cases import grid, matpower_text

from simulator.cli import execute

HEADER = "BidID,Participant,TransactionType,HedgeType,Source,Sink,TOU,Period,CRRID,Point,MW,Price"


def case_folder(path: Path, **tables: str) -> Path:
    path.mkdir()
    network = grid([(1, 2, 0.1, 50), (2, 3, 0.1, 50), (1, 3, 0.1, 50)])
    (path / "network.m").write_text(matpower_text(network))
    (path / "market.toml").write_text('name = "M"\nkind = "auction"\n')
    same = "B,P,BUY,OBL,1,3,ON,2024_M09,,"
    (path / "bids.csv").write_text(f"{HEADER}\n{same}1,0,9\n{same}2,20,9\n")
    for name, text in tables.items():
        (path / f"{name}.csv").write_text(text)
    return path


def test_warnings_of_reading_are_in_the_summary_and_in_the_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    factors = "SourceSink,Type,Biddable,Bus,Factor,TOU\n1,HUB,Yes,1,0.9,\n3,HUB,Yes,3,1,\n"
    case = case_folder(tmp_path / "case", locations=factors, monitord="FromBus,ToBus,Circuit\n")
    assert execute(["clear", str(case), "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    warnings = json.loads((tmp_path / "out" / "summary.json").read_text())["warnings"]
    assert any("monitord.csv" in warning for warning in warnings)
    assert any("locations.csv" in warning for warning in warnings)
    assert all(f"warning: {warning}" in said for warning in warnings)


@pytest.mark.parametrize(("named", "warned"), [("", True), ("1,2,1\n", True), ("2,3,1\n", False)])
def test_monitoring_that_enforces_no_branch_is_told(
    tmp_path: Path, named: str, warned: bool
) -> None:
    case = case_folder(tmp_path / "case", monitored=f"FromBus,ToBus,Circuit\n{named}")
    network = grid([(1, 2, 0.1, 0), (2, 3, 0.1, 50), (1, 3, 0.1, 50)])
    (case / "network.m").write_text(matpower_text(network))
    assert execute(["clear", str(case), "--out", str(tmp_path / "out")]) == 0
    warnings = json.loads((tmp_path / "out" / "summary.json").read_text())["warnings"]
    assert any("monitored.csv" in warning for warning in warnings) == warned


@pytest.mark.parametrize(
    ("table", "text"),
    [
        ("contingencies", "Contingency,FromBus,ToBus,Circuit\nBase Case,1,2,1\n"),
        ("generator_contingencies", "Contingency,Bus,ID\nbase case,1,1\n"),
    ],
)
def test_no_contingency_is_called_base_case(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], table: str, text: str
) -> None:
    case = case_folder(tmp_path / "case", **{table: text})
    assert execute(["clear", str(case), "--out", str(tmp_path / "out")]) != 0
    said = capsys.readouterr()
    assert "a name other than Base Case" in said.out + said.err
    assert f"{table}.csv row 2" in said.out + said.err


def test_unknown_locations_are_named_beside_faults_of_the_network_and_curves_only_as_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = case_folder(tmp_path / "case", outages="FromBus,ToBus,Circuit\n1,9,1\n")
    bids = (case / "bids.csv").read_text()
    more = bids.splitlines()[1:]
    unread = [line.replace("B,P", "U,P", 1) for line in more]
    unread[1] = unread[1].replace(",20,9", ",x,9")
    lost = [line.replace("B,P", "L,P", 1).replace(",1,3,", ",1,77,") for line in more]
    (case / "bids.csv").write_text(bids + "\n".join((*unread, *lost)) + "\n")
    assert execute(["clear", str(case), "--out", str(tmp_path / "out")]) != 0
    said = "".join(capsys.readouterr())
    assert "outages.csv row 2" in said
    assert "Sink 77 is not a location" in said
    assert "MW cannot be read" in said
    assert "2 to 20 points" not in said
    assert "more than 0 MW" not in said
