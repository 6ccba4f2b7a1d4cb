"""Random requests, decisions and commands of several users: rights are what was approved."""

from __future__ import annotations

import json
import shutil
from hashlib import sha256
from itertools import count

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from replayed import assert_replays
from special_rooms import assert_helpful, preloaded, room_at

from simulator.market import access
from simulator.market.command import OPERATOR
from simulator.rules.access import Access, Service, effective_rights

AUCTION, TIER_1 = "AUC_MN_2024_M04", "ALLOC_MN_2024_M04_T1"
NOTHING = sha256(b"").hexdigest()
MARKETS = {AUCTION: "auction", TIER_1: "nomination"}
PARTICIPANTS = ("LSEP", "FIN1", "NOBODY")
USERS = ("ann", "bob", "LSEP")
SERVICES = ("auction", "nomination")
DECIDED = {
    ("REQUESTED", "APPROVE"): "APPROVED", ("REQUESTED", "REFUSE"): "REFUSED",
    ("APPROVED", "REVOKE"): "REVOKED",
}  # fmt: skip


def test_nobody_may_more_than_was_approved_in_any_order_and_it_replays(tmp_path_factory):
    start = preloaded(tmp_path_factory.mktemp("access_machine"))
    opening = room_at(start)
    for market in MARKETS:
        opening.done("open", market=market)
    opening.room.store.close()
    played = []

    class Rights(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.folder = tmp_path_factory.mktemp("play")
            self.room = room_at(shutil.copy(start, self.folder / "market.db"))
            self.names = (f"p{number}" for number in count())
            # What the model says of (user, participant, service, access); LSEP has its profile.
            self.known: dict[tuple[str, str, str, str], str] = {
                ("LSEP", "LSEP", service, "WRITE"): "APPROVED" for service in SERVICES
            }

        def asked(self, user, kind, actor, code, /, **arguments):
            """Done exactly when no code is due; a refusal says why and writes nothing."""
            entry = self.room.as_user(user, kind, actor, **arguments)
            if entry.status == "done":
                assert not code, (code, user, kind, actor, arguments)
                return
            findings = json.loads(entry.effect)
            assert_helpful(findings)
            assert findings[0]["code"] == code, (findings, user, kind, actor, arguments)
            assert entry.effect_digest == NOTHING

        @rule(
            user=st.sampled_from(USERS),
            participant=st.sampled_from(PARTICIPANTS),
            service=st.sampled_from(SERVICES),
            kind=st.sampled_from(["READ", "WRITE"]),
        )
        def request(self, user, participant, service, kind):
            key = (user, participant, service, kind)
            code = "SEC0002" if participant == "NOBODY" else ""
            if self.known.get(key) in ("REQUESTED", "APPROVED"):
                code = code or "SER0030"
            function = {"participant": participant, "service": service, "access": kind}
            self.asked(user, "request_access", user, code, **function)
            if not code:
                self.known[key] = "REQUESTED"

        @rule(
            by=st.sampled_from([OPERATOR, OPERATOR, OPERATOR, "ann", "LSEP"]),
            place=st.integers(0, 20),
            decision=st.sampled_from(["APPROVE", "REFUSE", "REVOKE"]),
        )
        def decide(self, by, place, decision):
            key = sorted(self.known)[place % len(self.known)]
            after = DECIDED.get((self.known[key], decision))
            code = "SEC0001" if by != OPERATOR else "" if after else "SER0030"
            names = ("user", "participant", "service", "access")
            given = dict(zip(names, key, strict=True))
            self.asked(by, "decide_access", by, code, **given, decision=decision)
            if not code:
                self.known[key] = after

        @rule(
            user=st.sampled_from(USERS),
            participant=st.sampled_from(["LSEP", "FIN1"]),
            market=st.sampled_from(sorted(MARKETS)),
        )
        def act(self, user, participant, market):
            service = MARKETS[market]
            mine = [
                key for key, status in self.known.items()
                if key[:2] == (user, participant) and status == "APPROVED"
            ]  # fmt: skip
            others = user == participant == "LSEP"  # the profile has more services than these two
            code = "SEC0001" if mine or others else "SEC0002"
            if (user, participant, service, "WRITE") in mine:
                code = ""
            lines = {"bids": [], "nominations": [], "portfolio": next(self.names)}
            self.asked(
                user, "create_portfolio", participant, code,
                market=market, participant=participant, **lines,
            )  # fmt: skip

        @invariant()
        def rights_are_what_was_approved(self):
            with self.room.room.store.reading() as tx:
                grants = access.grants(tx)
            for user in USERS:
                found = {
                    (user, right.participant, right.service.value, right.access.value)
                    for right in effective_rights(user, grants)
                    if right.service in (Service.AUCTION, Service.NOMINATION)
                }
                approved = {
                    key for key, status in self.known.items()
                    if key[0] == user and status == "APPROVED"
                }  # fmt: skip
                reading = {(*key[:3], Access.READ.value) for key in approved if key[3] == "WRITE"}
                assert found == approved | reading

        def teardown(self):
            self.room.room.store.close()
            played.append(self.folder)

    few = settings(
        max_examples=10, stateful_step_count=25, deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck), phases=[Phase.generate],
    )  # fmt: skip
    run_state_machine_as_test(Rights, settings=few)
    last = room_at(played[-1] / "market.db")
    assert_replays(last.room.store, last.world, played[-1])
    last.room.store.close()
