"""Corrected prices, recalculations and measured demand: nothing stated is changed in silence."""

from __future__ import annotations

import csv
import io
import shutil
import zipfile
from dataclasses import replace
from decimal import Decimal

import pytest
from market_played import answer, ask, codes, room_at

from simulator.domain import ChargeCode, Period
from simulator.market import inventory
from simulator.market.day_ahead import EVERY_TOU
from simulator.market.measured_demand import measured_demand, month_balance
from simulator.market.settlement_files import settlement_files
from simulator.market.settlement_inputs import constraint_hours
from simulator.market.summary import settlement_sums
from simulator.market.world import World
from simulator.settlement import compare, settle
from simulator.settlement.folder import read_settlement_case
from simulator.store import books, tables
from simulator.timeline.hours import iso_utc

CASE = (
    "calendar.toml", "crrs.csv", "shadow_prices.csv", "shift_factors.csv",
    "congestion_revenue.csv", "auction_awards.csv", "right_schedules.csv",
)  # fmt: skip


def binding(room, day=None) -> dict:
    """The dearest constraint and hour of the first trading day."""
    with room.store.reading() as tx:
        days = sorted({row["day"] for row in tx.rows(tables.day_ahead_hour)})
        hours = {row["hour"] for row in tx.rows(tables.day_ahead_hour, day=day or days[0])}
        rows = [r for r in tx.rows(tables.day_ahead_constraint) if r["hour"] in hours]
    row = max(rows, key=lambda row: row["shadow_price_usd_per_mwh"])
    return {
        "hour": iso_utc(row["hour"]),
        "constraint": row["constraint"],
        "price": row["shadow_price_usd_per_mwh"],
        "revenue": row["revenue_usd"],
    }


def correct(room, row: dict, price: Decimal, **more):
    return ask(
        room,
        "correct_price",
        hour=row["hour"],
        constraint=row["constraint"],
        shadow_price_usd_per_mwh=str(price),
        **more,
    )


def stated(room) -> list[dict]:
    with room.store.reading() as tx:
        return tx.rows(tables.statement)


def files(room) -> dict[str, bytes]:
    with room.store.reading() as tx:
        return dict(settlement_files(tx, room.world))


def settles_again(room) -> None:
    """The published case gives every holder's lines of all versions together."""
    found = files(room)
    folders = {path.rpartition("/")[0] for path in found if path.endswith("crrs.csv")}
    assert folders
    for folder in folders:
        texts = {name: found[f"{folder}/{name}"].decode() for name in CASE}
        ours = settle(read_settlement_case(texts)).lines
        month = folder.rpartition("/")[2]
        for path, content in found.items():
            if path.startswith("private/") and path.endswith(f"{month}/statements.csv"):
                assert compare(content.decode(), ours, path) == ()


def test_a_correction_after_the_last_recalculation_is_stated_at_once(room):
    market = room(None)
    before, row = stated(market), binding(market)
    told = answer(correct(market, row, row["price"] * 2, reason="metering"))

    assert told["stated"] == "now"
    assert told["changed_lines"] == len(told["changes"]) > 0
    assert Decimal(told["after_revenue_usd"]) == row["revenue"] * 2
    after = stated(market)
    assert [line for line in after if line in before] == before, "what was stated stays"
    new = [line for line in after if line not in before]
    assert {line["version"] for line in new} == {2}
    with market.store.reading() as tx:
        assert settlement_sums(tx)["residual_usd"] == 0
    settles_again(market)


def test_a_correction_and_its_reverse_leave_every_amount_as_it_was(room):
    market = room(None)
    row = binding(market)
    sums = {}
    for price in (row["price"], row["price"] * 3, row["price"]):
        if sums:
            answer(correct(market, row, price, revenue_usd=str(row["revenue"])))
        sums.setdefault(price, []).append(by_owner(market))
    assert sums[row["price"]][0] == sums[row["price"]][1] != sums[row["price"] * 3][0]
    assert max(line["version"] for line in stated(market)) == 3


def by_owner(room) -> dict[tuple, Decimal]:
    amounts: dict[tuple, Decimal] = {}
    for line in stated(room):
        key = line["owner"], line["trading_day"], line["charge_code"], line["item"]
        amounts[key] = amounts.get(key, Decimal(0)) + line["amount_usd"]
    return {key: amount for key, amount in amounts.items() if amount}


def test_the_kit_of_each_version_holds_what_was_known_then(room):
    market = room(None)
    row = binding(market)
    first = {path: text for path, text in files(market).items() if path.endswith("_v1.zip")}
    answer(correct(market, row, row["price"] * 2))
    found = files(market)

    assert {path: found[path] for path in first} == first
    later = [path for path in found if path.endswith("_v2.zip")]
    assert later
    with zipfile.ZipFile(io.BytesIO(found[later[0]])) as archive:
        changes = list(csv.DictReader(io.StringIO(archive.read("changes.csv").decode())))
        now = list(csv.DictReader(io.StringIO(archive.read("statements.csv").decode())))
    with zipfile.ZipFile(io.BytesIO(found[later[0].replace("_v2", "_v1")])) as archive:
        then = list(csv.DictReader(io.StringIO(archive.read("statements.csv").decode())))
    hourly = [
        sum(Decimal(line["AmountUSD"]) for line in rows if line["ChargeCode"] == ChargeCode.HOURLY)
        for rows in (then, changes, now)
    ]
    assert hourly[0] + hourly[1] == hourly[2]
    (corrections,) = (text for path, text in found.items() if path.endswith("corrections.csv"))
    assert row["constraint"] in corrections.decode()


