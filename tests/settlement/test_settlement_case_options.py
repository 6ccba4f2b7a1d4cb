"""What a case folder may hold besides: clawback, measured demand, retired places, policies."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from pathlib import Path

import pytest
from test_settlement_folder import C7, codes, folder

from simulator.domain import ChargeCode, Period, Refused
from simulator.settlement import settle
from simulator.settlement.auction import revenue_of_month
from simulator.settlement.folder import read_settlement_folder
from simulator.settlement.report import write_settlement

HOUR = "2024-06-14T07:00:00-07:00"
MORE = {
    "virtual_awards.csv": f"""
        Hour,Owner,SourceSink,MW
        {HOUR},H1,A,60
        {HOUR},NOBODY,A,400
    """,
    "real_time.csv": f"""
        Hour,Constraint,LimitMW,ShadowPrice
        {HOUR},K,500,3
    """,
}


def with_files(path: Path, files: dict[str, str], **changes: str) -> Path:
    case = folder(path, **changes)
    for name, text in files.items():
        lines = "\n".join(line.strip() for line in text.strip().splitlines())
        (case / name).write_text(lines + "\n", encoding="utf-8")
    return case


def settled(path: Path):
    return settle(read_settlement_folder(path))


def of_code(result, code: ChargeCode) -> dict[str, Decimal]:
    return {line.owner: line.amount_usd for line in result.lines if line.charge_code == code}


@pytest.mark.parametrize(
    ("virtual_mw", "back"),
    [("60", "-1020.00"), ("50", None), ("50.001", "-1020.00"), ("-60", None), ("45", None)],
)
def test_virtual_awards_above_a_tenth_of_the_limit_give_the_gain_back(
    tmp_path: Path, virtual_mw: str, back: str | None
) -> None:
    virtual = MORE["virtual_awards.csv"].replace("A,60", f"A,{virtual_mw}")
    case = with_files(tmp_path / "case", {**MORE, "virtual_awards.csv": virtual})

    result = settled(case)  # (20 - 3) USD/MWh x the 60 MW of H1's own right
    assert of_code(result, ChargeCode.CLAWBACK) == ({"H1": Decimal(back)} if back else {})
    assert result.account.residual_usd == 0
    assert result.account.clawed_back_usd == -Decimal(back or 0)


def test_the_thresholds_are_settings_of_the_case(tmp_path: Path) -> None:
    calendar = C7["calendar.toml"] + "\nvirtual_clawback_threshold = 0.12"
    assert not settled(with_files(tmp_path / "case", MORE, calendar=calendar)).clawbacks
    wrong = C7["calendar.toml"] + '\nvirtual_clawback_threshold = "much"'
    assert codes(with_files(tmp_path / "wrong", {}, calendar=wrong)) == ["SETTLE_THRESHOLD"]


@pytest.mark.parametrize(
    ("real_time", "rebid", "back"),
    [
        ("80", "NO", "-1200.00"),
        ("90", "NO", None),
        ("80", "YES", None),
        ("89.999", "NO", "-1200.00"),
    ],
)
def test_a_reduced_intertie_award_gives_the_revenue_of_its_rights_back(
    tmp_path: Path, real_time: str, rebid: str, back: str | None
) -> None:
    reductions = (
        "Hour,Owner,SourceSink,CapacityMW,DayAheadMW,RealTimeMW,Rebid\n"
        f"{HOUR},H1,B,100,100,{real_time},{rebid}\n{HOUR},H2,ELSEWHERE,100,100,0,NO\n"
    )
    case = with_files(tmp_path / "case", {"intertie_reductions.csv": reductions})
    expected = {"H1": Decimal(back)} if back else {}
    assert of_code(settled(case), ChargeCode.CLAWBACK) == expected


def test_a_right_between_two_reduced_interties_goes_back_once(tmp_path: Path) -> None:
    """100 % of its revenue, not once for each end; the owner's other rights with their own."""
    reduced = "\n".join(f"{HOUR},H1,{place},100,100,0,NO" for place in "AB")
    reductions = f"Hour,Owner,SourceSink,CapacityMW,DayAheadMW,RealTimeMW,Rebid\n{reduced}\n"
    case = with_files(tmp_path / "case", {"intertie_reductions.csv": reductions})
    result = settled(case)
    assert of_code(result, ChargeCode.CLAWBACK) == {"H1": Decimal("-1200.00")}
    paid = {(line.owner, line.charge_code): line.amount_usd for line in result.lines}
    assert paid["H1", ChargeCode.HOURLY] > 0


def test_clawback_needs_real_time_figures(tmp_path: Path) -> None:
    case = with_files(tmp_path / "case", {"virtual_awards.csv": MORE["virtual_awards.csv"]})
    with pytest.raises(Refused) as refused:
        settled(case)
    assert [f.code for f in refused.value.findings] == ["SETTLE_REAL_TIME_MISSING"]


