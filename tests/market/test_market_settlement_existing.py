"""Existing rights in a run: their schedules get the day's congestion back, to the cent."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest

from simulator.domain import ChargeCode, Tou
from simulator.market.measured_demand import measured_demand
from simulator.market.report import report_view
from simulator.market.settlement_files import settlement_files
from simulator.market.settlement_inputs import settled_day, settlement_calendar
from simulator.market.settlement_rights import right_schedules
from simulator.market.summary import settlement_sums
from simulator.market.world import World
from simulator.participants import Right
from simulator.store import special_tables, tables

CENT = Decimal("0.01")


def with_share(world: World, share: float) -> World:
    day_ahead = replace(world.settings.day_ahead, right_schedule_share=share)
    settings = replace(world.settings, day_ahead=day_ahead)
    return replace(world, scenario=replace(world.scenario, settings=settings))


def with_right(world: World, right: Right) -> World:
    layer = replace(world.folder.layer, rights=(right,))
    return replace(world, folder=replace(world.folder, layer=layer))


def days(world: World):
    return [trading.day for trading in world.scenario.trading_days()]


def reversals(room) -> list[dict]:
    with room.store.reading() as tx:
        return [
            row for row in tx.rows(tables.statement)
            if row["charge_code"] == ChargeCode.REVERSAL.value
        ]  # fmt: skip


def rows(text: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.decode())))


def test_what_is_given_back_follows_from_the_published_files(room):
    """MW x (factor at source - factor at sink) x shadow price, over a holder's day."""
    market = room(None)
    with market.store.reading() as tx:
        found = dict(settlement_files(tx, market.world))
    folder = next(path.rpartition("/")[0] for path in found if path.endswith("/crrs.csv"))
    factors: dict[tuple[str, str], dict[str, Decimal]] = defaultdict(dict)
    for row in rows(found[f"{folder}/shift_factors.csv"]):
        factors[row["Hour"], row["Constraint"]][row["SourceSink"]] = Decimal(row["ShiftFactor"])
    scheduled = defaultdict(list)
    for row in rows(found[f"{folder}/right_schedules.csv"]):
        scheduled[row["Hour"]].append(row)
    owed: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for price in rows(found[f"{folder}/shadow_prices.csv"]):
        key = price["Hour"], price["Constraint"]
        of_hour = factors.get(key) or factors["", price["Constraint"]]
        for row in scheduled[price["Hour"]]:
            spread = of_hour.get(row["Source"], 0) - of_hour.get(row["Sink"], 0)
            worth = Decimal(row["MW"]) * spread * Decimal(price["ShadowPrice"])
            owed[row["Holder"], price["Hour"][:10]] += worth
    stated = {
        (row["owner"], row["trading_day"].isoformat()): row["amount_usd"]
        for row in reversals(market)
    }
    assert {holder for holder, _ in stated} == {right.holder for right in market.world.rights}
    assert len({day for _, day in stated}) > 1
    assert stated == {key: worth.quantize(CENT, ROUND_HALF_UP) for key, worth in owed.items()}


def test_every_cent_given_back_is_in_the_account_and_on_the_page(room):
    market = room(None)
    given_back = sum(row["amount_usd"] for row in reversals(market))
    assert given_back
    with market.store.reading() as tx:
        account = sum(
            row["amount_usd"] for row in tx.rows(tables.balancing, item="EXISTING_RIGHTS")
        )
        hours = tx.rows(tables.day_ahead_hour)
        sums = settlement_sums(tx)
    settled = set(days(market.world))
    collected = sum(row["congestion_revenue_usd"] for row in hours if row["day"] in settled)
    assert account == -given_back
    assert Decimal(str(sums["congestion_revenue_usd"])) == collected, "as the market collected it"
    assert sums["residual_usd"] == 0
    section = report_view(market).settlement
    assert sum(row.reversal_usd for row in section.participants) == given_back
    (month,) = section.adequacy
    assert float(sum(row.existing_usd for row in month.constraints)) == pytest.approx(
        -float(given_back), abs=float(CENT) * len(reversals(market))
    )


