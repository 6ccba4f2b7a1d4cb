"""A refusal carries all its findings wherever it goes."""

from __future__ import annotations

import pickle

import pytest

from simulator.domain import Finding, Refused, refuse_if_any

FINDINGS = (
    Finding(
        "A0001", "too much", "bids.csv row 2 column MW", "9", "at most 5", "bid less", "rule 1"
    ),
    Finding("A0002", "too late"),
)


def test_every_finding_is_a_line_that_says_where_what_and_what_to_do():
    with pytest.raises(Refused) as refusal:
        refuse_if_any(iter(FINDINGS))
    assert str(refusal.value).splitlines() == [
        "bids.csv row 2 column MW: A0001 too much; found: 9; allowed: at most 5; "
        "remedy: bid less; rule: rule 1",
        "A0002 too late",
    ]


@pytest.mark.parametrize(
    "copied",
    [
        lambda refusal: type(refusal)(*refusal.args),
        lambda refusal: pickle.loads(pickle.dumps(refusal)),
    ],
    ids=["from its arguments", "by pickle"],
)
def test_a_copy_of_a_refusal_is_the_same_refusal(copied):
    copy = copied(Refused(FINDINGS))
    assert copy.findings == FINDINGS
    assert str(copy) == str(Refused(FINDINGS))


def test_nothing_wrong_is_no_refusal():
    refuse_if_any(())


def test_what_a_file_holds_does_not_act_on_the_terminal() -> None:
    finding = Finding("RAW_RECORD", "no number", "a.raw line 4", "\x1b[2J\x07Se\xf1or \u202etxt")
    assert str(finding) == (
        "a.raw line 4: RAW_RECORD no number; found: \\x1b[2J\\x07Se\xf1or \\u202etxt"
    )
    assert finding.as_dict()["found"] == finding.found  # JSON escapes by itself