def test_clawback_lineage_gives_the_amount_again(tmp_path: Path) -> None:
    write_settlement(settled(with_files(tmp_path / "case", MORE)), tmp_path / "out")
    records = map(json.loads, (tmp_path / "out/lineage.jsonl").read_text().splitlines())
    (line,) = (row for row in records if row.get("charge_code") == "CRR_CLAWBACK")
    (hour,) = line["inputs"]["hours"]
    raised = Decimal(hour["day_ahead_price"]) - Decimal(hour["real_time_price"])
    assert -raised * Decimal(hour["crr_flow_mw"]) == Decimal(line["amount_usd"])
    share = Decimal(hour["virtual_flow_mw"]) / Decimal(hour["limit_mw"])
    assert share > Decimal(str(line["inputs"]["virtual_threshold"]))
    rows = list(csv.DictReader((tmp_path / "out/clawback.csv").open()))
    assert [(row["Owner"], row["Cause"], row["AmountUSD"]) for row in rows] == [
        ("H1", "K", "1020.00")
    ]


def test_the_balance_goes_to_measured_demand_when_it_is_given(tmp_path: Path) -> None:
    demand = "Coordinator,DemandMWh,ExcludedMWh\nSC-A,320000,20000\nSC-B,100000,0\n"
    awards = "CRRID,Owner,TransactionType,MW,ClearingPrice\n1,H1,BUY,100,1000"
    case = with_files(tmp_path / "case", {"measured_demand.csv": demand}, auction_awards=awards)

    result = settled(case)
    balance = result.account.balance_usd
    shares = of_code(result, ChargeCode.BALANCING)
    assert sum(shares.values()) == balance
    assert abs(shares["SC-A"] - balance * 3 / 4) < Decimal("0.01")
    assert result.account.residual_usd == 0
    write_settlement(result, tmp_path / "out")
    summary = json.loads((tmp_path / "out/summary.json").read_text())
    assert summary["to_measured_demand_usd"] == summary["balancing_account_usd"] == float(balance)
    last = list(csv.DictReader((tmp_path / "out/balancing_account.csv").open()))[-1]
    assert (last["Entry"], last["BalanceUSD"]) == ("MEASURED_DEMAND", "0.00")
    records = map(json.loads, (tmp_path / "out/lineage.jsonl").read_text().splitlines())
    assert {row["owner"] for row in records if row.get("charge_code") == "CRR_BALANCING"} == {
        "SC-A", "SC-B",
    }  # fmt: skip


def test_a_seasons_auction_money_is_spread_over_its_days() -> None:
    season, july = Period.season(2024, 3), Period.month(2024, 7)
    money = {season: Decimal("100000.00"), Period.month(2024, 6): Decimal("5.00")}
    months = [revenue_of_month(money, Period.month(2024, month)) for month in (7, 8, 9)]
    assert revenue_of_month(money, july) == {season: Decimal("33695.65")}  # 31 of 92 days
    assert sum((share[season] for share in months), Decimal(0)) == money[season]
    assert revenue_of_month(money, Period.month(2024, 6)) == {
        Period.month(2024, 6): Decimal("5.00")
    }
    assert not revenue_of_month(money, Period.month(2024, 12))


def test_the_true_up_and_the_awards_may_name_their_day(tmp_path: Path) -> None:
    case = folder(
        tmp_path / "case",
        calendar=C7["calendar.toml"] + '\ntrue_up_day = "2024-06-20"',
        auction_awards="CRRID,Owner,TransactionType,MW,ClearingPrice,TradingDay\n"
        "1,H1,BUY,60,-7.35,2024-06-14\n2,H2,BUY,1,1,",
    )
    result = settled(case)
    days = {(line.charge_code, line.owner): line.trading_day for line in result.month.lines}
    assert {day.isoformat() for day in days.values()} == {"2024-06-20"}
    auction = {
        line.owner: line.trading_day.isoformat()
        for line in result.lines
        if line.charge_code == ChargeCode.AUCTION
    }
    assert auction == {"H1": "2024-06-14", "H2": "2024-06-01"}
    for wrong in ('"2024-07-01"', '"soon"'):
        calendar = C7["calendar.toml"] + f"\ntrue_up_day = {wrong}"
        assert codes(folder(tmp_path / "case", calendar=calendar)) == ["SETTLE_TRUE_UP_DAY"]


def test_a_right_that_spans_a_retired_location_is_named(tmp_path: Path) -> None:
    retired = "Location,FirstDay,ReplacedBy\nA,2024-06-20,\n"
    case = with_files(tmp_path / "case", {"replacements.csv": retired})
    with pytest.raises(Refused) as refused:
        read_settlement_folder(case)
    assert [(f.code, f.where) for f in refused.value.findings] == [
        ("SETTLE_CRR_RETIRED", "crrs.csv row 2"),
        ("SETTLE_CRR_RETIRED", "crrs.csv row 3"),
    ]  # the third right ended before


