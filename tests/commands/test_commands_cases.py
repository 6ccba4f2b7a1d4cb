"""`clear`, `verify`, `explain` and `settle`, from the worked examples' files to their figures."""

from __future__ import annotations

import csv
import json
import shutil

import pytest
from commands_desk import EXAMPLES, marketsim


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def auction(tmp_path_factory):
    """Worked example C3, cleared."""
    out = tmp_path_factory.mktemp("auction")
    assert marketsim("clear", EXAMPLES / "auction", "--out", out).code == 0
    return out


def test_clear_c3_awards_500_900_and_100(auction):
    got = {row["BidID"]: row for row in rows(auction / "awards.csv")}
    assert {name: float(row["AwardedMW"]) for name, row in got.items()} == {
        "A": 500.0, "B": 900.0, "C": 100.0,
    }  # fmt: skip
    assert [float(got[name]["ClearingPrice"]) for name in "ABC"] == [9.0, 4.5, -4.5]


def test_clear_json_is_the_summary_and_nothing_else(tmp_path):
    answer = marketsim("clear", EXAMPLES / "auction", "--out", tmp_path / "o", "--json")
    assert answer.json["problems"][0]["objective"] == pytest.approx(8800)
    assert answer.json["problems"][0]["relative_gap"] < 1e-6
    assert answer.err == ""
    written = json.loads((tmp_path / "o" / "summary.json").read_text())
    assert set(written) == set(answer.json)


def test_clear_c5_allocation_gives_70_and_90(tmp_path):
    assert marketsim("clear", EXAMPLES / "allocation", "--out", tmp_path / "o").code == 0
    got = {r["NominationID"]: float(r["AwardedMW"]) for r in rows(tmp_path / "o" / "awards.csv")}
    assert got == {"N1": 70.0, "N2": 90.0}
    assert marketsim("verify", tmp_path / "o").code == 0


def test_clear_from_its_own_copy_writes_the_same_files(auction, tmp_path):
    assert marketsim("clear", auction / "case", "--out", tmp_path / "o").code == 0
    for name in ("awards.csv", "clearing_prices.csv", "binding_constraints.csv", "case/bids.csv"):
        assert (tmp_path / "o" / name).read_bytes() == (auction / name).read_bytes()


def test_verify_passes_what_was_cleared_and_says_each_check(auction):
    answer = marketsim("verify", auction)
    assert answer.code == 0
    assert " 0 failed" in answer.out
    assert marketsim("verify", auction, "--json").json["ok"] is True


def test_verify_finds_an_award_that_was_raised_and_leaves_with_1(auction, tmp_path):
    forged = shutil.copytree(auction, tmp_path / "forged")
    awards = (forged / "awards.csv").read_text()
    assert awards.count("ON,2024_M04,500") == 1
    (forged / "awards.csv").write_text(awards.replace("ON,2024_M04,500", "ON,2024_M04,501"))
    answer = marketsim("verify", forged)
    assert answer.code == 1
    assert "FAIL awards feasible" in answer.out


def test_explain_adds_up_to_the_clearing_price(auction):
    reason = marketsim("explain", auction, "A", "--json").json
    assert reason["awarded_mw"] == 500.0
    assert sum(part["usd_per_mw"] for part in reason["limits"]) == pytest.approx(9.0)
    assert reason["price_that_wins_all"] == 10.0
    told = marketsim("explain", auction, "A")
    assert told.code == 0
    assert "clearing price 9.00" in told.out


def test_settle_c7_pays_1850_925_and_takes_350(tmp_path):
    summary = marketsim("settle", EXAMPLES / "settlement", "--out", tmp_path / "o", "--json").json
    assert summary["residual_usd"] == 0.0
    assert summary["paid_to_holders_usd"] == summary["congestion_revenue_usd"] == 2425.0
    paid = dict.fromkeys(("H1", "H2", "H3"), 0.0)
    for row in rows(tmp_path / "o" / "statements.csv"):
        paid[row["Owner"]] += float(row["AmountUSD"])
    assert paid == {"H1": 1850.0, "H2": 925.0, "H3": -350.0}


