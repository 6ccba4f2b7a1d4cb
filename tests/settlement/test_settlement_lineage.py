"""Every amount again, from the lineage alone, in plain exact arithmetic."""

from __future__ import annotations

import json
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal

import pytest
from settlement_cases import c7
from settlement_random import random_case

from simulator.settlement import settle
from simulator.settlement.lineage import lineage

CENT = Decimal("0.01")


def cents(amount: Decimal) -> Decimal:
    return round(amount, 6).quantize(CENT, ROUND_HALF_UP)


class Shadow:
    """A participant's own settlement: reads records, knows nothing of the program."""

    def __init__(self, records: list[dict]) -> None:
        def of(kind: str) -> dict:
            return {row["id"]: row for row in records if row.get("input") == kind}

        self.factors, self.rights, self.hours = of("factors"), of("rights"), of("hour")
        self.rates = {
            row["constraint"]: row for row in records if row.get("amount") == "give_back_rate"
        }
        self.statements = [row for row in records if row.get("amount") == "statement"]
        (self.account,) = (row for row in records if row.get("amount") == "balancing_account")

    def factor(self, row: dict, place: str) -> Decimal:
        return Decimal(repr(self.factors[row["factors"]]["shift_factors"].get(place, 0.0)))

    def notional(self, right_id: str, hour: dict) -> dict[str, Decimal]:
        """Net notional value of the rights by constraint."""
        total: dict[str, Decimal] = defaultdict(Decimal)
        for crr in self.rights[right_id]["crrs"]:
            values = {
                row["constraint"]: Decimal(crr["mw"])
                * (self.factor(row, crr["source"]) - self.factor(row, crr["sink"]))
                * Decimal(row["shadow_price"])
                for row in hour["constraints"]
            }
            if crr["hedge"] == "OBL" or round(sum(values.values()), 9) > 0:
                for constraint, value in values.items():
                    total[constraint] += value
        return total

    def rate(self, hour: dict, constraint: str) -> Decimal:
        """The deficit rate, from the rights of everybody."""
        (row,) = (row for row in hour["constraints"] if row["constraint"] == constraint)
        values = [
            self.notional(right_id, hour)[constraint] for right_id in self.in_force[hour["id"]]
        ]
        bearing = sum((value for value in values if value > 0), Decimal(0))
        offset = round(Decimal(row["revenue_usd"]) - sum(values), 9)
        return -offset / bearing if offset < 0 < bearing else Decimal(0)

    @property
    def in_force(self) -> dict[str, list[str]]:
        """Ids of the rights that settle in each hour, from the hourly statement lines."""
        found: dict[str, list[str]] = defaultdict(list)
        for line in self.statements:
            if line["charge_code"] == "6700":
                for hour_id, hour in self.hours.items():
                    right_id = line["inputs"]["rights"].get(hour["tou"])
                    if hour_id.startswith(line["trading_day"]) and right_id:
                        found[hour_id].append(right_id)
        return found

    def hourly(self, line: dict) -> Decimal:
        total = Decimal(0)
        for item in line["inputs"]["hours"]:
            hour = self.hours[item["hour"]]
            right_id = line["inputs"]["rights"][hour["tou"]]
            total += sum(self.notional(right_id, hour).values())
        return cents(total)

    def deficit(self, line: dict) -> Decimal:
        total = Decimal(0)
        for item in line["inputs"]["hours"]:
            hour = self.hours[item["hour"]]
            right_id = line["inputs"]["rights"][hour["tou"]]
            for constraint, value in self.notional(right_id, hour).items():
                total += max(value, Decimal(0)) * self.rate(hour, constraint)
        return -cents(total)

    def true_up(self, line: dict) -> Decimal:
        total = Decimal(0)
        for item in line["inputs"]["constraints"]:
            rate = self.rates[item["constraint"]]["inputs"]
            share = min(1, Decimal(rate["surplus_usd"]) / Decimal(rate["deficit_usd"]))
            total += Decimal(item["deficit_usd"]) * (share - 1)
        return cents(total) - Decimal(line["inputs"]["posted_usd"])

    def auction(self, line: dict) -> Decimal:
        return sum(
            (
                (Decimal(award["mw"]) * Decimal(award["clearing_price"])).quantize(
                    CENT, ROUND_HALF_UP
                )
                * (-1 if award["transaction"] == "BUY" else 1)
                for award in line["inputs"]["awards"]
            ),
            Decimal(0),
        )

    def amount(self, line: dict) -> Decimal:
        inputs = line["inputs"]
        if "awards" in inputs:
            return self.auction(line)
        if "posted_usd" in inputs:
            return self.true_up(line)
        return self.hourly(line) if line["charge_code"] == "6700" else self.deficit(line)


@pytest.mark.parametrize("case", [c7(), random_case(1), random_case(2)], ids=["C7", "one", "two"])
def test_every_amount_follows_from_the_lineage_alone(case) -> None:
    result = settle(case)
    records = [json.loads(json.dumps(record)) for record in lineage(result)]
    shadow = Shadow(records)

    ours = sorted(
        (line.owner, str(line.trading_day), line.charge_code.value, line.amount_usd)
        for line in result.lines
    )
    theirs = sorted(
        (line["owner"], line["trading_day"], line["charge_code"], shadow.amount(line))
        for line in shadow.statements
    )
    assert theirs == ours
    account = shadow.account["inputs"]
    assert Decimal(shadow.account["amount_usd"]) == (
        Decimal(account["congestion_revenue_usd"])
        + Decimal(account["auction_net_usd"])
        - sum(amount for *_, code, amount in theirs if code != "6798")
    )


def test_every_amount_carries_a_formula_and_inputs() -> None:
    for record in lineage(settle(random_case(3))):
        if "amount" in record:
            assert record["formula"]
            assert record["inputs"]
