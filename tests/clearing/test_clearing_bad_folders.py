"""Folders as people really hand them in: all faults in one answer, nothing written over."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from simulator.clearing.folder import clear_folder, read_case_folder
from simulator.domain import Refused

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "auction"


@pytest.fixture
def case(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path / "case"))


def faults(case: Path) -> list[str]:
    with pytest.raises(Refused) as refused:
        read_case_folder(case)
    return [f"{finding.where}: {finding.code}" for finding in refused.value.findings]


def test_bids_are_faulted_also_where_market_and_outages_cannot_be_used(case: Path) -> None:
    market = case / "market.toml"
    market.write_text(market.read_text() + 'limit_scale = nan\ncolour = "red"\n')
    (case / "contingencies.csv").write_text("Contingency,FromBus,ToBus,Circuit\nC1,1,9,1\n")
    bids = (case / "bids.csv").read_text()
    bids = bids.replace(",2,600,9\n", ",2,600,11\n").replace("BUY,OBL,3,2", "SELL,OBL,3,2")
    (case / "bids.csv").write_text(bids.replace(",2,900,5\n", ",2,900,NaN\n"))
    assert faults(case) == [
        "market.toml field colour: CLR0204",
        "market.toml field limit_scale: CLR0208",
        "contingencies.csv row 2 column Circuit: NET_TABLE",
        "bids.csv row 5 column Price: TAB0005",
        "bids.csv row 2: CLR0115",
        "bids.csv row 6 column CRRID: CLR0116",
    ]


def test_files_of_a_spreadsheet_are_read(case: Path) -> None:
    for path in case.iterdir():
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert len(read_case_folder(case).bids) == 3


def test_what_a_double_adds_to_a_figure_is_not_a_fault(case: Path) -> None:
    """0.1 + 0.2 is written as 0.30000000000000004 by every spreadsheet and script."""
    bids = case / "bids.csv"
    plain = read_case_folder(case).bids
    assert bids.read_text().count(",2,900,5\n") == 1
    noisy = ",2,900.0000000000001,4.999999999999999\n"
    bids.write_text(bids.read_text().replace(",2,900,5\n", noisy).replace(",1,0,5", ",1,0.0,5.0"))
    assert read_case_folder(case).bids == plain


@pytest.mark.parametrize("figure", ["inf", "-1e16", "1e400", "sNaN", ""])
def test_figures_are_finite_and_of_sensible_size(case: Path, figure: str) -> None:
    bids = case / "bids.csv"
    bids.write_text(bids.read_text().replace(",2,900,5\n", f",2,900,{figure}\n"))
    assert faults(case) == ["bids.csv row 5 column Price: TAB0005"]


@pytest.mark.parametrize("separator", [";", "\t"])
def test_another_separator_is_one_fault(case: Path, separator: str) -> None:
    bids = case / "bids.csv"
    bids.write_text(bids.read_text().replace(",", separator))
    assert faults(case) == ["bids.csv row 1: TAB0002"]


@pytest.mark.parametrize("there", ["summary.json", "awards.csv", "case/bids.csv"])
def test_what_no_clearing_left_is_not_written_over(case: Path, tmp_path: Path, there: str) -> None:
    out = tmp_path / "out"
    (out / there).parent.mkdir(parents=True)
    (out / there).write_text("precious")
    with pytest.raises(Refused) as refused:
        clear_folder(case, out)
    (finding,) = refused.value.findings
    assert (finding.code, finding.found) == ("CLR0214", there.split("/")[0])
    assert [path.read_text() for path in out.rglob("*") if path.is_file()] == ["precious"]


def test_an_answer_takes_the_place_of_an_earlier_one_but_not_of_the_case(
    case: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    clear_folder(case, out)
    awards = (out / "awards.csv").read_bytes()
    clear_folder(out / "case", out)
    assert (out / "awards.csv").read_bytes() == awards
    for place in (case, case / "bids.csv"):
        with pytest.raises(Refused) as refused:
            clear_folder(case, place)
        assert [finding.code for finding in refused.value.findings] == ["CLR0214"]
    assert sorted(path.name for path in case.iterdir()) == ["bids.csv", "market.toml", "network.m"]
