"""A day-ahead market run again after a correction: a new version, never a silent change."""

from __future__ import annotations

import csv
import io
import shutil
import zipfile
from collections import defaultdict
from decimal import Decimal

import pytest
from market_played import SHORT_RUN, answer, ask, codes, room_at

from simulator.domain import ChargeCode
from simulator.engine import Run
from simulator.market.report_events import outcome
from simulator.market.settlement_files import settlement_files
from simulator.market.summary import settlement_sums
from simulator.market.world import World
from simulator.settlement import compare, settle
from simulator.settlement.folder import read_settlement_case
from simulator.store import tables
from simulator.timeline.scenario import load_scenario


def first_day(room) -> str:
    with room.store.reading() as tx:
        return min(row["day"] for row in tx.rows(tables.day_ahead_hour)).isoformat()


def rows(room, table, **equal) -> list[dict]:
    with room.store.reading() as tx:
        return tx.rows(table, **equal)


def files(room) -> dict[str, bytes]:
    with room.store.reading() as tx:
        return dict(settlement_files(tx, room.world))


def rerun(room, **correction):
    return ask(
        room, "rerun_day_ahead", day=first_day(room), reason="load was 3 % low", **correction
    )


def test_a_rerun_is_stated_as_a_second_version_that_holds_the_difference(room):
    market = room(None)
    before = rows(market, tables.statement)
    told = answer(rerun(market, load_scale="1.03"))

    assert told["stated"] == "now"
    assert told["changed_prices"] > 0
    after = rows(market, tables.statement)
    assert [line for line in after if line in before] == before, "what was stated stays"
    new = [line for line in after if line not in before]
    assert {line["version"] for line in new} == {2}
    assert all(line["amount_usd"] for line in new)
    with market.store.reading() as tx:
        assert settlement_sums(tx)["residual_usd"] == 0


def test_a_rerun_that_changes_nothing_is_stated_nowhere(room):
    """The same input again gives the same market: what a rerun shows is its correction's alone."""
    market = room(None)
    first = answer(rerun(market, load_scale="1.03"))
    lines = rows(market, tables.statement)
    again = answer(rerun(market, load_scale="1.03"))
    assert (again["run"], first["run"]) == (2, 1)
    assert (again["changed_prices"], again["versions"]) == (0, [])
    assert rows(market, tables.statement) == lines


def test_all_versions_together_are_what_the_published_month_settles_to(room):
    """With a branch out, shift factors change too: version 1's kit keeps those it was made with."""
    market = room(None)
    branch = str(market.world.folder.model.network.key[10])
    kits = {path: text for path, text in files(market).items() if path.endswith("_v1.zip")}
    answer(rerun(market, out=[branch], load_scale="1.01"))
    found = files(market)
    assert {path: found[path] for path in kits} == kits

    folder = next(path.rpartition("/")[0] for path in found if path.endswith("/crrs.csv"))
    texts = {
        path.rpartition("/")[2]: text.decode()
        for path, text in found.items()
        if path.rpartition("/")[0] == folder
    }
    lines = settle(read_settlement_case(texts)).lines
    statements = [path for path in found if path.endswith("/statements.csv")]
    assert statements
    for path in statements:
        assert compare(found[path].decode(), lines, path) == (), path


def test_everybody_sees_each_price_that_the_rerun_changed(room):
    market = room(None)
    told = answer(rerun(market, load_scale="1.03"))
    (text,) = (text for path, text in files(market).items() if path.endswith("corrections.csv"))
    shown = list(csv.DictReader(io.StringIO(text.decode())))
    assert len(shown) == told["changed_prices"]
    assert {row["Reason"] for row in shown} == {"load was 3 % low"}


def test_the_kit_of_the_second_version_leads_from_the_first(room):
    market = room(None)
    answer(rerun(market, load_scale="1.03"))
    found = files(market)
    later = [path for path in found if path.endswith("_v2.zip") and "true_up" not in path]
    assert later
    for path in later:
        then, now = (hourly(found[name]) for name in (path.replace("_v2", "_v1"), path))
        changed = hourly(found[path], "changes.csv")
        for key in now.keys() | then.keys():
            assert then[key] + changed[key] == now[key], (path, key)


def test_each_version_of_the_true_up_has_a_kit_of_what_held_then(room):
    """The rerun comes in the second of the true-up: its kit is told apart by the days' editions."""
    market = room(None)
    first = {path: kit for path, kit in files(market).items() if "true_up" in path}
    answer(rerun(market, load_scale="1.03"))
    found = files(market)
    assert {path: found[path] for path in first} == first
    later = [path for path in found if path.endswith("true_up_v2.zip")]
    assert later
    for path in later:
        then = path.replace("_v2", "_v1")
        stated = total(found[then]) if then in found else 0
        assert stated + total(found[path], "changes.csv") == total(found[path]), path


def total(kit: bytes, name: str = "statements.csv") -> Decimal:
    with zipfile.ZipFile(io.BytesIO(kit)) as archive:
        rows_of = csv.DictReader(io.StringIO(archive.read(name).decode()))
        return sum((Decimal(row["AmountUSD"]) for row in rows_of), Decimal(0))


def hourly(kit: bytes, name: str = "statements.csv") -> dict[str, Decimal]:
    amounts: dict[str, Decimal] = defaultdict(Decimal)
    with zipfile.ZipFile(io.BytesIO(kit)) as archive:
        for row in csv.DictReader(io.StringIO(archive.read(name).decode())):
            if row["ChargeCode"] == ChargeCode.HOURLY:
                amounts[row["TradingDay"]] += Decimal(row["AmountUSD"])
    return amounts


@pytest.mark.parametrize(
    ("correction", "code"),
    [
        ({}, "SET0006"),
        ({"load_scale": "3"}, "SET0006"),
        ({"load_scale": "much"}, "SER0017"),
        ({"out": ["1-2 circuit 1"]}, "SET0006"),
        ({"out": ["some line"]}, "SER0017"),
        ({"back": ["1-2 circuit 1"]}, "SET0006"),
        ({"day": "2001-01-01", "load_scale": "1.1"}, "SET0006"),
    ],
)
def test_a_rerun_that_cannot_be_is_refused_and_changes_nothing(room, correction, code):
    market = room(None)
    state = market.store.state_digest()
    assert code in codes(ask(market, "rerun_day_ahead", **{"day": first_day(market), **correction}))
    assert market.store.state_digest() == state


def test_only_the_operator_runs_a_market_again(room):
    market = room(None)
    asked = {"day": first_day(market), "load_scale": "1.03"}
    somebody = next(iter(market.world.participants))
    assert codes(ask(market, "rerun_day_ahead", somebody, **asked)) == ["SEC0001"]


def test_a_calendar_can_have_a_rerun(kept, market_world, tmp_path):
    """The event happens when it is due, and a run that goes on from a copy does only that."""
    event = """
[[event]]
id = "rerun"
week = 3
day = "wed"
time = "10:00"
kind = "rerun_day_ahead"
change = { day = "2024-04-11", load_scale = "1.03", reason = "load was 3 % low" }
note = "The load of the first trading day was too low."
done_when = "Version 2 of its statements is out."
"""
    shutil.copy(kept[None], tmp_path / "market.db")
    scenario = load_scenario(SHORT_RUN.read_text() + event, "short_run.toml")
    market = room_at(tmp_path / "market.db", World(scenario, 1, market_world.folder))
    Run(market).play()
    entry = market.store.entry("rerun")
    assert answer(entry)["changed_lines"] > 0
    assert outcome(scenario.event("rerun"), answer(entry)).endswith("prices of 2024-04-11 changed")
    market.store.close()
