"""The published month as a reader of the contract alone would settle it."""

from __future__ import annotations

import csv
import io
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
