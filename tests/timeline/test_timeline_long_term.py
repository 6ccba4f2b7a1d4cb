"""The shipped long-term calendar, and what a calendar with a tier LT may not leave out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from simulator.domain import Finding, Refused, Tier
from simulator.timeline.scenario import load_scenario

BOOK = Path(__file__).resolve().parents[2] / "scenarios" / "long_term.toml"
TEXT = BOOK.read_text(encoding="utf-8")
SCALE = "long_term_limit_scale = 0.60"


def findings(text: str) -> tuple[Finding, ...]:
    with pytest.raises(Refused) as refusal:
        load_scenario(text, "book.toml")
    return refusal.value.findings


@pytest.mark.parametrize(
    ("written", "scale"), [(SCALE, 0.60), ("", 0.60), (SCALE[:-4] + "0.5", 0.5)]
)
def test_only_tier_lt_releases_the_long_term_share_of_the_limits(written, scale):
    scenario = load_scenario(TEXT.replace(SCALE, written), "book.toml")
    scales = {spec.market.tier: spec.market.limit_scale for spec in scenario.markets}
    assert scales == {Tier.PNP: 0.65, Tier.LT: scale, Tier.T2: 0.65}


def test_tier_lt_needs_a_priority_tier_of_its_own_seasons():
    text = TEXT.replace('"{next_year}_S04"]', "]", 1)  # the priority tier sells three seasons only
    (finding,) = findings(text)
    assert finding.code == "SCN_MISSING_EVENT"
    assert finding.found == "long-term-open"
    assert "a market of tier PNP with its periods" in finding.remedy


def test_tier_lt_opens_after_the_priority_tier_is_posted():
    text = re.sub(
        r'(id = "pnp-post"\nweek = 1\nday = )"wed"\ntime = "09:00"',
        r'\1"fri"\ntime = "09:00"',
        TEXT,
    )
    assert text != TEXT
    said = [finding.message for finding in findings(text)]
    assert "ALLOC_AN_2025_TLT opens before the priority tier of its products is posted" in said


def test_tier_lt_opens_after_its_pairs_are_published():
    text = TEXT.replace('data = ["SIGNATURE", "UPPER_BOUND"]', 'data = ["REPORTS"]')
    (finding,) = findings(text)
    assert "before the pairs that the priority tier gave are published" in finding.message
    assert '["SIGNATURE"]' in finding.remedy
