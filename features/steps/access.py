"""Steps about who may do what: users, their functions, the page of rights."""

from __future__ import annotations

import csv
import io

from pytest_bdd import given, parsers, then, when

from simulator.market.command import OPERATOR
from simulator.market.special_publication import special_files

from .play import Play, table
from .special import ask, ask_for

RIGHT, ORGANISATION = ("user", "function", "service"), ("organisation",)


@given(parsers.parse("{user:w} of {organisation:w} was given for {participant:w}:"))
@when(parsers.parse("the operator gives {user:w} of {organisation:w} for {participant:w}:"))
def gives(
    play: Play, user: str, organisation: str, participant: str, datatable: list[list[str]]
) -> None:
    rows = table(datatable, ("function", "service"))
    functions = [[row["service"], row["function"]] for row in rows]
    answer = ask(
        play, "provision", OPERATOR, user=user, organisation=organisation,
        participant=participant, functions=functions,
    )  # fmt: skip
    assert not answer.refused, answer.reasons


@when(
    parsers.parse(
        '{user:w} creates for {participant:w} the portfolio "{name}" of "{market}" '
        "with nothing in it"
    )
)
def creates_for(play: Play, user: str, participant: str, name: str, market: str) -> None:
    address = {"market": market, "participant": participant, "portfolio": name}
    empty = {**address, "bids": [], "nominations": []}
    ask_for(play, "create_portfolio", participant, user, empty)


@when(parsers.parse("{who:w} asks for the function {access:w} {service:w} of {participant:w}"))
def asks_function(play: Play, who: str, access: str, service: str, participant: str) -> None:
    ask(play, "request_access", who, participant=participant, service=service, access=access)


@when(
    parsers.parse(
        "{who:w} decides {decision:w} on {access:w} {service:w} of {user:w} for {participant:w}"
    )
)
def decides_function(
    play: Play, who: str, decision: str, access: str, service: str, user: str, participant: str
) -> None:
    ask(
        play, "decide_access", who, user=user, participant=participant, service=service,
        access=access, decision=decision,
    )  # fmt: skip


@then(parsers.parse("the page of rights of {participant:w} has:"))
def page_has(play: Play, participant: str, datatable: list[list[str]]) -> None:
    page = _page(play, participant)
    for row in table(datatable, RIGHT, ORGANISATION):
        assert any(row.items() <= right.items() for right in page), f"{row} is not in {page}"


@then(parsers.parse("the page of rights of {participant:w} has not:"))
def page_has_not(play: Play, participant: str, datatable: list[list[str]]) -> None:
    page = _page(play, participant)
    assert page, "it has nothing at all"
    for row in table(datatable, RIGHT, ORGANISATION):
        assert not any(row.items() <= right.items() for right in page), f"{row} is in {page}"


def _page(play: Play, participant: str) -> list[dict[str, str]]:
    with play.reading() as tx:
        files = dict(special_files(tx, play.world))
    text = files[f"private/{participant}/EFFECTIVE_RIGHTS_{participant}.csv"].decode()
    return [
        {
            "user": row["User"], "organisation": row["Organisation"], "function": row["Access"],
            "service": row["Service"],
        }
        for row in csv.DictReader(io.StringIO(text))
        if row["Participant"] == participant
    ]  # fmt: skip
