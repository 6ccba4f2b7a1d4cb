"""Steps about the special processes: load, need, migration, conversion, trades, access."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import parse
from pytest_bdd import given, parsers, then, when

from simulator.domain import Crr, Period, Portfolio
from simulator.market import load
from simulator.market.command import OPERATOR
from simulator.rules.load import LoadRecord, LoadType
from simulator.store import books, special_tables, tables
from simulator.timeline.hours import hours_of_period

from .door import Door, table
from .play import Play


@parse.with_pattern("COUNTS|RATES")
def undated(text: str) -> str:
    """The part of an upload, in the text of a step."""
    return text


def fields(datatable: list[list[str]]) -> dict[str, str]:
    """A table of field and value."""
    return {row["field"]: row["value"] for row in table(datatable, ("field", "value"))}


@given(parsers.parse('the process "{name}" is {status:w}'))
@then(parsers.parse('the process "{name}" is {status:w}'))
def process_is(play: Door, name: str, status: str) -> None:
    found = play.process(name)
    assert found == status, f"it is {found}"


@when(parsers.parse('{who:w} submits {mw} MW in every hour at "{sink}" to "{window}"'))
def submits_flat_load(play: Door, who: str, mw: str, sink: str, window: str) -> None:
    submits_load_but(play, who, mw, sink, window, [["day", "hour ending", "MW"]])


@when(parsers.parse('{who:w} submits {mw} MW in every hour at "{sink}" to "{window}" but:'))
def submits_load_but(
    play: Door, who: str, mw: str, sink: str, window: str, datatable: list[list[str]]
) -> None:
    spec = play.spec(window)
    period = spec.periods[0] if spec else Period.parse("2024_M04")
    other = {
        (date.fromisoformat(row["day"]), int(row["hour ending"])): row["MW"]
        for row in table(datatable, ("day", "hour ending", "MW"))
    }
    records = []
    for hour in hours_of_period(period, None):
        text = other.get((hour.day, hour.hour_ending), mw)
        sizes = [] if text == "none" else text.split(" and ")
        for size in sizes:
            at = (sink, hour.day, hour.hour_ending, LoadType.FINAL_LOAD)
            records.append(LoadRecord(*at, Decimal(size)))
    rows = load.day_rows(records)
    play.ask("submit_load", who, window=window, period=period.name, owner=who, records=rows)


@when(parsers.parse('{who:w} submits to "{window}" in every hour:'))
def submits_load_types(play: Door, who: str, window: str, datatable: list[list[str]]) -> None:
    spec = play.spec(window)
    assert spec is not None, f"the calendar has no window {window}"
    records = [
        LoadRecord(row["sink"], hour.day, hour.hour_ending, LoadType(row["load type"]), size)
        for row in table(datatable, ("sink", "load type", "MW"))
        for size in [Decimal(row["MW"])]
        for hour in hours_of_period(spec.periods[0], None)
    ]
    asked = {"window": window, "period": spec.periods[0].name, "owner": who}
    play.ask("submit_load", who, **asked, records=load.day_rows(records))


@then(parsers.parse('the load of {who:w} in "{window}" counts with {mw} MW at "{sink}"'))
def load_counts(play: Door, who: str, window: str, mw: str, sink: str) -> None:
    counted = play.load_metric(who, window, sink)
    assert counted == [Decimal(mw)] * 2, f"it counts with {counted}"


@given(parsers.parse('the reference forecast at "{sink}" is {mw} MW in every hour of {day}'))
@when(parsers.parse('the reference forecast at "{sink}" is {mw} MW in every hour of {day}'))
def reference_is(play: Door, sink: str, mw: str, day: str) -> None:
    period = Period.month(int(day[:4]), int(day[5:7])).name
    answer = play.ask(
        "set_reference_load", OPERATOR, period=period, sink=sink, days=[[day, [mw] * 24]]
    )
    assert not answer.refused, answer.reasons


@then(parsers.parse('the load of {who:w} in "{window}" is {status:w} with {mw} MW in every hour'))
def load_on_file(play: Door, who: str, window: str, status: str, mw: str) -> None:
    assert play.loads(who, window) == (status, {Decimal(mw)})


@then(parsers.parse('the load of {who:w} in "{window}" is {status:w}'))
def load_status(play: Door, who: str, window: str, status: str) -> None:
    found, _ = play.loads(who, window)
    assert found == status, f"it is {found}"


@then(parsers.parse('{who:w} has the private message "{text}"'))
def has_private_message(play: Door, who: str, text: str) -> None:
    found = play.told(who)
    assert text in found, f"the messages are {found}"


@when(parsers.parse('{who:w} shows in "{window}" for "{period}" {tou:w} a need of {mw} MW'))
def shows_need(play: Play, who: str, window: str, period: str, tou: str, mw: str) -> None:
    rows = [[period, tou, mw, "LOAD", "0"]]
    play.ask("show_need", who, window=window, owner=who, rows=rows)


@when(
    parsers.parse(
        '{who:w} elects in "{window}" for "{period}" {tou:w} {mw} MW of a need of {need} MW'
    )
)
def elects_quantity(
    play: Play, who: str, window: str, period: str, tou: str, mw: str, need: str
) -> None:
    rows = [[period, tou, need, "EQ", mw]]
    play.ask("show_need", who, window=window, owner=who, rows=rows)


@when(parsers.parse('{who:w} prepays {usd} USD of wheeling access charges for "{market}"'))
def prepays(play: Play, who: str, usd: str, market: str) -> None:
    play.ask("prepay_wheeling", who, market=market, owner=who, amount_usd=usd)


@when(parsers.parse('{who:w} uploads DASRS of "{udc}" to "{market}" effective {day}:'))
def uploads_transfers(
    play: Door, who: str, udc: str, market: str, day: str, datatable: list[list[str]]
) -> None:
    _upload(play, who, "DASRS", udc, market, day, datatable)


@when(
    parsers.parse(
        '{who:w} uploads {part:Undated} of "{udc}" to "{market}" effective {day}:',
        extra_types={"Undated": undated},
    )
)
def uploads_undated(
    play: Play, who: str, part: str, udc: str, market: str, day: str, datatable: list[list[str]]
) -> None:
    """Over the wire these carry no date of their own."""
    _upload(play, who, part, udc, market, day, datatable)


def _upload(
    play: Door, who: str, part: str, udc: str, market: str, day: str, datatable: list[list[str]]
) -> None:
    rows: list[list[Any]] = []
    for row in table(datatable, datatable[0]):
        *cells, last = row.values()
        rows.append([*cells, last if part == "RATES" else int(last)])
    play.upload(who, part, udc, market, day, rows)


@then(parsers.parse('{count:d} N-hours of "{market}" are posted for "{dlap}"'))
def n_hours_posted(play: Door, count: int, market: str, dlap: str) -> None:
    own = [hour for hour in play.n_hours(market) if hour[0] == dlap]
    assert len(set(own)) == len(own) == count, str(own)


@then(parsers.parse('for each CRR that "{market}" gave a gainer its loser has the counter-flow'))
def pairs_net_to_nothing(play: Play, market: str) -> None:
    made = [crr for crr in _crrs(play) if crr.market == market]
    gained = [crr for crr in made if crr.crr_type == "LSE_LMT"]
    counter = [crr for crr in made if crr.crr_type == "LMT_CNT"]
    assert gained, "nothing has migrated"
    there = sorted((c.parent_crr_id, c.source, c.sink, c.tou, c.start, c.end, c.mw) for c in gained)
    back = sorted((c.parent_crr_id, c.sink, c.source, c.tou, c.start, c.end, c.mw) for c in counter)
    assert there == back
    owners = {crr.crr_id: crr.owner for crr in _crrs(play)}
    assert all(owners[crr.parent_crr_id] == crr.owner for crr in counter)


@then(parsers.parse('"{market}" took each gainer the share of its percentage'))
def shares_are_percentages(play: Play, market: str) -> None:
    with play.reading() as tx:
        rows = tx.rows(special_tables.migration_share, market=market)
    share = {
        (row["from_lse"], row["to_lse"], row["season"], row["tou"]): Decimal(row["percent"])
        for row in rows
    }
    held = {crr.crr_id: crr for crr in _crrs(play)}
    for crr in held.values():
        if crr.market == market and crr.crr_type == "LSE_LMT":
            base = held[crr.parent_crr_id]
            season = (base.start.month + 2) // 3
            percent = share[base.owner, crr.owner, season, crr.tou.value]
            assert crr.mw == round(base.mw * percent / 100, 3), str(crr)


@then(parsers.parse("{who:w} has {count:d} CRRs of type {crr_type:w} with {mw} MW each"))
def has_crrs(play: Door, who: str, count: int, crr_type: str, mw: str) -> None:
    found = [
        crr for crr in play.own_crrs(who)
        if (crr.crr_type.value, crr.mw) == (crr_type, Decimal(mw))
    ]  # fmt: skip
    assert len(found) == count, f"there are {found}"


@when(parsers.parse('{who:w} creates the portfolio "{name}" of "{market}" with nothing in it'))
def creates_empty(play: Door, who: str, name: str, market: str) -> None:
    play.hand("create_portfolio", Portfolio(name, market, who))


@when(parsers.parse('{who:w} retracts the portfolio "{name}" of {owner:w} in "{market}"'))
def retracts_others(play: Play, who: str, name: str, owner: str, market: str) -> None:
    play.ask("retract_portfolio", who, market=market, participant=owner, portfolio=name)


@then(parsers.parse('{who:w} gets back for "{market}" what it prepaid and was not awarded'))
def refunded(play: Play, who: str, market: str) -> None:
    with play.reading() as tx:
        rows = tx.rows(special_tables.wheeling_payment, market=market, participant=who)
        lines = books.market_lines(tx, market)
        awards = tx.rows(tables.award, market=market)
    charge = Decimal(str(play.world.settings.eligibility.wheeling_charge_usd_per_mwh))
    used = Decimal(0)
    for row in awards:
        line = lines[str(row["bid_id"])]
        if line.participant == who:
            hours = [h for h in hours_of_period(Period.parse(line.period), None)
                     if h.tou == line.tou]  # fmt: skip
            used += charge * row["awarded_mw"] * len(hours)
    assert rows
    assert sum((row["amount_usd"] for row in rows), Decimal(0)) == round(used, 2)


def _crrs(play: Play) -> tuple[Crr, ...]:
    with play.reading() as tx:
        return books.crrs(tx)
