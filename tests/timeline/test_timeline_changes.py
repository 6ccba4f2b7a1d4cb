"""Corrections in a calendar: events that say what they put right."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.domain import Refused
from simulator.engine.agenda import agenda
from simulator.market.arguments import argument_findings
from simulator.timeline.event import EventKind
from simulator.timeline.scenario import load_scenario

SHORT = Path(__file__).resolve().parents[1] / "engine" / "short_run.toml"
EVENT = """
[[event]]
id = "correction"
week = 3
day = "wed"
time = "10:00"
kind = "{kind}"
{change}
note = "The operator corrects the day-ahead market."
done_when = "Statements of a new version are out."
"""
RERUN = 'change = { day = "2024-04-11", load_scale = "1.03", out = ["1002-1032 circuit 1"] }'
AUCTION = 'market = "AUC_MN_{month}"\n'
PRICE = (
    'change = { hour = "2024-04-11T18:00:00-07:00", constraint = "A|BASE|FROM_TO", '
    'shadow_price_usd_per_mwh = "12.5", reason = "metering" }'
)


def scenario(kind: str, change: str):
    text = SHORT.read_text() + EVENT.replace("{kind}", kind).replace("{change}", change)
    return load_scenario(text, "correction.toml")


def test_a_correction_becomes_a_command_with_its_fields():
    command = next(
        item.command for item in agenda(scenario("rerun_day_ahead", RERUN))
        if item.key == "correction"
    )  # fmt: skip
    assert command.kind == EventKind.RERUN_DAY_AHEAD
    wanted = {"day": "2024-04-11", "load_scale": "1.03", "out": ["1002-1032 circuit 1"]}
    assert wanted.items() <= command.arguments.items()
    assert dict(scenario("correct_price", PRICE).event("correction").change)["reason"] == "metering"


MERCHANT = (
    'change = { sponsor = "GEN1", facility = "Second line", start = "2024-08-01", '
    'life_years = "40", lines = ["2408-2407 circuit 2 x 0.0254 rate 800"], '
    'pairs = ["MESACAL_7_N001 to MLAP_VERN-APND OBL"] }'
)


def test_a_facility_becomes_a_command_that_the_market_understands():
    (command,) = [
        item.command
        for item in agenda(scenario("award_merchant", MERCHANT))
        if item.key == "correction"
    ]
    assert command.kind == "award_merchant"
    assert command.arguments["pairs"] == ["MESACAL_7_N001 to MLAP_VERN-APND OBL"]
    assert list(argument_findings(command)) == []


@pytest.mark.parametrize(
    ("kind", "change", "code", "where"),
    [
        ("rerun_day_ahead", "", "SCN_MISSING_FIELD", "event"),
        ("rerun_day_ahead", 'change = { load_scale = "1.03" }', "SCN_MISSING_FIELD", "change"),
        ("rerun_day_ahead", 'change = { day = "2024-04-11", lod = 1 }', "SCN_UNKNOWN_FIELD", "lod"),
        ("rerun_day_ahead", 'change = { day = 3 }', "SCN_TYPE", "change.day"),
        ("correct_price", RERUN, "SCN_UNKNOWN_FIELD", "change"),
        ("rerun_auction", "", "SCN_MISSING_FIELD", "event"),
        ("rerun_auction", f'{AUCTION}change = {{ limits = "0.5" }}', "SCN_UNKNOWN_FIELD", "limits"),
        ("award_merchant", RERUN, "SCN_UNKNOWN_FIELD", "change"),
        ("award_merchant", "", "SCN_MISSING_FIELD", "event"),
        ("unstructured", RERUN, "SCN_UNKNOWN_FIELD", "change"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_correction_is_told_with_its_line(kind, change, code, where):
    with pytest.raises(Refused) as refused:
        scenario(kind, change)
    told = [(finding.code, finding.where) for finding in refused.value.findings]
    assert any(found == code and where in place for found, place in told), told
