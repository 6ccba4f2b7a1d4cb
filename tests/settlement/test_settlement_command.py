"""`marketsim settle` as a person at a terminal meets it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from simulator.cli import execute

EXAMPLE = Path(__file__).resolve().parents[2] / "docs/examples/settlement"


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    assert execute(["settle", str(EXAMPLE), "--out", str(tmp_path / "ours")]) == 0
    return tmp_path / "ours"


def compared(ours: Path, theirs: str, *options: str) -> int:
    file = ours.parent / "mine.csv"
    file.write_text(theirs, encoding="utf-8")
    arguments = ["settle", str(EXAMPLE), "--out", str(ours.parent / "again"), "--compare"]
    return execute([*arguments, str(file), *options])


def test_our_own_statements_do_not_differ(ours: Path, capsys) -> None:
    assert compared(ours, (ours / "statements.csv").read_text(encoding="utf-8")) == 0
    assert "lines that differ: 0" in capsys.readouterr().out
    assert len((ours.parent / "again/comparison.csv").read_text().splitlines()) == 1


def test_each_line_that_differs_is_named_and_the_command_fails(ours: Path, capsys) -> None:
    lines = (ours / "statements.csv").read_text(encoding="utf-8").splitlines()
    changed = next(n for n, line in enumerate(lines) if line.startswith("H1,2024-06-13"))
    cells = lines[changed].split(",")
    lines[changed] = ",".join([*cells[:-1], "2100.01"])
    missing = next(n for n, line in enumerate(lines) if line.startswith("H2,2024-06-13"))
    removed = lines.pop(missing)
    lines.append("H3,2024-06-20,2024-06-25,6700,5.00")

    assert compared(ours, "\n".join(lines) + "\n") == 1
    said = capsys.readouterr().out
    assert "H1, 2024-06-13, charge code 6700: yours 2,100.01 USD, ours 2,100.00 USD" in said
    assert f"ours {float(removed.split(',')[-1]):,.2f} USD" in said
    assert "yours no line" in said
    with (ours.parent / "again/comparison.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["Owner"], row["YoursUSD"]) for row in rows] == [
        ("H1", "2100.01"), ("H2", ""), ("H3", "5.00"),
    ]  # fmt: skip
    assert rows[2]["OursUSD"] == ""
    assert rows[0]["DifferenceUSD"] == "-0.01"


def test_the_differences_are_in_the_json(ours: Path, capsys) -> None:
    capsys.readouterr()
    theirs = (
        "Owner,TradingDay,StatementDate,ChargeCode,AmountUSD\nH1,2024-06-12,2024-06-18,6700,1.00\n"
    )
    assert compared(ours, theirs, "--json") == 1
    found = json.loads(capsys.readouterr().out)
    assert found["residual_usd"] == 0.0
    assert found["differences"] == [
        {
            "owner": "H1",
            "trading_day": "2024-06-12",
            "charge_code": "6700",
            "yours_usd": "1.00",
            "ours_usd": None,
            "difference_usd": "-1.00",
        }
    ]
    assert found["lines_compared"] == 1
    assert found["trading_days_compared"] == ["2024-06-12"]
    assert "2024-06-13" in found["trading_days_not_compared"]


def test_only_the_trading_days_that_the_file_names_are_compared(ours: Path, capsys) -> None:
    header, *lines = (ours / "statements.csv").read_text(encoding="utf-8").splitlines()
    day = [line for line in lines if ",2024-06-13," in line]
    assert 0 < len(day) < len(lines)
    assert compared(ours, "\n".join([header, *day]) + "\n") == 0
    said = capsys.readouterr().out
    assert f"lines compared: {len(day)}, of the 1 trading days from 2024-06-13" in said
    assert "trading days of ours that it does not name: " in said


def test_a_clawback_of_an_earlier_case_does_not_stay(ours: Path) -> None:
    (ours / "clawback.csv").write_text("Owner,TradingDay,TOU,Cause,AmountUSD\n")
    assert execute(["settle", str(EXAMPLE), "--out", str(ours)]) == 0
    assert not (ours / "clawback.csv").exists()


@pytest.mark.parametrize(
    ("theirs", "code"),
    [
        ("Owner,TradingDay\nH1,2024-06-13\n", "TAB0002"),
        ("Owner,TradingDay,ChargeCode,AmountUSD\nH1,2024-06-31,6700,1.005\n", "TAB0005"),
        ("Owner,TradingDay,ChargeCode,AmountUSD\n", "SETTLE_COMPARE_EMPTY"),
        (
            "Owner,TradingDay,ChargeCode,AmountUSD\nH9,2024-06-13,6700,1.00\n",
            "SETTLE_COMPARE_OWNER",
        ),
    ],
)
def test_a_file_that_cannot_be_compared_is_refused(ours: Path, theirs, code, capsys) -> None:
    assert compared(ours, theirs) == 2
    assert code in capsys.readouterr().err


def test_a_file_that_is_not_there_or_not_text_is_refused(tmp_path: Path, capsys) -> None:
    (tmp_path / "mine.csv").write_bytes(b"\xff\xfe\x00")
    for name, code in (("none.csv", "CLI0001"), ("mine.csv", "SETTLE_FILE_UNREADABLE")):
        arguments = ["settle", str(EXAMPLE), "--out", str(tmp_path / "out"), "--compare"]
        assert execute([*arguments, str(tmp_path / name)]) == 2
        assert code in capsys.readouterr().err


def test_warnings_go_to_standard_error_only(ours: Path, capsys) -> None:
    capsys.readouterr()
    assert execute(["settle", str(EXAMPLE), "--out", str(ours), "--json"]) == 0
    said = capsys.readouterr()
    assert "SETTLE_LOCATION_WITHOUT_FACTORS" in said.err
    assert said.err.startswith("warning: B:")
    json.loads(said.out)
