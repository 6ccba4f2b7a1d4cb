"""Load migration: C11, W16, netting between the same two entities, MW conserved."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.domain import Crr, CrrType, Hedge, MarketStatus, Period, Product, Tou
from simulator.rules.migrated import MigratedPair, given_crrs, migrated_mw, moved_by_base
from simulator.rules.migration import LoadShare, load_shares, migrate
from simulator.rules.migration_input import (
    CustomerClass,
    CustomerCount,
    CustomerRate,
    Dasr,
    MigrationInput,
    input_findings,
)

RES, COM = CustomerClass.RESIDENTIAL, CustomerClass.SMALL_COM
RATES = tuple(
    CustomerRate(customer_class, tou, season, Decimal(kw))
    for customer_class, kw in ((RES, "2.5"), (COM, "6"))
    for tou in Tou
    for season in range(1, 5)
)
MAY, JUNE = date(2024, 5, 1), date(2024, 6, 1)
GIVEN = MigrationInput(
    "LOAD_MIGRATION_2024_M05",
    "UPGAE",
    MAY,
    (CustomerCount("A", RES, 20_000), CustomerCount("A", COM, 1_000)),
    (Dasr("r1", RES, "A", "B", 1_000), Dasr("r2", COM, "A", "B", 40)),
    RATES,
)
SEASON = Period.parse("2024_S02")
BASE = Crr(
    "10",
    "A",
    CrrType.LSE,
    Hedge.OBL,
    "G",
    "L",
    Tou.ON,
    SEASON.start,
    SEASON.end,
    Decimal(40),
    "ALLOC_AN_2024_T1",
)


AREAS = {"L": "UPGAE", "L2": "USCE"}


def new_ids(first: int = 100):  # type: ignore[no-untyped-def]
    return (str(number) for number in count(first))


def spring_share(
    from_lse: str, to_lse: str, percent: str, tou: Tou = Tou.ON, base_mw: int = 100
) -> LoadShare:
    transfer_mw = Decimal(percent) * base_mw / 100
    return LoadShare("UPGAE", from_lse, to_lse, 2, tou, Decimal(percent), transfer_mw)


def test_c11_customers_become_percent_and_mw() -> None:
    shares = load_shares(GIVEN)
    assert len(shares) == 8
    assert {share.transfer_mw for share in shares} == {Decimal("2.74")}
    assert round(shares[0].percent, 6) == Decimal("4.892857")


def test_c11_a_pair_of_crrs_and_one_percent_back() -> None:
    pairs, made = migrate(load_shares(GIVEN), [BASE], AREAS, (), GIVEN.market, MAY, new_ids())
    gained, counter = (result.crr for result in made)
    assert [result.initial_mw for result in made] == [Decimal("1.957")] * 2
    assert (gained.owner, gained.crr_type, gained.source, gained.sink) == (
        "B",
        CrrType.LSE_LMT,
        "G",
        "L",
    )
    assert (counter.owner, counter.crr_type, counter.source, counter.sink) == (
        "A",
        CrrType.LMT_CNT,
        "L",
        "G",
    )
    assert {crr.parent_crr_id for crr in (gained, counter)} == {"10"}
    assert (gained.start, gained.end) == (MAY, BASE.end)
    back = spring_share("B", "A", "1", base_mw=56)
    pairs, changed = migrate(
        [back], [BASE], AREAS, pairs, "LOAD_MIGRATION_2024_M06", JUNE, new_ids()
    )
    assert [result.adjusted_mw for result in changed] == [Decimal("-0.400")] * 2
    assert [result.initial_mw for result in changed] == [None, None]
    assert {result.crr.mw for result in changed} == {Decimal("1.557")}
    assert [result.crr.crr_id for result in changed] == [gained.crr_id, counter.crr_id]
    spring = Product(SEASON, Tou.ON)
    assert migrated_mw(moved_by_base(pairs), [BASE], "L", spring) == Decimal("1.557")
    assert migrated_mw(moved_by_base(pairs), [BASE], "L2", spring) == 0
    assert migrated_mw(moved_by_base(pairs), [BASE], "L", replace(spring, tou=Tou.OFF)) == 0
    assert (
        migrated_mw(moved_by_base(pairs), [BASE], "L", replace(spring, period=SEASON.in_year(2025)))
        == 0
    )


def test_w16_percent_means_hundredths_and_the_mw_keep_their_digits() -> None:
    base_mw = Decimal(100) * Decimal("0.101298") / Decimal("0.004795")
    assert round(base_mw, 3) == Decimal("2112.576")
    kw = Decimal("1.01298")
    rates = tuple(replace(rate, kw=kw) for rate in RATES)
    dasrs = (Dasr("r", RES, "A", "B", 100),)
    counts = (CustomerCount("A", RES, 100 * 100_000 * 1000 // 4795),)
    given = replace(GIVEN, rates=rates, dasrs=dasrs, counts=counts)
    share = load_shares(given)[0]
    assert share.transfer_mw == Decimal("0.101298")
    assert round(share.percent, 6) == Decimal("0.004795")


def test_within_one_market_both_ways_are_netted() -> None:
    theirs = replace(BASE, crr_id="20", owner="B", mw=Decimal(100))
    shares = [spring_share("A", "B", "3"), spring_share("B", "A", "1")]
    pairs, made = migrate(shares, [theirs, BASE], AREAS, (), "M", MAY, new_ids())
    assert {result.crr.mw for result in made} == {Decimal("0.800")}
    assert {result.crr.parent_crr_id for result in made} == {"10"}
    assert migrated_mw(moved_by_base(pairs), [theirs], "L", Product(SEASON, Tou.ON)) == 0


def test_percentages_of_different_loads_net_in_mw_of_load() -> None:
    """A serves 100 MW, B 1,000: of A 3 percent leave and of B 1 percent, 3 MW against 10 MW.

    B loses 7 MW net, 0.7 percent of what it serves: 0.700 of its CRR of 100 MW. What is left of
    A's shares, 3 less 1 percent, would have moved 0.800 of A's 40 MW the other way.
    """
    theirs = replace(BASE, crr_id="20", owner="B", mw=Decimal(100))
    shares = [spring_share("A", "B", "3"), spring_share("B", "A", "1", base_mw=1000)]
    for given_shares in (shares, shares[::-1]):
        pairs, made = migrate(given_shares, [BASE, theirs], AREAS, (), "M", MAY, new_ids())
        assert {(m.crr.parent_crr_id, m.initial_mw) for m in made} == {("20", Decimal("0.700"))}
        assert {crr.base_crr_id: crr.load_mw for crr in pairs} == {"10": -7, "20": 7}


def test_what_comes_back_undoes_the_share_of_the_load_that_went() -> None:
    """Market 1: 4 MW of A's 80 (5 percent) go; 5 percent of 40 MW are 2.000.

    Market 2: 3 MW of B's 600 (0.5 percent) come back: three quarters, 0.500 are left.
    Market 3: 2 MW more come back: the last one of A's, and 1 MW of B's 500 (0.2 percent) is 0.200
    of B's 100 MW. Market 4: 3 MW of A's 60 (5 percent) go: B's one is undone first, the other two
    are 3.333333 percent of A's, 1.333 of 40 MW.
    """
    theirs = replace(BASE, crr_id="20", owner="B", mw=Decimal(100))
    markets = [
        spring_share("A", "B", "5", base_mw=80),
        spring_share("B", "A", "0.5", base_mw=600),
        spring_share("B", "A", "0.4", base_mw=500),
        spring_share("A", "B", "5", base_mw=60),
    ]
    left = [("2.000", "0"), ("0.500", "0"), ("0", "0.200"), ("1.333", "0")]
    pairs: tuple[MigratedPair, ...] = ()
    ids = new_ids()
    for number, (share, (of_a, of_b)) in enumerate(zip(markets, left, strict=True)):
        pairs, _ = migrate([share], [BASE, theirs], AREAS, pairs, f"M{number}", MAY, ids)
        moved = {pair.base_crr_id: pair.mw for pair in pairs}
        assert moved == {"10": Decimal(of_a), "20": Decimal(of_b)}


def test_what_was_sold_stays_moved_and_later_markets_move_the_difference() -> None:
    """50 percent of 40 MW are 20; B sells 0.001 of them. At 60 percent 4 MW more move, no more.

    Back at 55 percent these 4 become 2; at 45 percent they are gone and 2 go the other way.
    """
    held: dict[str, Crr] = {}

    def after(pairs, share, market):  # type: ignore[no-untyped-def]
        known = [pair.as_held(held) for pair in pairs]
        pairs, results = migrate([share], [BASE], AREAS, known, market, MAY, ids)
        held.update({result.crr.crr_id: result.crr for result in results})
        return pairs, results

    ids = new_ids()
    pairs, first = after((), spring_share("A", "B", "50"), "M1")
    gained = first[0].crr
    del held[gained.crr_id]
    held["900"] = replace(gained, crr_id="900", owner="C", mw=Decimal("0.001"))
    held["901"] = replace(gained, crr_id="901", mw=gained.mw - Decimal("0.001"))
    pairs, more = after(pairs, spring_share("A", "B", "10"), "M2")
    assert [(m.crr.owner, m.initial_mw) for m in more] == [("B", 4), ("A", 4)]
    assert pairs[0].mw == 24
    pairs, less = after(pairs, spring_share("B", "A", "5"), "M3")
    assert [(m.crr.crr_id, m.adjusted_mw) for m in less] == [(m.crr.crr_id, -2) for m in more]
    pairs, back = after(pairs, spring_share("B", "A", "10"), "M4")
    assert [(m.crr.owner, m.crr.crr_type, m.initial_mw or m.adjusted_mw) for m in back] == [
        ("B", "LSE_LMT", -2),
        ("A", "LMT_CNT", -2),
        ("A", "LSE_LMT", 2),
        ("B", "LMT_CNT", 2),
    ]
    assert pairs[0].mw == 18
    again, nothing = after(pairs, spring_share("A", "B", "45"), "M5")
    assert again[0].mw == 36
    assert [m.crr.mw for m in nothing] == [0, 0, 16, 16]


def test_given_is_what_each_market_left_until_the_next_one_changed_it() -> None:
    pairs, first = migrate([spring_share("A", "B", "5")], [BASE], AREAS, (), "M1", MAY, new_ids())
    _, then = migrate([spring_share("B", "A", "2")], [BASE], AREAS, pairs, "M2", JUNE, new_ids())
    given_to_b = [crr for crr in given_crrs([*first, *then]) if crr.owner == "B"]
    assert [(crr.start, crr.end, crr.mw) for crr in given_to_b] == [
        (MAY, JUNE, Decimal("2.000")),
        (JUNE, SEASON.end, Decimal("1.200")),
    ]


def test_load_that_came_first_has_to_go_back_first() -> None:
    theirs = replace(BASE, crr_id="20", owner="B", mw=Decimal(100))
    bases = [BASE, theirs]
    pairs, _ = migrate([spring_share("B", "A", "1")], bases, AREAS, (), "M1", MAY, new_ids())
    pairs, made = migrate(
        [spring_share("A", "B", "3")], bases, AREAS, pairs, "M2", JUNE, new_ids(200)
    )
    by_parent = {result.crr.parent_crr_id: result for result in made}
    assert by_parent["20"].adjusted_mw == Decimal("-1.000")
    assert by_parent["20"].crr.mw == 0
    assert by_parent["10"].initial_mw == Decimal("0.800")


def test_no_more_of_a_crr_moves_than_there_is() -> None:
    shares = [spring_share("A", "B", "60"), spring_share("A", "C", "60")]
    pairs, _ = migrate(shares, [BASE], AREAS, (), "M", MAY, new_ids())
    assert [(pair.gainer, pair.mw) for pair in pairs] == [("B", 24), ("C", 16)]


@pytest.mark.parametrize(
    "changed",
    [
        replace(BASE, start=date(2024, 4, 1), end=MAY),  # a monthly one
        replace(BASE, crr_type=CrrType.AUC),
        replace(BASE, owner="C"),
        replace(BASE, sink="L2"),  # in the area of another utility
        replace(BASE, sink="H"),  # in no area
        replace(BASE, tou=Tou.OFF),
        replace(BASE, start=date(2024, 1, 1), end=date(2024, 4, 1)),  # has ended
        replace(BASE, start=date(2023, 4, 1), end=date(2023, 7, 1)),  # has ended, same season
        replace(BASE, start=date(2024, 7, 1), end=date(2024, 10, 1)),  # another season
    ],
)
def test_what_takes_no_part(changed: Crr) -> None:
    assert migrate([spring_share("A", "B", "5")], [changed], AREAS, (), "M", MAY, new_ids()) == (
        (),
        (),
    )


PERCENTS = st.integers(1, 99_999_999).map(lambda value: Decimal(value) / 10**6)


@given(
    st.lists(
        st.lists(st.tuples(st.sampled_from(["AB", "BA", "AC", "CA", "BC"]), PERCENTS), max_size=4),
        max_size=6,
    ),
    st.integers(1, 500_000),
)
@settings(deadline=None)
def test_both_crrs_are_equal_and_never_more_than_the_base(
    markets: list[list[tuple[str, Decimal]]], kilowatts: int
) -> None:
    bases = [
        replace(BASE, mw=Decimal(kilowatts) / 1000),
        replace(BASE, crr_id="20", owner="B", mw=Decimal(kilowatts) / 500),
    ]
    pairs: tuple[MigratedPair, ...] = ()
    inventory: dict[str, Decimal] = {}
    ids = new_ids()
    for number, moves in enumerate(markets):
        shares = [spring_share(move[0], move[1], str(percent)) for move, percent in moves]
        pairs, results = migrate(shares, bases, AREAS, pairs, f"M{number}", MAY, ids)
        again = migrate(shares[::-1], bases[::-1], AREAS, pairs, "other", MAY, new_ids(9000))
        assert len(again[0]) >= len(pairs)
        for result in results:
            change = result.initial_mw if result.adjusted_mw is None else result.adjusted_mw
            assert change is not None
            before = inventory.get(result.crr.crr_id, Decimal(0))
            inventory[result.crr.crr_id] = before + change
            assert inventory[result.crr.crr_id] == result.crr.mw
    for base in bases:
        of_base = [pair for pair in pairs if pair.base_crr_id == base.crr_id]
        assert 0 <= sum(pair.mw for pair in of_base) <= base.mw
    for pair in pairs:
        assert (pair.gained is None) == (pair.counter_flow is None)
        if pair.gained and pair.counter_flow:
            assert pair.gained.mw == pair.counter_flow.mw


def check(given: MigrationInput, status: MarketStatus | None = MarketStatus.OPEN) -> list[str]:
    findings = input_findings(given, status, MAY, {"UPGAE"}, {"A", "B"})
    return [f"{finding.code} {finding.message}" for finding in findings]


def test_good_uploads_pass() -> None:
    assert check(GIVEN) == []


def test_windows() -> None:
    assert check(GIVEN, None)[0].startswith("LMV1003")
    for status in (MarketStatus.PREP, MarketStatus.CLOSED, MarketStatus.POSTED):
        assert check(GIVEN, status)[0].startswith("LMV0102")


def test_every_fault_of_the_uploads_at_once() -> None:
    bad = replace(
        GIVEN,
        udc="NOBODY",
        effective_date=JUNE,
        counts=(*GIVEN.counts, GIVEN.counts[0], CustomerCount("X", RES, 1)),
        dasrs=(
            Dasr("r1", RES, "A", "B", 20_001),
            Dasr("r1", COM, "A", "A", 0),
            Dasr("r3", CustomerClass.LIGHTING, "A", "B", 1),
        ),
        rates=(*RATES[:-1], replace(RATES[0], kw=Decimal(-1)), replace(RATES[1], season=5)),
    )
    said = " | ".join(check(bad))
    for part in (
        "LMV023 the effective date is not the market's",
        "LMV024 UDC name NOBODY is invalid",
        "LSE X is not registered",
        "customers of A, RESIDENTIAL stands 2 times",
        "DASR record r1 stands 2 times",
        "a transfer moves no customer",
        "a transfer ends where it begins",
        "more RESIDENTIAL customers leave LSE A than it serves",
        "more LIGHTING customers leave LSE A than it serves",
        "the rate of RESIDENTIAL is not a rate",
        "class LIGHTING has customers but lacks rates",
        "class SMALL_COM has customers but lacks rates",
    ):
        assert part in said


def test_exactly_all_customers_may_leave() -> None:
    all_leave = replace(GIVEN, dasrs=(Dasr("r1", RES, "A", "B", 20_000),))
    assert check(all_leave) == []
