"""Steps about who may do what: users, their functions, the page of rights."""

from __future__ import annotations

from pytest_bdd import given, parsers, then, when

from simulator.domain import Portfolio
from simulator.market.command import OPERATOR

from .door import TYPES, Door, table
from .play import Play

RIGHT, ORGANISATION = ("user", "function", "service"), ("organisation",)


@given(parsers.parse("{user:w} of {organisation:w} was given for {participant:w}:"))
@when(parsers.parse("the operator gives {user:w} of {organisation:w} for {participant:w}:"))
def gives(
    play: Door, user: str, organisation: str, participant: str, datatable: list[list[str]]
) -> None:
    rows = table(datatable, ("function", "service"))
    functions = [[row["service"], row["function"]] for row in rows]
    play.give(user, organisation, participant, functions)


@when(
    parsers.parse(
        '{user:w} creates for {participant:w} the portfolio "{name}" of "{market}" '
        "with nothing in it"
    )
)
def creates_for(play: Door, user: str, participant: str, name: str, market: str) -> None:
    play.hand("create_portfolio", Portfolio(name, market, participant), user)


@when(parsers.parse("{who:w} asks for the function {access:w} {service:w} of {participant:w}"))
def asks_function(play: Play, who: str, access: str, service: str, participant: str) -> None:
    play.ask("request_access", who, participant=participant, service=service, access=access)


@when(
    parsers.parse(
        "OPERATOR decides {decision:w} on {access:w} {service:w} of {user:w} for {participant:w}"
    )
)
def operator_decides(
    play: Door, decision: str, access: str, service: str, user: str, participant: str
) -> None:
    play.ask(
        "decide_access", OPERATOR, user=user, participant=participant, service=service,
        access=access, decision=decision,
    )  # fmt: skip


@when(
    parsers.parse(
        "{who:Participant} decides {decision:w} on {access:w} {service:w} of {user:w} "
        "for {participant:w}",
        extra_types=TYPES,
    )
)
def decides_function(
    play: Play, who: str, decision: str, access: str, service: str, user: str, participant: str
) -> None:
    play.ask(
        "decide_access", who, user=user, participant=participant, service=service,
        access=access, decision=decision,
    )  # fmt: skip


@then(parsers.parse("the page of rights of {participant:w} has:"))
def page_has(play: Door, participant: str, datatable: list[list[str]]) -> None:
    page = play.rights(participant)
    for row in table(datatable, RIGHT, ORGANISATION):
        assert any(row.items() <= right.items() for right in page), f"{row} is not in {page}"


@then(parsers.parse("the page of rights of {participant:w} has not:"))
def page_has_not(play: Door, participant: str, datatable: list[list[str]]) -> None:
    page = play.rights(participant)
    assert page, "it has nothing at all"
    for row in table(datatable, RIGHT, ORGANISATION):
        assert not any(row.items() <= right.items() for right in page), f"{row} is in {page}"
