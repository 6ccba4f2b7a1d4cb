"""The portfolio state machine: every transition, every refusal, no illegal state."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from simulator.domain import (
    Finding,
    MarketKind,
    MarketStatus,
    Nomination,
    Portfolio,
    PortfolioStatus,
    Refused,
    Tou,
)
from simulator.rules import portfolio as life

OPEN, CLOSED = MarketStatus.OPEN, MarketStatus.CLOSED
AUCTION, ALLOCATION = MarketKind.AUCTION, MarketKind.ALLOCATION
NOMINATION = Nomination("1", "LSE1", "G", "L", Tou.ON, "2024_M04", Decimal(1))
FULL = Portfolio("P one", "ALLOC", "LSE1", nominations=(NOMINATION,))
BAD = Finding("SER0030", "too much")
POOR = Finding("SER0030", "short of collateral")


def codes(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [finding.code for finding in refused.value.findings]


def in_status(status: PortfolioStatus) -> Portfolio:
    return replace(FULL, status=status)


def test_a_good_portfolio_is_valid_and_an_empty_one_new() -> None:
    assert life.create(FULL, OPEN, False).status == PortfolioStatus.VALID
    empty = Portfolio("E", "ALLOC", "LSE1")
    assert life.create(empty, OPEN, False).status == PortfolioStatus.NEW


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "POR0215"),
        ("  ", "POR0215"),
        ("x" * 101, "POR0103"),
        ("a!b", "SER0022"),
        ("._-", "SER0022"),
        ("Ångström", "SER0022"),
        ("line\nbreak", "SER0022"),
    ],
)
def test_bad_names(name: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        life.create(replace(FULL, name=name), OPEN, False)
    assert codes(refused) == [code]


@pytest.mark.parametrize("name", ["x" * 100, "a", "0", "Mar test", "a.b_c-d"])
def test_good_names(name: str) -> None:
    assert life.create(replace(FULL, name=name), OPEN, False).name == name


def test_creation_says_everything_at_once() -> None:
    with pytest.raises(Refused) as refused:
        life.create(replace(FULL, name="é" * 101), CLOSED, True, [BAD], acting="OTHER")
    assert codes(refused) == ["POR0103", "SER0022", "MKT0004", "POR0023", "POR0101", "SER0030"]


def test_unknown_market() -> None:
    with pytest.raises(Refused) as refused:
        life.create(FULL, None, False)
    assert codes(refused) == ["MKT0001"]


def test_a_portfolio_may_be_saved_before_the_window_opens() -> None:
    assert life.create(FULL, MarketStatus.PREP, False).status == PortfolioStatus.VALID


@pytest.mark.parametrize("status", [CLOSED, MarketStatus.POSTED])
def test_nothing_is_saved_after_the_window_has_closed(status: MarketStatus) -> None:
    with pytest.raises(Refused) as refused:
        life.create(FULL, status, False)
    assert codes(refused) == ["MKT0004"]
    assert refused.value.findings[0].allowed == "PREP or OPEN"


@pytest.mark.parametrize("status", [MarketStatus.PREP, CLOSED, MarketStatus.POSTED])
def test_nothing_else_but_deletion_works_outside_the_window(status: MarketStatus) -> None:
    for code, act in (
        ("MKT0004", lambda: life.submit(in_status(PortfolioStatus.VALID), status, AUCTION)),
        ("NOM0129", lambda: life.retract(in_status(PortfolioStatus.SUBMITTED), status, AUCTION)),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert codes(refused) == [code]
    gone = life.delete(in_status(PortfolioStatus.VALID), status, AUCTION)
    assert gone.status == PortfolioStatus.DELETED
    assert life.at_rest(gone) is None


@pytest.mark.parametrize(
    ("status", "submit", "retract", "delete"),
    [
        (PortfolioStatus.NEW, "POR0013", "POR0012", ""),
        (PortfolioStatus.VALID, "", "POR0038", ""),
        (PortfolioStatus.INVALID, "AUC0037", "POR0011", ""),
        (PortfolioStatus.SUBMITTED, "POR0051", "", "POR0010"),
    ],
)
def test_the_whole_table(status: PortfolioStatus, submit: str, retract: str, delete: str) -> None:
    for act, code in ((life.submit, submit), (life.retract, retract), (life.delete, delete)):
        if code:
            with pytest.raises(Refused) as refused:
                act(in_status(status), OPEN, AUCTION)
            assert codes(refused) == [code]
            assert refused.value.findings[0].found == status.value
        else:
            act(in_status(status), OPEN, AUCTION)


def test_an_allocation_has_its_own_code_for_a_portfolio_in_error() -> None:
    with pytest.raises(Refused) as refused:
        life.submit(in_status(PortfolioStatus.INVALID), OPEN, ALLOCATION)
    assert codes(refused) == ["NOM0101"]


def test_somebody_elses_and_unknown_portfolios() -> None:
    with pytest.raises(Refused) as refused:
        life.submit(in_status(PortfolioStatus.VALID), OPEN, AUCTION, acting="OTHER")
    assert codes(refused) == ["POR0023"]
    for act in (life.submit, life.retract, life.delete):
        with pytest.raises(Refused) as refused:
            act(None, OPEN, AUCTION)
        assert codes(refused) == ["POR0100"]


def test_failed_data_make_it_invalid_and_failed_credit_falls_back_to_valid() -> None:
    valid = in_status(PortfolioStatus.VALID)
    failed = life.submit(valid, OPEN, AUCTION, data=[BAD], credit=[POOR])
    assert failed.status == PortfolioStatus.INVALID
    assert failed.message == "too much;short of collateral;"
    poor = life.submit(valid, OPEN, AUCTION, credit=[POOR])
    assert poor.status == PortfolioStatus.REJECTED
    kept = life.at_rest(poor)
    assert kept is not None
    assert kept.status == PortfolioStatus.VALID
    assert kept.message == "short of collateral;"


class PortfolioLife(RuleBasedStateMachine):
    """Random commands against a model that only knows what the rulebook's sentence says."""

    def __init__(self) -> None:
        super().__init__()
        self.stored: Portfolio | None = None
        self.window = MarketStatus.PREP
        self.counted_at_close = False

    @rule(window=st.sampled_from(MarketStatus))
    def time_passes(self, window: MarketStatus) -> None:
        order = list(MarketStatus)
        if order.index(window) > order.index(self.window):
            self.window = window

    @rule(empty=st.booleans(), faulty=st.booleans())
    def create(self, empty: bool, faulty: bool) -> None:
        asked = replace(FULL, nominations=()) if empty else FULL
        before = self.stored
        try:
            made = life.create(asked, self.window, before is not None, [BAD] if faulty else [])
        except Refused:
            assert before is not None or faulty or self.window not in (MarketStatus.PREP, OPEN)
            return
        assert before is None
        assert not faulty
        assert self.window in (MarketStatus.PREP, OPEN)
        self.stored = made

    @rule(
        command=st.sampled_from(life.Command),
        data=st.sampled_from([(), (BAD,)]),
        credit=st.sampled_from([(), (POOR,)]),
    )
    def act(
        self, command: life.Command, data: tuple[Finding, ...], credit: tuple[Finding, ...]
    ) -> None:
        before = self.stored
        try:
            match command:
                case life.Command.SUBMIT:
                    answer = life.submit(before, self.window, AUCTION, data, credit)
                case life.Command.RETRACT:
                    answer = life.retract(before, self.window, AUCTION)
                case life.Command.DELETE:
                    answer = life.delete(before, self.window, AUCTION)
        except Refused:
            assert self.stored is before
            return
        assert before is not None
        if command != life.Command.DELETE:
            assert self.window == OPEN
        if answer.status == PortfolioStatus.SUBMITTED:
            assert before.status == PortfolioStatus.VALID
            assert not data
            assert not credit
        if before.status == PortfolioStatus.SUBMITTED:
            assert command == life.Command.RETRACT
        self.stored = life.at_rest(answer)

    @invariant()
    def only_states_that_rest_are_stored(self) -> None:
        if self.stored is None:
            return
        assert self.stored.status not in (PortfolioStatus.REJECTED, PortfolioStatus.DELETED)
        assert self.stored.is_empty == (self.stored.status == PortfolioStatus.NEW)


TestPortfolioLife = PortfolioLife.TestCase
TestPortfolioLife.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
