"""Steps about merchant transmission: facilities, and the rights that they give."""

from __future__ import annotations

from datetime import date

from pytest_bdd import parsers, then, when

from simulator.market.command import OPERATOR

from .door import Door, table

LINE = ("line", "reactance in pu", "limit in MW")
PAIR = ("source", "sink", "hedge")
FACILITY = "the facility"


@when(
    parsers.parse(
        'OPERATOR enters the facility "{name}" of {sponsor:w}, in service from {start} for '
        "{years:d} years:"
    )
)
def enters(
    play: Door, name: str, sponsor: str, start: str, years: int, datatable: list[list[str]]
) -> None:
    lines = [
        f"{row['line']} x {row['reactance in pu']} rate {row['limit in MW']}"
        for row in table(datatable, LINE)
    ]
    play.noted[FACILITY] = {
        "facility": name, "sponsor": sponsor, "start": start, "life_years": years, "lines": lines,
    }  # fmt: skip


@when(parsers.parse("{who:w} elects:"))
def elects(play: Door, who: str, datatable: list[list[str]]) -> None:
    facility = play.noted.pop(FACILITY)
    assert facility["sponsor"] == who, f"{facility['sponsor']} builds it"
    pairs = [f"{row['source']} to {row['sink']} {row['hedge']}" for row in table(datatable, PAIR)]
    play.ask("award_merchant", OPERATOR, **facility, pairs=pairs)


@then("it adds:")
def adds(play: Door, datatable: list[list[str]]) -> None:
    awards = play.last_answer().effect["awards"]
    found = [
        {"source": item["source"], "sink": item["sink"], "hedge": item["hedge"],
         "TOU": item["tou"], "MW": item["mw"]}
        for item in awards
    ]  # fmt: skip
    assert found == table(datatable, (*PAIR, "TOU", "MW")), f"it adds {found}"


@then(
    parsers.parse("the CRRs of type {crr_type:w} of {who:w} run from {start} up to {end}"),
)
def run_for(play: Door, crr_type: str, who: str, start: str, end: str) -> None:
    own = [crr for crr in play.own_crrs(who) if crr.crr_type == crr_type]
    assert own, f"{who} has none"
    wanted = date.fromisoformat(start), date.fromisoformat(end)
    assert {(crr.start, crr.end) for crr in own} == {wanted}
