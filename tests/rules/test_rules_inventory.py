"""The inventory over any chain of processes: MW conserved, whole stories, replay equals live."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import count

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from simulator.domain import Crr, CrrType, Hedge, Period, Tou
from simulator.rules import inventory as stock
from simulator.rules.fragments import Split, split
from simulator.rules.lineage import lineage, lineage_findings, owners
from simulator.rules.migrated import MigratedPair
from simulator.rules.migration import LoadShare, migrate

SEASON = Period.parse("2024_S02")
MONTHS = tuple(Period.month(2024, month) for month in (4, 5, 6))
FIRST = date(2024, 4, 1)


def allocated(crr_id: str, owner: str, mw: str, crr_type: CrrType = CrrType.LSE) -> Crr:
    return Crr(
        crr_id,
        owner,
        crr_type,
        Hedge.OBL,
        "G",
        "L",
        Tou.ON,
        SEASON.start,
        SEASON.end,
        Decimal(mw),
        "ALLOC_AN_2024_T1",
    )


def ids(first: int = 100):  # type: ignore[no-untyped-def]
    return (str(number) for number in count(first))


def test_an_auction_sale_of_one_month_of_a_season() -> None:
    crr = allocated("1", "A", "10")
    change = stock.sold(crr, Decimal(4), MONTHS[1], "AUC_MN_2024_M05", FIRST, ids())
    after = stock.apply({"1": crr}, change)
    assert [(piece.mw, piece.start, piece.end) for piece in after.values()] == [
        (10, date(2024, 4, 1), date(2024, 5, 1)),
        (6, date(2024, 5, 1), date(2024, 6, 1)),
        (10, date(2024, 6, 1), date(2024, 7, 1)),
    ]
    assert change.events[0].note == "4 MW sold for 2024_M05"


def test_an_adjusted_crr_keeps_its_id_and_the_past_keeps_its_mw() -> None:
    base = allocated("1", "A", "40")
    live = stock.apply({}, stock.created([base], FIRST))
    there = LoadShare("U", "A", "B", 2, Tou.ON, Decimal("4.892857"), Decimal("2.74"))
    new_ids = ids()
    pairs, made = migrate([there], [base], {"L": "U"}, (), "M04", FIRST, new_ids)
    live = stock.apply(live, stock.migrated(made, live, FIRST, new_ids))
    back = LoadShare("U", "B", "A", 2, Tou.ON, Decimal(1), Decimal("0.56"))
    pairs, changed = migrate([back], [base], {"L": "U"}, pairs, "M05", date(2024, 5, 1), new_ids)
    live = stock.apply(live, stock.migrated(changed, live, date(2024, 5, 1), new_ids))
    gained = sorted((crr.start, crr.mw) for crr in live.values() if crr.crr_type == CrrType.LSE_LMT)
    assert gained == [(FIRST, Decimal("1.957")), (date(2024, 5, 1), Decimal("1.557"))]
    assert live["100"].mw == Decimal("1.557")
    assert pairs[0].mw == Decimal("1.557")


def test_a_change_that_does_not_fit_changes_nothing() -> None:
    crr = allocated("1", "A", "10")
    change = stock.sold(crr, Decimal(4), SEASON, "AUC", FIRST, ids())
    with pytest.raises(ValueError, match=r"missing \['1'\]"):
        stock.apply({}, change)
    with pytest.raises(ValueError, match=r"already there \['1'\]"):
        stock.apply({"1": crr}, stock.created([crr], FIRST))


def test_a_remapped_crr_keeps_its_id_and_says_so() -> None:
    crr = allocated("1", "A", "12.5")
    change = stock.remapped(crr, "G8", "L", "AUC_MN_2024_M04", FIRST)
    assert stock.apply({"1": crr}, change)["1"].source == "G8"
    assert change.events[0].note == "G to L became G8 to L"


class Inventory(RuleBasedStateMachine):
    """Allocations, auctions, trades and load migrations in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.ids = ids(1)
        self.live: dict[str, Crr] = {}
        self.changes: list[stock.Change] = []
        self.pairs: tuple[MigratedPair, ...] = ()
        self.expected = dict.fromkeys(MONTHS, Decimal(0))

    def do(self, change: stock.Change) -> None:
        self.live = stock.apply(self.live, change)
        self.changes.append(change)

    @rule(
        owner=st.sampled_from("ABC"),
        kilowatts=st.integers(1, 50_000),
        crr_type=st.sampled_from([CrrType.LSE, CrrType.AUC]),
    )
    def award(self, owner: str, kilowatts: int, crr_type: CrrType) -> None:
        mw = Decimal(kilowatts) / 1000
        crr = replace(allocated(next(self.ids), owner, "1", crr_type), mw=mw)
        self.do(stock.created([crr], FIRST))
        for month in MONTHS:
            self.expected[month] += mw

    @rule(data=st.data(), month=st.sampled_from(MONTHS), percent=st.integers(1, 100))
    def sell(self, data: st.DataObject, month: Period, percent: int) -> None:
        owned = [
            crr
            for crr in self.live.values()
            if crr.spans(month) and crr.crr_type in (CrrType.LSE, CrrType.AUC)
        ]
        if not owned:
            return
        crr = data.draw(st.sampled_from(owned))
        mw = max((crr.mw * percent / 100).quantize(Decimal("0.001")), Decimal("0.001"))
        self.do(stock.sold(crr, mw, month, "AUC", FIRST, self.ids))
        self.expected[month] -= mw

    @rule(data=st.data(), month=st.sampled_from(MONTHS), buyer=st.sampled_from("ABC"))
    def trade(self, data: st.DataObject, month: Period, buyer: str) -> None:
        owned = [
            crr
            for crr in self.live.values()
            if crr.spans(month) and crr.crr_type in (CrrType.LSE, CrrType.AUC)
        ]
        if not owned:
            return
        crr = data.draw(st.sampled_from(owned))
        cut = split(crr, Decimal("0.001"), month.start, month.end, self.ids)
        taken = replace(cut.taken, owner=buyer, market="SECONDARY_MARKET")
        self.do(stock.traded(crr, Split(taken, cut.kept), Decimal("1.25"), FIRST))

    @rule(
        move=st.sampled_from(["AB", "BA", "BC", "CB"]),
        percent=st.integers(1, 60_000_000),
        month=st.sampled_from(MONTHS),
    )
    def load_migrates(self, move: str, percent: int, month: Period) -> None:
        latest = max((pair.gained.start for pair in self.pairs if pair.gained), default=FIRST)
        if month.start < latest:  # markets follow one another
            return
        share = LoadShare("U", move[0], move[1], 2, Tou.ON, Decimal(percent) / 10**6, Decimal(0))
        bases = [crr for crr in self.live.values() if crr.crr_type == CrrType.LSE]
        pairs, results = migrate(
            [share], bases, {"L": "U"}, self.pairs, "LM", month.start, self.ids
        )
        self.pairs = tuple(sorted(pairs, key=lambda pair: pair.gained is None))
        self.do(stock.migrated(results, self.live, month.start, self.ids))

    @invariant()
    def mw_are_conserved_in_every_month(self) -> None:
        for month in MONTHS:
            day = month.start
            net = sum(
                crr.mw if crr.source == "G" else -crr.mw
                for crr in self.live.values()
                if crr.effective_on(day)
            )
            assert net == self.expected[month]

    @invariant()
    def every_piece_is_a_right(self) -> None:
        assert all(crr.mw > 0 and crr.start < crr.end for crr in self.live.values())

    @invariant()
    def every_crr_has_one_whole_story_and_replay_equals_live(self) -> None:
        events = [event for change in self.changes for event in change.events]
        assert lineage_findings(events) == ()
        replayed: dict[str, Crr] = {}
        for change in self.changes:
            replayed = stock.apply(replayed, change)
        assert replayed == self.live
        for crr_id, crr in list(self.live.items())[:3]:
            assert lineage(crr_id, events)
            assert crr.owner in owners(crr_id, events)


TestInventory = Inventory.TestCase
TestInventory.settings = settings(max_examples=50, stateful_step_count=25, deadline=None)
