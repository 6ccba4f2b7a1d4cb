"""The shadow-settlement kit: enough for its owner, nothing of anybody else."""

from __future__ import annotations

import io
import json
import zipfile

from settlement_cases import THURSDAY, c7
from settlement_random import random_case, shuffled

from simulator.settlement import compare, settle
from simulator.settlement.kit import day_kits, kit_zip, kits, true_up_kits


def test_the_kit_holds_its_owners_lines_rights_and_lineage_only() -> None:
    files = kits(settle(c7()), "the month")["H1"]

    assert "H2" not in "".join(files.values())
    assert files["crrs.csv"].splitlines()[1:] == [
        "1,H1,OBL,A,B,ON,60,2024-06-01,2024-06-30",
    ]
    assert len(files["statements.csv"].splitlines()) == 1 + 3


def test_the_deficit_follows_from_the_kit_alone() -> None:
    """Hour 1: rate 600/1800 on 60 MW x 20 USD is the 400 of C7."""
    rows = [
        json.loads(row)
        for row in kits(settle(c7()), "the month")["H1"]["lineage.jsonl"].splitlines()
    ]
    (hour, *_) = (row for row in rows if row.get("input") == "hour")
    (congestion,) = hour["constraints"]
    (rights,) = (row for row in rows if row.get("input") == "rights")

    mw = float(rights["crrs"][0]["mw"])
    assert mw * float(congestion["shadow_price"]) * congestion["deficit_rate"] == 400


def test_our_kit_compares_with_our_statements() -> None:
    result = settle(random_case(5))
    files = kits(result, "the month")["O1"]

    assert compare(files["statements.csv"], result.lines, "statements.csv") == ()


def test_the_zip_is_the_same_bytes_whatever_the_order_of_the_input() -> None:
    given = random_case(6)
    first = kit_zip(kits(settle(given), "the month")["O2"])

    assert kit_zip(kits(settle(shuffled(given, 1)), "the month")["O2"]) == first
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert archive.namelist() == ["README.txt", "crrs.csv", "lineage.jsonl", "statements.csv"]
        assert archive.testzip() is None


def test_a_day_and_its_months_true_up_have_kits_of_their_own() -> None:
    given = c7()
    day = day_kits(given, THURSDAY)["H1"]
    true_up = true_up_kits(settle(given))["H1"]

    amounts = [row.split(",")[-1] for row in day["statements.csv"].splitlines()[1:]]
    assert amounts == ["2100.00", "-400.00"]
    assert true_up["statements.csv"].splitlines()[1].endswith("150.00")
    assert '"give_back_rate"' in true_up["lineage.jsonl"]
    assert '"give_back_rate"' not in day["lineage.jsonl"]
