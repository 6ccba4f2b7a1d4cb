"""Steps about what happens to statements later: corrections, recalculations, what is published."""

from __future__ import annotations

from datetime import date

from pytest_bdd import parsers, then, when

from simulator.domain import ChargeCode
from simulator.market.command import OPERATOR
from simulator.market.settlement_files import settlement_files
from simulator.settlement import compare, settle
from simulator.settlement.folder import read_settlement_case
from simulator.store import Entry, tables
from simulator.store.transaction import Row
from simulator.timeline.hours import iso_utc

from .door import total
from .play import Play

NOTED, RERUN = "corrected", "rerun"


@when("the operator doubles the dearest price of the first trading day")
def double_the_dearest_price(play: Play) -> None:
    with play.reading() as tx:
        day = min(row["trading_day"] for row in tx.rows(tables.statement))
        hours = tuple(row["hour"] for row in tx.rows(tables.day_ahead_hour, day=day))
        rows = tx.rows(tables.day_ahead_constraint, hour=hours)
    dearest = max(rows, key=lambda row: row["shadow_price_usd_per_mwh"])
    before = _statements(play, day)
    entry = _operator(
        play,
        "correct_price",
        hour=iso_utc(dearest["hour"]),
        constraint=dearest["constraint"],
        shadow_price_usd_per_mwh=str(2 * dearest["shadow_price_usd_per_mwh"]),
    )
    assert entry.status == "done", entry.effect
    play.noted[NOTED] = (day, before, dearest)


@when(
    parsers.parse(
        "the operator runs the first trading day's market again with {more:d} % more load"
    )
)
def run_the_market_again(play: Play, more: int) -> None:
    with play.reading() as tx:
        day = min(row["trading_day"] for row in tx.rows(tables.statement))
    before = _statements(play, day)
    entry = _operator(play, "rerun_day_ahead", day=day.isoformat(), load_scale=str(1 + more / 100))
    assert entry.status == "done", entry.effect
    play.noted[RERUN] = (day, before)


@then("that day has one more version with nothing but what changed")
def one_more_version(play: Play) -> None:
    day, before = play.noted[RERUN]
    now = _statements(play, day)
    assert [row for row in now if row in before] == before, "earlier versions are as they were"
    later = [row for row in now if row not in before]
    assert later, "there is no new version"
    assert {row["version"] for row in later} == {1 + max(row["version"] for row in before)}
    assert all(row["amount_usd"] for row in later)


@when("the operator corrects a price of an hour without a day-ahead market")
def correct_no_hour(play: Play) -> None:
    asked = {"hour": "2001-01-01T00:00Z", "constraint": "ANY|CASE|FROM_TO"}
    play.noted["refusal"] = _operator(play, "correct_price", **asked, shadow_price_usd_per_mwh="1")


@then(parsers.parse("the operator is refused with {code:w}"))
def operator_is_refused(play: Play, code: str) -> None:
    entry: Entry = play.noted["refusal"]
    assert entry.status == "refused"
    assert code in entry.effect, entry.effect


@then("the statements of that day are what they were")
def statements_are_unchanged(play: Play) -> None:
    day, before, _ = play.noted[NOTED]
    assert _statements(play, day) == before


@then("that day has a second version with nothing but what changed")
def second_version(play: Play) -> None:
    day, before, dearest = play.noted[NOTED]
    now = _statements(play, day)
    assert [row for row in now if row["version"] == 1] == before, "version 1 is as it was"
    later = [row for row in now if row["version"] == 2]
    assert later, "there is no second version"
    assert all(row["amount_usd"] for row in later)
    with play.reading() as tx:
        revenue = tx.rows(tables.balancing, trading_day=day, item="CONGESTION_REVENUE")
    changed = total(row["amount_usd"] for row in revenue if row["version"] == 2)
    assert changed == dearest["revenue_usd"], "twice the price collects twice the revenue"


@then("everybody can download the old price beside the new one")
def correction_is_published(play: Play) -> None:
    _, _, dearest = play.noted[NOTED]
    with play.reading() as tx:
        files = dict(settlement_files(tx, play.world))
    published = [text.decode() for path, text in files.items() if path.endswith("corrections.csv")]
    assert any(dearest["constraint"] in text for text in published), list(files)


@then(parsers.parse('the published case of "{month}" settles to the cents of every holder'))
def published_case_settles(play: Play, month: str) -> None:
    with play.reading() as tx:
        files = dict(settlement_files(tx, play.world))
    folder = f"published/settlement/{month}"
    names = [path.rpartition("/")[2] for path in files if path.startswith(f"{folder}/")]
    assert "crrs.csv" in names, f"{month} is not published; there are {sorted(files)[:5]}"
    texts = {name: files[f"{folder}/{name}"].decode() for name in names}
    lines = settle(read_settlement_case(texts)).lines
    holders = [path for path in files if path.endswith(f"/{month}/statements.csv")]
    assert holders
    for path in holders:
        assert compare(files[path].decode(), lines, path) == (), path


@then("every statement has a kit of its own")
def every_statement_has_a_kit(play: Play) -> None:
    with play.reading() as tx:
        files = set(dict(settlement_files(tx, play.world)))
        rows = tx.rows(tables.statement, item="DAY")
    for row in rows:
        day: date = row["trading_day"]
        kit = f"private/{row['owner']}/settlement/{day:%Y_M%m}/kits/{day}_v{row['version']}.zip"
        assert kit in files, kit


@then("what the balancing account shared out went to load and is all there")
def shared_out(play: Play) -> None:
    with play.reading() as tx:
        shares = tx.rows(tables.statement, item="DEMAND")
        account = tx.rows(tables.balancing, item="MEASURED_DEMAND")
        roles = {row["participant_id"]: row["role"] for row in tx.rows(tables.participant)}
    assert shares
    assert total(row["amount_usd"] for row in shares) == -total(r["amount_usd"] for r in account)
    assert {roles[row["owner"]] for row in shares} <= {"LSE", "CCA", "MUNICIPAL"}


def _operator(play: Play, kind: str, **arguments: str) -> Entry:
    return play.carry_out(kind, OPERATOR, arguments)


def _statements(play: Play, day: date) -> list[Row]:
    with play.reading() as tx:
        return tx.rows(tables.statement, trading_day=day)


@then("each holder of an existing right got its day-ahead congestion back")
def congestion_given_back(play: Play) -> None:
    with play.reading() as tx:
        lines = tx.rows(tables.statement, charge_code=ChargeCode.REVERSAL.value)
        account = tx.rows(tables.balancing, item="EXISTING_RIGHTS")
    assert {row["owner"] for row in lines} == {right.holder for right in play.world.rights}
    assert any(row["amount_usd"] for row in lines)
    assert total(row["amount_usd"] for row in lines) == -total(r["amount_usd"] for r in account)
