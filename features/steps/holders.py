"""Steps in which participants look at what concerns them: messages, caps, CRRs that moved."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from pytest_bdd import parsers, then, when

from simulator.domain import Period
from simulator.market import messages
from simulator.market.base_loading import base_loading
from simulator.store import books, tables

from .calendar import market_state
from .play import Play, table
from .publication import replacements
from .special import ask

EVERYBODY = "everybody"


@when(parsers.parse('{who:w} writes to {reader:w} "{text}"'))
def writes(play: Play, who: str, reader: str, text: str) -> None:
    audience = messages.EVERYBODY if reader == EVERYBODY else reader
    ask(play, "send_message", who, text=text, audience=audience)


@then(parsers.parse('{who:w} does not have the private message "{text}"'))
def has_no_private_message(play: Play, who: str, text: str) -> None:
    with play.reading() as tx:
        readers = [item.recipient for item in messages.all_messages(tx) if item.text == text]
    assert not {who, messages.EVERYBODY} & set(readers)


@then(parsers.parse('{who:w} sees how its cap in "{market}" at "{sink}" came about, {tou:w}:'))
def how_cap_came_about(
    play: Play, who: str, market: str, sink: str, tou: str, datatable: list[list[str]]
) -> None:
    key = {"market": market, "participant": who, "sink": sink, "tou": tou}
    with play.reading() as tx:
        (row,) = tx.rows(tables.nomination_cap, kind="UPPER_BOUND", **key)
    figures = _figures(json.loads(row["how"]))
    for wanted in table(datatable, ("figure", "is")):
        found = figures.get(wanted["figure"])
        assert found, f"{wanted['figure']} is not among {sorted(figures)}"
        assert found["formula"] == wanted["is"], found
        _assert_difference(found)


@then(
    parsers.parse(
        'the cap of {who:w} for "{period}" in "{market}" at "{sink}" loses the counter-flows of '
        '"{before}", {tou:w}'
    )
)
def cap_loses_counter_flows(
    play: Play, who: str, period: str, market: str, sink: str, before: str, tou: str
) -> None:
    key = {"market": market, "participant": who, "sink": sink, "period": period, "tou": tou}
    season = Period.parse(before)
    with play.reading() as tx:
        (row,) = tx.rows(tables.nomination_cap, kind="UPPER_BOUND", **key)
        flows = books.crrs(tx, owner=who, crr_type="LMT_CNT", source=sink, tou=tou)
    lost = sum((crr.mw for crr in flows if crr.spans(season)), Decimal(0))
    assert lost > 0, f"no load of {who} left in {before}"
    figures = {item["name"]: item for item in json.loads(row["how"])["inputs"]}
    assert Decimal(figures["load migration"]["value"]) == lost


@then(parsers.parse('the cap of {who:w} in "{market}" at "{sink}" is {mw} MW, {tou:w}'))
def cap_is(play: Play, who: str, market: str, sink: str, mw: str, tou: str) -> None:
    key = {"market": market, "participant": who, "sink": sink, "tou": tou}
    with play.reading() as tx:
        (row,) = tx.rows(tables.nomination_cap, kind="UPPER_BOUND", **key)
    assert row["mw"] == Decimal(mw), row["how"]


@then(parsers.parse('CRRs from "{place}" keep their name and load "{market}" where it moved to'))
def keep_their_name(play: Play, place: str, market: str) -> None:
    moved_to, _ = replacements(play, market)[place]
    with play.reading() as tx:
        held = {crr.crr_id for crr in books.crrs(tx) if crr.source == place}
        loads = {
            fixed.source
            for product in market_state(play, market).market.products
            for fixed in base_loading(tx, market, product)
            if fixed.crr_id in held
        }
    assert held, f"nobody holds a CRR from {place}"
    assert loads == {moved_to}


def _figures(data: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """A figure and everything it was made of, by name."""
    found = {data["name"]: data}
    for part in data["inputs"]:
        found |= _figures(part)
    return found


def _assert_difference(figure: dict[str, Any]) -> None:
    """The value of `A - B` is what its parts give; a cap is never below zero."""
    if " - " in figure["formula"]:
        first, *rest = (Decimal(part["value"]) for part in figure["inputs"])
        assert Decimal(figure["value"]) == max(first - sum(rest), Decimal(0)), figure