def test_a_correction_before_a_recalculation_waits_for_it(kept, market_world, tmp_path):
    settings = market_world.settings
    later = replace(settings, settlement=replace(settings.settlement, recalculations=("4B",)))
    world = World(replace(market_world.scenario, settings=later), 1, market_world.folder)
    shutil.copy(kept["settlement-available"], tmp_path / "market.db")
    market = room_at(tmp_path / "market.db", world)
    due = world.scenario.recalculations()
    assert due, "the calendar has a recalculation of its first day"
    row, before = binding(market, due[0].day), stated(market)

    told = answer(correct(market, row, row["price"] * 2))
    assert told["stated"] == f"with the recalculation of {due[0].statement_date}"
    assert stated(market) == before

    told = answer(ask(market, "recalculate", day=due[0].day.isoformat()))
    assert told["changed_lines"] > 0
    assert {line["version"] for line in stated(market)} == {1, 2}
    again = answer(ask(market, "recalculate", day=due[0].day.isoformat()))
    assert (again["changed_lines"], again["versions"]) == (0, [])
    market.store.close()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"hour": "2024-04-11T07:00:00"}, "SET0003"),
        ({"hour": "yesterday"}, "SET0003"),
        ({"constraint": "NO_SUCH|LINE"}, "SET0004"),
        ({"shadow_price_usd_per_mwh": "-1"}, "SET0004"),
        ({"shadow_price_usd_per_mwh": "dear"}, "SET0004"),
        ({"revenue_usd": "0.001"}, "SET0004"),
    ],
)
def test_a_correction_that_cannot_be_used_is_refused(room, change, code):
    market = room(None)
    row = binding(market)
    asked = {
        "hour": row["hour"],
        "constraint": row["constraint"],
        "shadow_price_usd_per_mwh": "1",
        **change,
    }
    before = stated(market)
    assert code in codes(ask(market, "correct_price", **asked))
    assert stated(market) == before


def test_the_account_goes_to_the_load_that_was_measured(room):
    market = room(None)
    months = market.world.scenario.trading_months()
    with market.store.reading() as tx:
        for trading in months:
            last = trading.days[-1].day
            shares = tx.rows(tables.statement, trading_day=last, item="DEMAND")
            due = month_balance(tx, market.world, last, trading.period)
            assert sum(row["amount_usd"] for row in shares) == due
            demand = {
                row.coordinator: row.demand_mwh - row.excluded_mwh
                for row in measured_demand(market.world, trading.period)
            }
            total = sum(demand.values())
            for row in shares:
                assert abs(row["amount_usd"] - due * demand[row["owner"]] / total) < Decimal("0.01")
    assert {row["owner"] for row in shares} == {name for name, mwh in demand.items() if mwh}


def test_the_published_month_settles_to_the_same_cents(room):
    settles_again(room(None))


def test_factors_that_differ_on_peak_and_off_are_both_kept(room):
    """A location spread over its buses in two ways settles by the time of use of the hour."""
    market = room(None)
    with market.store.reading() as tx:
        day = tx.rows(tables.day_ahead_hour)[0]["day"]
        constraint = tx.rows(tables.shift_factor, day=day)[0]["constraint"]
        rows = tx.rows(tables.shift_factor, day=day, constraint=constraint)
        assert {row["tou"] for row in rows} == {EVERY_TOU}
        tx.delete(tables.shift_factor, {"day": day, "constraint": constraint})
        for tou, times in (("ON", 1), ("OFF", 0)):
            split = [{**row, "tou": tou, "factor": row["factor"] * times} for row in rows]
            tx.insert(tables.shift_factor, split)
        hours = [row for row in constraint_hours(tx, day) if row.constraint == constraint]
    for row in hours:
        assert any(row.shift_factors.values()) == (row.hour.tou.value == "ON")


def test_only_the_operator_corrects_a_price(room):
    market = room(None)
    row, before = binding(market), stated(market)
    somebody = next(iter(market.world.participants))
    asked = {"hour": row["hour"], "constraint": row["constraint"], "shadow_price_usd_per_mwh": "1"}
    assert codes(ask(market, "correct_price", somebody, **asked)) == ["SEC0001"]
    assert stated(market) == before


def test_two_corrections_of_one_second_are_two_versions_with_a_kit_each(room):
    """The first kit after the first correction knows nothing of the second one."""
    market = room(None)
    row = binding(market)
    kits = []
    for times in (2, 3):
        answer(correct(market, row, row["price"] * times))
        kits.append({path: kit for path, kit in files(market).items() if "_v" in path})
    with market.store.reading() as tx:
        corrections = tx.rows(tables.price_correction)
    assert len({correction["corrected_at"] for correction in corrections}) == 1, "one second"
    then, now = kits
    assert {path: now[path] for path in then} == then
    assert {path[-7:] for path in now.keys() - then.keys()} == {"_v3.zip"}


def test_a_kit_holds_the_rights_as_they_were_stated(room):
    """What becomes of a right later changes no kit of a statement that is out."""
    market = room(None)
    world = market.world
    with market.store.reading() as tx:
        before = dict(settlement_files(tx, world))
        day = world.scenario.trading_days()[-1].day
        crr = next(item for item in books.crrs(tx) if item.effective_on(day))
        later = Period(day, crr.end, "later")
        inventory.sell(tx, world, crr.crr_id, crr.mw, later, "AUC", market.store.entries()[-1].at)
        after = dict(settlement_files(tx, world))
    kits = [path for path in before if "_v" in path]
    assert kits
    assert {path: after[path] for path in kits} == {path: before[path] for path in kits}
    cases = [path for path in before if path.endswith("2024_M04/crrs.csv")]
    assert all(before[path] != after[path] for path in cases), "the month's case is as of now"
