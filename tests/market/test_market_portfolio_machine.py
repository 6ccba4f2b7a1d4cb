"""Random commands on portfolios through the room: no illegal state, nothing by half."""

from __future__ import annotations

import json
import shutil
from decimal import Decimal

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from market_played import TIER_2, ask, create, nominate, room_at, submit
from replayed import assert_replays

from simulator.domain import Tou
from simulator.market.caps import posted_caps
from simulator.store import books

OWNERS, SOURCE = ("LSEP", "LSES"), "TESLA_7_N001"
NAMES = ("A", "B", "C")
# What each command makes of a portfolio in each state; anything else changes nothing.
STEPS = {
    ("submit_portfolio", "VALID"): ("SUBMITTED", "INVALID", "VALID"),
    ("retract_portfolio", "SUBMITTED"): ("VALID",),
    ("delete_portfolio", "NEW"): ("",),
    ("delete_portfolio", "VALID"): ("",),
    ("delete_portfolio", "INVALID"): ("",),
}


def test_any_chain_of_portfolio_commands_keeps_to_the_states(kept, market_world, tmp_path_factory):
    class Portfolios(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.folder = tmp_path_factory.mktemp("portfolios")
            database = self.folder / "market.db"
            shutil.copy(kept["t2-open"], database)
            self.room = room_at(database, market_world)
            self.states = self.read()

        def read(self) -> dict[tuple[str, str], str]:
            with self.room.store.reading() as tx:
                found = books.portfolios(tx, market=TIER_2)
            return {(item.participant, item.name): item.status.value for item in found}

        def cap(self, owner) -> Decimal:
            with self.room.store.reading() as tx:
                caps = posted_caps(tx, market_world, TIER_2, owner)
            return next(mw for key, mw in caps.items() if key.tou == Tou.ON)

        def settled(self, entry, key, allowed) -> None:
            """Only this portfolio may have moved, and only to an allowed state; "" is gone."""
            after = self.read()
            if entry.status == "refused":
                assert json.loads(entry.effect)[0]["code"]
                assert after == self.states
            else:
                assert after.get(key, "") in allowed
                assert {k: v for k, v in after.items() if k != key} == {
                    k: v for k, v in self.states.items() if k != key
                }
            self.states = after

        @rule(
            owner=st.sampled_from(OWNERS),
            name=st.sampled_from(NAMES),
            mw=st.sampled_from(("0.001", "1", "0.6 cap", "0.4 cap", "99999", "0.0005", "0")),
            empty=st.booleans(),
        )
        def create(self, owner, name, mw, empty):
            sink = market_world.participants[owner].sink
            if mw.endswith(" cap"):
                share = Decimal(mw.removesuffix(" cap"))
                mw = str((share * self.cap(owner)).quantize(Decimal("0.001")))
            lines = [] if empty else [nominate(owner, SOURCE, sink, mw)]
            was_there = (owner, name) in self.states
            entry = create(self.room, TIER_2, owner, name, lines)
            assert entry.status == "refused" or not was_there
            self.settled(entry, (owner, name), ("NEW",) if empty else ("VALID",))

        @rule(
            kind=st.sampled_from(("submit_portfolio", "retract_portfolio", "delete_portfolio")),
            actor=st.sampled_from(OWNERS),
            owner=st.sampled_from(OWNERS),
            name=st.sampled_from(NAMES),
        )
        def act(self, kind, actor, owner, name):
            where = {"market": TIER_2, "participant": owner, "portfolio": name}
            allowed = STEPS.get((kind, self.states.get((owner, name), "")), ())
            entry = ask(self.room, kind, actor, **where)
            assert entry.status == "refused" or (actor == owner and allowed)
            self.settled(entry, (owner, name), allowed)

        @rule(name=st.sampled_from(NAMES))
        def fill(self, name):
            self.create(OWNERS[0], name, "0.6 cap", False)
            self.submit_own(OWNERS[0], name)

        @rule(owner=st.sampled_from(OWNERS), name=st.sampled_from(NAMES))
        def submit_own(self, owner, name):
            allowed = STEPS.get(("submit_portfolio", self.states.get((owner, name), "")), ())
            self.settled(submit(self.room, TIER_2, owner, name), (owner, name), allowed)

        @invariant()
        def what_counts_is_within_the_caps(self):
            with self.room.store.reading() as tx:
                for owner in OWNERS:
                    caps = posted_caps(tx, market_world, TIER_2, owner)
                    asked = {}
                    for item in books.portfolios(tx, market=TIER_2, status="SUBMITTED"):
                        for line in item.nominations:
                            if line.participant == owner:
                                key = (line.sink, line.crr_type, line.period, line.tou)
                                asked[key] = asked.get(key, 0) + line.mw
                    assert all(mw <= caps[key] for key, mw in asked.items())

        def teardown(self):
            assert_replays(self.room.store, market_world, self.folder)
            self.room.store.close()

    few = settings(
        max_examples=10, stateful_step_count=25, deadline=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    run_state_machine_as_test(Portfolios, settings=few)