def broken(tmp_path, example, file, old, new):
    case = shutil.copytree(EXAMPLES / example, tmp_path / "case")
    text = (case / file).read_text()
    assert old in text
    (case / file).write_text(text.replace(old, new))
    return case


def test_clear_names_every_fault_with_file_row_and_column(tmp_path):
    right, wrong = "A,ALDER,BUY,OBL,1,3,ON,2024_M04,,1", "A,ALDER,BOY,OBL,1,3,ONN,2024_M04,,1"
    case = broken(tmp_path, "auction", "bids.csv", right, wrong)
    answer = marketsim("clear", case, "--out", tmp_path / "out")
    assert answer.code == 2
    for words in ("bids.csv row 2", "TransactionType", "BOY", "TOU", "allowed", "remedy"):
        assert words in answer.err
    assert answer.out == ""
    assert not (tmp_path / "out" / "awards.csv").exists()


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("market.toml", '"auction"', '"bazaar"', ("market.toml", "bazaar", "auction")),
        ("bids.csv", ",Price", ",Prize", ("Prize", "bids.csv row 1")),
        ("bids.csv", "2,900,5", "2,900,nan", ("bids.csv row 5", "Price", "nan")),
        ("bids.csv", "2,900,5", "2,900,6", ("bids.csv row 4", "rises", "5 6")),
        ("network.m", "1 2 0 0.1", "1 7 0 0.1", ("network.m", "7")),
        ("network.m", "mpc.branch", "mpc.brunch", ("branch",)),
    ],
)
def test_clear_refuses_what_is_wrong(tmp_path, file, old, new, words):
    case = broken(tmp_path, "auction", file, old, new)
    answer = marketsim("clear", case, "--out", tmp_path / "out")
    assert answer.code == 2
    for word in words:
        assert word in answer.err


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("calendar.toml", '"2024-06"', '"2024-13"', ("calendar.toml", "2024-13")),
        ("crrs.csv", "OBL,A,B,ON,60", "OBL,A,B,ON,-60", ("crrs.csv row 2", "MW", "-60")),
        ("shadow_prices.csv", "T08:00:00-07:00", "T08:30:00", ("shadow_prices.csv row 3", "Hour")),
        ("congestion_revenue.csv", "RevenueUSD", "Revenue", ("congestion_revenue.csv row 1",)),
        ("congestion_revenue.csv", "K,425", "L,425", ("K",)),
    ],
)
def test_settle_refuses_what_is_wrong(tmp_path, file, old, new, words):
    case = broken(tmp_path, "settlement", file, old, new)
    answer = marketsim("settle", case, "--out", tmp_path / "out")
    assert answer.code == 2
    assert "remedy" in answer.err
    for word in words:
        assert word in answer.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("clear", "nowhere", "--out", "out"),
        ("settle", "nowhere", "--out", "out"),
        ("verify", "nowhere"),
        ("explain", "nowhere", "A"),
        ("clear", EXAMPLES / "auction"),
        ("clear", EXAMPLES / "auction", "--out", "out", "--workers", "0"),
        ("clear", EXAMPLES / "auction", "--out", "/dev/null/out"),
        ("settle", EXAMPLES / "settlement", "--out", "/dev/null/out"),
    ],
    ids=lambda arguments: " ".join(map(str, arguments[:2])),
)
def test_bad_usage_leaves_with_2_and_words_on_standard_error(tmp_path, arguments):
    answer = marketsim(*arguments, cwd=tmp_path)
    assert answer.code == 2
    assert answer.err
    assert answer.out == ""


def test_explain_says_that_there_is_no_such_folder(tmp_path):
    answer = marketsim("explain", tmp_path / "nowhere", "A")
    assert answer.code == 2
    assert "a folder left by" in answer.err


def test_explain_names_an_id_that_is_not_there(auction):
    answer = marketsim("explain", auction, "Z9")
    assert answer.code == 2
    assert "Z9" in answer.err
