"""The case folder: reading it, every fault at once, and the files that come out."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from pathlib import Path

import pytest

from simulator import settlement
from simulator.domain import Refused
from simulator.settlement import settle
from simulator.settlement.folder import read_settlement_folder
from simulator.settlement.report import write_settlement

C7 = {
    "calendar.toml": """
        month = "2024-06"
        timezone = "America/Los_Angeles"
        holidays = ["2024-06-19"]
        statement_offset_business_days = 3
    """,
    "crrs.csv": """
        CRRID,Owner,HedgeType,Source,Sink,TOU,MW,StartDate,EndDate
        1,H1,OBL,A,B,ON,60,2024-06-01,2024-06-30
        2,H2,OBL,A,B,ON,30,2024-06-01,2024-06-30
        3,H3,OBL,B,A,ON,10,2024-06-14,2024-06-14
    """,
    "shadow_prices.csv": """
        Hour,Constraint,ShadowPrice
        2024-06-14T07:00:00-07:00,K,20
        2024-06-14T15:00:00+00:00,K,10
        2024-06-14T16:00:00Z,K,5
    """,
    "shift_factors.csv": """
        Hour,Constraint,SourceSink,ShiftFactor
        ,K,A,1
        2024-06-14T16:00:00Z,K,A,1.0
    """,
    "congestion_revenue.csv": """
        Hour,Constraint,RevenueUSD
        2024-06-14T07:00:00-07:00,K,1000
        2024-06-14T08:00:00-07:00,K,1000
        2024-06-14T09:00:00-07:00,K,425
    """,
    "auction_awards.csv": """
        CRRID,Owner,TransactionType,MW,ClearingPrice
        1,H1,BUY,60,-7.35
    """,
}


def folder(path: Path, **changes: str | None) -> Path:
    """C7 as a case folder, with `changes` by file name without its ending; None leaves one out."""
    path.mkdir(exist_ok=True)
    for name, text in C7.items():
        changed = changes.get(name.partition(".")[0], text)
        if changed is not None:
            lines = [line.strip() for line in changed.strip().splitlines()]
            (path / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def codes(path: Path) -> list[str]:
    with pytest.raises(Refused) as refused:
        read_settlement_folder(path)
    return sorted(finding.code for finding in refused.value.findings)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture
def settled(tmp_path: Path) -> Path:
    result = settle(read_settlement_folder(folder(tmp_path / "case")))
    write_settlement(result, tmp_path / "out")
    return tmp_path / "out"


def test_statements_carry_days_codes_and_cents(settled: Path) -> None:
    lines = [",".join(row.values()) for row in rows(settled / "statements.csv")]

    assert lines == [
        "H1,2024-06-01,2024-06-05,6798,441.00",
        "H1,2024-06-14,2024-06-20,6700,2100.00",
        "H1,2024-06-14,2024-06-20,CRR_ADJUSTMENT,-400.00",
        "H1,2024-06-30,2024-07-03,CRR_ADJUSTMENT,150.00",
        "H2,2024-06-14,2024-06-20,6700,1050.00",
        "H2,2024-06-14,2024-06-20,CRR_ADJUSTMENT,-200.00",
        "H2,2024-06-30,2024-07-03,CRR_ADJUSTMENT,75.00",
        "H3,2024-06-14,2024-06-20,6700,-350.00",
    ]


def test_the_readme_names_every_file_and_its_columns(settled: Path) -> None:
    readme = Path(settlement.__file__).with_name("README.md").read_text(encoding="utf-8")

    for path in sorted(settled.glob("*.csv")):
        header = path.read_text(encoding="utf-8").splitlines()[0]
        assert f"| `{path.name}` | `{header}` |" in readme


def test_the_monthly_statement_is_the_sum_of_the_daily_ones(settled: Path) -> None:
    daily = rows(settled / "statements.csv")
    monthly = rows(settled / "monthly.csv")
    assert {row["Month"] for row in monthly} == {"2024-06"}
    for row in monthly:
        amounts = [
            Decimal(line["AmountUSD"])
            for line in daily
            if (line["Owner"], line["ChargeCode"]) == (row["Owner"], row["ChargeCode"])
        ]
        assert sum(amounts) == Decimal(row["AmountUSD"])
    assert len(monthly) == len({(line["Owner"], line["ChargeCode"]) for line in daily})


def test_summary_adds_up_to_nothing_left(settled: Path) -> None:
    summary = json.loads((settled / "summary.json").read_text(encoding="utf-8"))

    assert summary["paid_to_holders_usd"] == 2425
    assert summary["congestion_revenue_usd"] == 2425
    assert summary["auction_net_usd"] == -441
    assert summary["balancing_account_usd"] == -441
    assert summary["residual_usd"] == 0
    assert summary["warnings"] == [
        {
            "code": "SETTLE_LOCATION_WITHOUT_FACTORS",
            "message": "the location has no shift factor on any constraint and counts as 0",
            "where": "B",
            "found": "3 rights, first 1",
            "allowed": "a location that the shift factors list, or a reference location",
            "remedy": "check its spelling, or map a retired location to its replacement",
            "rule": "rulebook 6.1",
        }
    ]


def test_hourly_and_monthly_files_agree_with_c7(settled: Path) -> None:
    hourly = {
        (row["Hour"], row["Owner"]): (float(row["NotionalValueUSD"]), float(row["DeficitUSD"]))
        for row in rows(settled / "hourly.csv")
    }
    assert hourly["2024-06-14T07:00:00-07:00", "H1"] == (1200, 400)
    assert hourly["2024-06-14T09:00:00-07:00", "H3"] == (-50, 0)
    offsets = [float(row["OffsetUSD"]) for row in rows(settled / "hourly_constraints.csv")]
    assert offsets == [-600, 200, 25]
    (month,) = rows(settled / "constraint_month.csv")
    assert (float(month["GiveBackUSD"]), float(month["UnrecoveredUSD"])) == (225, 375)
    assert [row["AdjustmentUSD"] for row in rows(settled / "adjustments.csv")] == [
        "-250.000000",
        "-125.000000",
    ]


def test_the_account_runs_to_its_balance(settled: Path) -> None:
    entries = rows(settled / "balancing_account.csv")

    assert entries[-1]["BalanceUSD"] == "-441.00"
    assert {row["Entry"] for row in entries} == {
        "ADJUSTMENT",
        "AUCTION",
        "CONGESTION_REVENUE",
        "HOURLY_SETTLEMENT",
    }


def test_an_empty_list_of_holidays_has_no_holidays_and_none_means_federal(tmp_path: Path) -> None:
    no_holidays = folder(tmp_path / "a", calendar='month = "2024-06"\nholidays = []')
    federal = folder(tmp_path / "b", calendar='month = "2024_M06"')
    dates = [
        {str(line.statement_date) for line in settle(read_settlement_folder(path)).lines}
        for path in (no_holidays, federal)
    ]

    assert "2024-06-19" in dates[0]
    assert "2024-06-20" in dates[1]


def test_hours_belong_to_the_time_zone_of_the_calendar(tmp_path: Path) -> None:
    """The three hours are before seven in the morning of Samoa: off-peak, nobody is paid."""
    path = folder(tmp_path / "case", calendar='month = "2024-06"\ntimezone = "Pacific/Pago_Pago"')

    assert settle(read_settlement_folder(path)).summary()["paid_to_holders_usd"] == 0


def test_every_missing_file_is_named(tmp_path: Path) -> None:
    path = folder(tmp_path / "case", crrs=None, shift_factors=None, auction_awards=None)

    with pytest.raises(Refused) as refused:
        read_settlement_folder(path)
    found = [f for f in refused.value.findings if f.code == "SETTLE_FILE_MISSING"]
    assert {f.allowed for f in found} == {
        "calendar.toml, crrs.csv, shadow_prices.csv, shift_factors.csv, congestion_revenue.csv"
    }, "those that a case must have, no others"
    missing = [f.where for f in found]
    assert missing == [str(path / "crrs.csv"), str(path / "shift_factors.csv")]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"calendar": "month = 6"}, ["SCN_TYPE"]),
        ({"calendar": 'month = "June"'}, ["SETTLE_MONTH"]),
        ({"calendar": 'month = "2024-06"\ncolour = "red"'}, ["SCN_UNKNOWN_FIELD"]),
        ({"calendar": 'month = "2024-06"\ntimezone = "Mars"'}, ["SETTLE_TIMEZONE"]),
        ({"calendar": 'month = "2024-06"\nholidays = ["soon"]'}, ["SETTLE_HOLIDAYS"]),
        ({"calendar": 'month = "2024-07"'}, ["SETTLE_HOUR_OUTSIDE"] * 3),
        (
            {"shadow_prices": C7["shadow_prices.csv"] + "2024-06-14T14:00:00Z,K,9"},
            ["SETTLE_ROW_TWICE"],
        ),
        (
            {"shadow_prices": C7["shadow_prices.csv"] + "2024-06-14T17:00:00Z,K,9"},
            ["SETTLE_REVENUE_MISSING"],
        ),
        (
            {"shadow_prices": C7["shadow_prices.csv"] + "2024-06-14T17:00:00,K,9"},
            ["TAB0005"],
        ),
        (
            {"shadow_prices": C7["shadow_prices.csv"] + "2024-06-14T17:30:00Z,K,x"},
            ["TAB0005", "TAB0005"],
        ),
        (
            {"shift_factors": "Hour,Constraint,SourceSink,ShiftFactor\n2024-06-14T16:00Z,K,A,1"},
            ["SETTLE_FACTORS_MISSING"],
        ),
        (
            {"shift_factors": C7["shift_factors.csv"] + ",K,A,0.5"},
            ["SETTLE_ROW_TWICE"],
        ),
        (
            {"congestion_revenue": C7["congestion_revenue.csv"] + "2024-06-14T16:00Z,L,1"},
            ["SETTLE_CONSTRAINT_UNKNOWN"],
        ),
        (
            {"crrs": C7["crrs.csv"] + "4,H1,OBL,A,A,ON,0,2024-06-31,9999-12-31"},
            ["TAB0005", "TAB0005", "TAB0005"],
        ),
        (
            {"crrs": C7["crrs.csv"] + "1,H1,OBL,A,A,ON,1.5,2024-06-30,2024-06-29"},
            ["SETTLE_CRR_DATES", "SETTLE_CRR_PATH", "SETTLE_CRR_TWICE"],
        ),
        (
            {"crrs": C7["crrs.csv"] + "1,H4,OBL,A,B,ON,1.5,2024-06-30,2024-07-01"},
            ["SETTLE_CRR_TWICE"],
        ),
        ({"crrs": C7["crrs.csv"] + "4,H1,OBL,A,B,ON,1e9,2024-06-01,2024-06-30"}, ["TAB0005"]),
        ({"shift_factors": C7["shift_factors.csv"] + ",K,B,1e308"}, ["TAB0005"]),
        ({"shadow_prices": C7["shadow_prices.csv"] + "2024-06-14T17:00Z,K,1e12"}, ["TAB0005"]),
        ({"crrs": "CRRID,Owner,Colour"}, ["TAB0002"] * 7 + ["TAB0003"]),
        (
            {"auction_awards": C7["auction_awards.csv"] + "2,H2,RENT,1e30,NaN"},
            ["TAB0005"] * 3,
        ),
    ],
)
def test_faults_are_named(tmp_path: Path, changes: dict[str, str], expected: list[str]) -> None:
    assert codes(folder(tmp_path / "case", **changes)) == expected


def test_faults_of_all_files_come_at_once_with_their_rows(tmp_path: Path) -> None:
    path = folder(
        tmp_path / "case",
        calendar='month = "2024-06"\nstatement_offset_business_days = -1',
        crrs=C7["crrs.csv"] + "4,H1,SWAP,A,B,ON,1,2024-06-01,2024-06-30",
        congestion_revenue=C7["congestion_revenue.csv"] + "2024-06-14T16:00:00Z,K,1",
    )
    with pytest.raises(Refused) as refused:
        read_settlement_folder(path)

    assert [(finding.code, finding.where) for finding in refused.value.findings] == [
        ("SCN_RANGE", "calendar.toml:2 statement_offset_business_days"),
        ("TAB0005", "crrs.csv row 5 column HedgeType"),
        ("SETTLE_ROW_TWICE", "congestion_revenue.csv row 5"),
    ]


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    path = folder(tmp_path / "case")
    (path / "crrs.csv").write_bytes(b"CRRID,Owner\n1,\xff\n")

    assert "SETTLE_FILE_UNREADABLE" in codes(path)


def test_slices_of_one_right_may_change_hands_inside_the_month(tmp_path: Path) -> None:
    crrs = """CRRID,Owner,HedgeType,Source,Sink,TOU,MW,StartDate,EndDate
    1,H1,OBL,A,B,ON,60,2024-06-01,2024-06-13
    1,H2,OBL,A,B,ON,60,2024-06-14,2024-06-30"""
    result = settle(read_settlement_folder(folder(tmp_path / "case", crrs=crrs)))

    owners = {line.owner for line in result.lines if line.charge_code == "6700"}
    assert owners == {"H2"}