def test_the_holders_kit_names_each_schedule_and_nobody_elses(room):
    market = room(None)
    with market.store.reading() as tx:
        found = dict(settlement_files(tx, market.world))
    holders = {row["owner"] for row in reversals(market)}
    seen = Counter()
    for path, content in found.items():
        if path.endswith("_v1.zip"):
            owner = path.split("/")[1]
            with zipfile.ZipFile(io.BytesIO(content)) as kit:
                records = map(json.loads, kit.read("lineage.jsonl").decode().splitlines())
            for record in records:
                if record.get("charge_code") == ChargeCode.REVERSAL.value:
                    assert record["owner"] == owner
                    named = {item["right"] for item in record["inputs"]["schedules"]}
                    own = {r.right_id for r in market.world.rights if r.holder == owner}
                    assert named <= own
                    seen[owner] += 1
    assert set(seen) == holders


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_the_share_scheduled_is_a_setting(room, share):
    """Half the schedules get half back; without any, nothing is: what rights earn never changes."""
    market = room(None)
    world, day = with_share(market.world, share), days(market.world)[0]
    with market.store.reading() as tx:
        calendar = settlement_calendar(world, day)
        whole = settled_day(tx, market.world, day, calendar)
        part = settled_day(tx, world, day, calendar)
    assert part.collected_usd == whole.collected_usd
    back, whole_back = (
        sum(item.amount_usd for item in one.hedge.reversals) for one in (part, whole)
    )
    assert back == Decimal(str(share)) * whole_back
    hourly = [
        [line for line in one.lines if line.charge_code == ChargeCode.HOURLY]
        for one in (part, whole)
    ]
    assert hourly[0] == hourly[1]


def test_what_is_not_scheduled_is_measured_as_demand(market_world):
    """Demand under a right is left out of measured demand as far as the right is scheduled."""
    server = next(p for p in market_world.load_servers() if p.participant.role.value == "LSE")
    sink = server.participant.sink
    right = Right("R", server.participant_id, "ETC", "MALIN_5_N101", sink, Decimal(10))
    (trading,) = market_world.scenario.trading_months()
    excluded = [
        {
            row.coordinator: row.excluded_mwh
            for row in measured_demand(
                with_share(with_right(market_world, right), share), trading.period
            )
        }[server.participant_id]
        for share in (0.0, 0.5, 1.0)
    ]
    assert excluded[0] == 0
    assert excluded[2] == 2 * excluded[1] > 0


def test_what_was_converted_into_crrs_is_no_longer_scheduled(room):
    market = room(None)
    right, day = market.world.rights[0], days(market.world)[0]
    with market.store.reading() as tx:
        record = {
            **{"window": "W", "record_id": 1, "holder": right.holder, "source": right.source},
            **{"sink": right.sink, "start": day, "end": day + timedelta(days=1), "mw": Decimal(30)},
            **{"transferee": "LSEP", "modeled": 1, "tou": "ON", "hedge": "OBL"},
            **{"status": "APPROVED", "crr_id": "77"},
        }
        tx.insert(special_tables.conversion_record, [record])
        found = {
            at: {
                row.hour.tou: row.mw
                for row in right_schedules(tx, market.world, at)
                if row.right_id == right.right_id
            }
            for at in (day, day + timedelta(days=1))
        }
    assert found[day] == {Tou.ON: right.mw - 30, Tou.OFF: right.mw}
    assert found[day + timedelta(days=1)] == {Tou.ON: right.mw, Tou.OFF: right.mw}


def test_a_right_from_a_retired_location_is_scheduled_from_its_replacement(room):
    market = room(None)
    (retirement,) = market.world.folder.retirements
    right = Right("R", "MUNI01", "TOR", retirement.location, "DLAP_PGAE-APND", Decimal(10))
    world, day = with_right(market.world, right), days(market.world)[0]
    assert retirement.retired <= day
    with market.store.reading() as tx:
        after = right_schedules(tx, world, day)
        before = right_schedules(tx, world, retirement.retired - timedelta(days=1))
    assert {row.source for row in before} == {retirement.location}
    assert len({row.source for row in after}) == 1
    assert {row.source for row in after} != {retirement.location}
    assert len(after) == 24