def test_a_replaced_location_settles_at_its_replacement(tmp_path: Path) -> None:
    moved = "Location,FirstDay,ReplacedBy\nA,2024-06-14,C\n"
    factors = "Hour,Constraint,SourceSink,ShiftFactor\n,K,A,1\n,K,C,0.5\n"
    case = with_files(tmp_path / "case", {"replacements.csv": moved}, shift_factors=factors)
    assert of_code(settled(case), ChargeCode.HOURLY)["H1"] == Decimal("1050.00")


def test_a_location_without_factors_is_refused_where_the_case_says_so(tmp_path: Path) -> None:
    calendar = C7["calendar.toml"] + '\nmissing_factors = "refuse"'
    assert codes(folder(tmp_path / "case", calendar=calendar)) == [
        "SETTLE_LOCATION_WITHOUT_FACTORS"
    ]
    gap = C7["shift_factors.csv"] + f"{HOUR},K,B,0.1"
    assert codes(folder(tmp_path / "case", calendar=calendar, shift_factors=gap)) == [
        "SETTLE_FACTOR_GAP"
    ]


def test_a_location_without_factors_is_told_with_everything_else_that_is_wrong(
    tmp_path: Path,
) -> None:
    calendar = C7["calendar.toml"] + '\nmissing_factors = "refuse"'
    changes = {
        "calendar": calendar,
        "shadow_prices": C7["shadow_prices.csv"] + f"{HOUR},K,20\n{HOUR},NEW,1",
    }
    expected = [
        "SETTLE_FACTORS_MISSING",
        "SETTLE_LOCATION_WITHOUT_FACTORS",
        "SETTLE_REVENUE_MISSING",
        "SETTLE_ROW_TWICE",
    ]
    assert sorted(codes(folder(tmp_path / "case", **changes))) == expected
    unreadable = C7["shift_factors.csv"].replace(",K,A,1\n", ",K,A,one\n", 1)
    found = codes(folder(tmp_path / "case", **changes, shift_factors=unreadable))
    assert "SETTLE_LOCATION_WITHOUT_FACTORS" not in found, "what cannot be read is not missing"


def test_what_stops_clawback_and_shares_is_told_with_everything_else(tmp_path: Path) -> None:
    files = {
        "virtual_awards.csv": MORE["virtual_awards.csv"],
        "measured_demand.csv": "Coordinator,DemandMWh,ExcludedMWh\nSC,5,6\n",
    }
    prices = C7["shadow_prices.csv"] + "2024-07-14T07:00Z,K,20\n"
    found = codes(with_files(tmp_path / "case", files, shadow_prices=prices))
    expected = ["SETTLE_DEMAND", "SETTLE_HOUR_OUTSIDE", "SETTLE_REAL_TIME_MISSING"]
    assert sorted({*found} - {"SETTLE_REVENUE_MISSING"}) == expected


@pytest.mark.parametrize(
    "hour", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:00:00-14:00", "2024-07-14T07:00Z"]
)
def test_an_hour_outside_names_the_month_not_its_true_up_day(tmp_path: Path, hour: str) -> None:
    calendar = C7["calendar.toml"] + '\ntrue_up_day = "2024-06-14"'
    prices = C7["shadow_prices.csv"] + f"{hour},K,20\n"
    with pytest.raises(Refused) as refused:
        settled(folder(tmp_path / "case", calendar=calendar, shadow_prices=prices))
    told = {finding.code: finding.allowed for finding in refused.value.findings}
    if hour.startswith("2024"):
        assert told["SETTLE_HOUR_OUTSIDE"].startswith("2024-06-01 to 2024-06-30")
    else:
        assert "the start of an hour" in told["TAB0005"]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("virtual_awards.csv", f"Hour,Owner,SourceSink,MW\n{HOUR},H1,A,1\n{HOUR},H1,A,2",
         ["SETTLE_REAL_TIME_MISSING", "SETTLE_ROW_TWICE"]),
        ("real_time.csv", "Hour,Constraint,LimitMW,ShadowPrice\n2024-07-14T07:00Z,K,500,3",
         ["SETTLE_HOUR_OUTSIDE"]),
        ("measured_demand.csv", "Coordinator,DemandMWh\nA,-1\nB,1\nB,2",
         ["SETTLE_ROW_TWICE", "TAB0005"]),
        ("intertie_reductions.csv", "Hour,Owner\n", ["TAB0002"] * 5),
    ],
)  # fmt: skip
def test_faults_of_the_optional_files(tmp_path: Path, name, text, expected) -> None:
    assert codes(with_files(tmp_path / "case", {name: text})) == expected
