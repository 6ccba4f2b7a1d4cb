"""Steps in which participants look at what concerns them: messages, caps, CRRs that moved."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from pytest_bdd import parsers, then, when

from simulator.domain import Period, Tou
from simulator.market import messages
from simulator.market.base_loading import base_loading
from simulator.market.command import OPERATOR
from simulator.store import books, tables

from .calendar import market_state
from .door import TYPES, Door, one_of, table
from .play import Play
from .publication import replacements

EVERYBODY = "everybody"


@when(parsers.parse('OPERATOR writes to {reader:w} "{text}"'))
def operator_writes(play: Door, reader: str, text: str) -> None:
    play.ask("send_message", OPERATOR, text=text, audience=_audience(reader))


@when(parsers.parse('{who:Participant} writes to {reader:w} "{text}"', extra_types=TYPES))
def writes(play: Play, who: str, reader: str, text: str) -> None:
    play.ask("send_message", who, text=text, audience=_audience(reader))


@then(parsers.parse('{who:w} does not have the private message "{text}"'))
def has_no_private_message(play: Door, who: str, text: str) -> None:
    assert text not in [*play.told(who), *play.told_everybody()]


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
def cap_is(play: Door, who: str, market: str, sink: str, mw: str, tou: str) -> None:
    wanted = one_of(Tou, tou)
    caps = play.caps(who, market).items()
    (found,) = [cap for (at, _, when_), cap in caps if (at, when_) == (sink, wanted)]
    assert found == Decimal(mw), f"it is {found} MW"


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


def _audience(reader: str) -> str:
    return messages.EVERYBODY if reader == EVERYBODY else reader


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
