"""The published month as a reader of the contract alone would settle it."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections import defaultdict
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from simulator.domain import Period
from simulator.market.settlement_files import settlement_files
from simulator.settlement.folder import read_settlement_case
from simulator.settlement.warnings import case_warnings
from simulator.timeline.hours import hours_of_period, iso_utc

Amounts = dict[tuple[str, str], Decimal]


def rows(text: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.decode())))


def naive_factors(text: bytes) -> dict[tuple[str, str], dict[str, Decimal]]:
    """By hour and constraint, the hour '' being all of them; nothing is laid over anything."""
    factors: dict[tuple[str, str], dict[str, Decimal]] = defaultdict(dict)
    for row in rows(text):
        if row["Hour"]:
            assert datetime.fromisoformat(row["Hour"]).utcoffset() is not None, row
            assert "T" in row["Hour"], row
        factors[row["Hour"], row["Constraint"]][row["SourceSink"]] = Decimal(row["ShiftFactor"])
    return dict(factors)


def naive_hourly_settlement(files: dict[str, bytes], folder: str, month: Period) -> Amounts:
    """Charge code 6700 by owner and day: MW x (MCC at sink - MCC at source), options above 0."""
    factors = naive_factors(files[f"{folder}/shift_factors.csv"])
    tou = {iso_utc(hour.start): hour.tou.value for hour in hours_of_period(month)}
    minus_mcc: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for row in rows(files[f"{folder}/shadow_prices.csv"]):
        key = row["Hour"], row["Constraint"]
        of_hour = factors[key] if key in factors else factors["", row["Constraint"]]
        for place, factor in of_hour.items():
            minus_mcc[row["Hour"]][place] += Decimal(row["ShadowPrice"]) * factor
    crrs, amounts = rows(files[f"{folder}/crrs.csv"]), defaultdict(Decimal)
    for hour, value in minus_mcc.items():
        day = hour[:10]
        start = iso_utc(int(datetime.fromisoformat(hour).timestamp()))
        for crr in crrs:
            if crr["TOU"] == tou[start] and crr["StartDate"] <= day <= crr["EndDate"]:
                spread = value.get(crr["Source"], 0) - value.get(crr["Sink"], 0)
                if spread > 0 or crr["HedgeType"] == "OBL":
                    amounts[crr["Owner"], day] += Decimal(crr["MW"]) * spread
    return {key: cents(amount) for key, amount in amounts.items()}


def cents(amount: Decimal) -> Decimal:
    six = amount.quantize(Decimal("0.000001"), ROUND_HALF_UP)
    return six.quantize(Decimal("0.01"), ROUND_HALF_UP)


def published(room) -> tuple[dict[str, bytes], list[str]]:
    market = room(None)
    with market.store.reading() as tx:
        files = dict(settlement_files(tx, market.world))
    folders = sorted(path.rpartition("/")[0] for path in files if path.endswith("crrs.csv"))
    assert folders
    return files, folders


def test_a_reader_of_the_contract_alone_gets_every_hourly_settlement(room):
    files, folders = published(room)
    for folder in folders:
        name = folder.rpartition("/")[2]
        month = Period.month(*map(int, name.split("_M")))
        ours = naive_hourly_settlement(files, folder, month)
        stated = {
            (row["Owner"], row["TradingDay"]): Decimal(row["AmountUSD"])
            for path, content in files.items()
            if path.startswith("private/") and path.endswith(f"{name}/statements.csv")
            for row in rows(content)
            if row["ChargeCode"] == "6700"
        }
        assert any(stated.values())
        assert {key: value for key, value in ours.items() if value} == {
            key: value for key, value in stated.items() if value
        }


def test_a_published_month_is_read_without_warnings(room):
    files, folders = published(room)
    for folder in folders:
        texts = {
            path.rpartition("/")[2]: content.decode()
            for path, content in files.items()
            if path.rpartition("/")[0] == folder
        }
        assert case_warnings(read_settlement_case(texts)) == ()


def test_the_account_of_the_month_is_what_its_published_formulas_say(room):
    files, folders = published(room)
    for folder in folders:
        records = [
            json.loads(line) for line in files[f"{folder}/balancing_lineage.jsonl"].splitlines()
        ]
        postings = [record for record in records if record["amount"] == "balancing_account"]
        account = rows(files[f"{folder}/balancing_account.csv"])
        assert [(row["Entry"], row["AmountUSD"]) for row in account] == [
            (record["entry"], record["amount_usd"]) for record in postings
        ]
        assert account[-1]["Entry"] == "MEASURED_DEMAND"
        assert Decimal(account[-1]["BalanceUSD"]) == 0
        for record in postings:
            if record["entry"] == "AUCTION":
                of = record["inputs"]
                end, start = (
                    (Decimal(of["money_usd"]) * of[name] / of["period_days"]).quantize(
                        Decimal("0.01"), ROUND_HALF_UP
                    )
                    for name in ("days_until_end", "days_until_start")
                )
                assert Decimal(record["amount_usd"]) == end - start
        congestion = next(record for record in records if record["amount"] == "congestion_money")
        entries = ("CONGESTION_REVENUE", "EXISTING_RIGHTS", "HOLDERS", "TRUE_UP")
        money = sum(Decimal(row["AmountUSD"]) for row in account if row["Entry"] in entries)
        left = rows(files[f"{folder}/balancing_constraints.csv"])
        residual = sum(Decimal(row["ResidualUSD"]) - Decimal(row["UnborneUSD"]) for row in left)
        assert Decimal(congestion["amount_usd"]) == money
        assert Decimal(congestion["inputs"]["rounding_usd"]) == money - residual
        name = folder.rpartition("/")[2]
        lines = sum(
            len(rows(content))
            for path, content in files.items()
            if path.startswith("private/") and path.endswith(f"{name}/statements.csv")
        )
        assert abs(money - residual) <= Decimal("0.005") * lines + Decimal("0.000001") * len(left)


def test_a_coordinator_s_kit_gives_its_share_and_shows_nobody_else_s(room):
    files, folders = published(room)
    name = folders[0].rpartition("/")[2]
    operators = rows(files[f"private/OPERATOR/settlement/{name}/measured_demand.csv"])
    shared = -Decimal(rows(files[f"{folders[0]}/balancing_account.csv"])[-1]["AmountUSD"])
    assert len(operators) > 1
    assert sum(Decimal(row["AmountUSD"]) for row in operators) == shared
    for row in operators:
        path = f"private/{row['Owner']}/settlement/{name}/kits/balancing_v1.zip"
        kit = zipfile.ZipFile(io.BytesIO(files[path]))
        texts = {item: kit.read(item).decode() for item in kit.namelist()}
        (record,) = map(json.loads, texts["lineage.jsonl"].splitlines())
        inputs = {key: Decimal(value) for key, value in record["inputs"].items()}
        served = inputs["demand_mwh"] - inputs["excluded_mwh"]
        exact = inputs["balance_usd"] * served / inputs["total_mwh"]
        assert inputs["balance_usd"] == shared
        assert 0 <= Decimal(record["amount_usd"]) - exact + Decimal("0.01") < Decimal("0.02")
        assert record["amount_usd"] == row["AmountUSD"]
        (line,) = rows(texts["statements.csv"].encode())
        assert (line["Owner"], line["AmountUSD"]) == (row["Owner"], row["AmountUSD"])
        others = {other["Owner"] for other in operators} - {row["Owner"]}
        assert not [owner for owner in others if any(owner in text for text in texts.values())]
