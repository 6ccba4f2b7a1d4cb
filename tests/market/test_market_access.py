"""Functions hold everywhere: portfolios, decisions, readings; provisioning; certificates."""

from __future__ import annotations

import json

import pytest
from market_played import TIER_2, answer, ask, codes, create, nominate, submit
from special_rooms import copy_of, preloaded, room_at

from simulator.market import access, certificates
from simulator.market.command import OPERATOR
from simulator.market.room import OPERATORS
from simulator.rules.access import Access, Service

OWNER, SOURCE, SINK = "LSEP", "TESLA_7_N001", "DLAP_PGAE-APND"
SERIAL = str(2**140 + 7)  # as large as real ones


@pytest.fixture(scope="module")
def set_up(tmp_path_factory):
    return preloaded(tmp_path_factory.mktemp("access"))


@pytest.fixture
def fresh(set_up, tmp_path):
    here = room_at(copy_of(set_up, tmp_path))
    yield here
    here.room.store.close()


def decide(here, decision: str, service: str, kind: str, user: str = OWNER):
    return ask(
        here, "decide_access", OPERATOR,
        user=user, participant=user, service=service, access=kind, decision=decision,
    )  # fmt: skip


def test_who_lost_the_function_of_nominating_can_do_nothing_with_portfolios(room):
    here = room("t2-open")
    line = [nominate(OWNER, SOURCE, SINK, 1)]
    answer(create(here, TIER_2, OWNER, "BEFORE", line))
    answer(decide(here, "REVOKE", "nomination", "WRITE"))
    before = here.store.state_digest()
    where = {"market": TIER_2, "participant": OWNER, "portfolio": "BEFORE"}
    refused = [create(here, TIER_2, OWNER, "AFTER", line), submit(here, TIER_2, OWNER, "BEFORE")]
    refused += [ask(here, f"{verb}_portfolio", OWNER, **where) for verb in ("retract", "delete")]
    assert [codes(entry) for entry in refused] == [["SEC0001"]] * 4
    assert here.store.state_digest() == before
    auction = {**where, "market": "AUC_MN_2024_M04"}
    assert "SEC0001" not in codes(ask(here, "delete_portfolio", OWNER, **auction))


def test_a_stranger_is_denied_before_anything_is_looked_at(room):
    here = room("t2-open")
    refused = create(here, TIER_2, "NOBODY", "X", [nominate("NOBODY", SOURCE, SINK, 1)])
    assert codes(refused) == ["SEC0002"]


def test_a_trader_does_not_nominate_and_everybody_may_approve_a_conversion(fresh):
    address = {"market": TIER_2, "participant": "TRADE1", "portfolio": "X"}
    trader = next(
        name for name, one in fresh.world.participants.items() if one.role.value == "TRADER"
    )
    address["participant"] = trader
    (found,) = fresh.refused("create_portfolio", trader, **address, bids=[], nominations=[])
    assert (found["code"], "WRITE nomination" in found["message"]) == ("SEC0001", True)
    asked = {"window": "TOR_CONVERSION_2024_S02", "record_id": 1, "decision": "APPROVE"}
    codes_found = {item["code"] for item in fresh.refused("decide_tor_conversion", trader, **asked)}
    assert not codes_found & {"SEC0001", "SEC0002"}


def test_reading_needs_the_function_to_read(fresh):
    def may(user: str, participant: str, service: Service) -> list[str]:
        with fresh.room.store.reading() as tx:
            found = access.may_read(tx, fresh.world, user, participant, service)
        return [finding.code for finding in found]

    assert may(OWNER, OWNER, Service.NOMINATION) == []
    assert may(OWNER, OWNER, Service.MARKET_DATA) == []
    assert may(OWNER, "LSES", Service.NOMINATION) == ["SEC0002"]
    assert may("ann", OWNER, Service.NOMINATION) == ["SEC0002"]
    fresh.done(
        "provision", user="ann", organisation="Ann's", participant=OWNER,
        functions=[["nomination", "READ"]],
    )  # fmt: skip
    assert may("ann", OWNER, Service.NOMINATION) == []
    assert may("ann", OWNER, Service.AUCTION) == ["SEC0001"]
    with fresh.room.store.reading() as tx:
        rights = {g for g in access.grants(tx) if g.user == "ann"}
    assert {(right.service, right.access) for right in rights} == {
        (Service.NOMINATION, Access.READ)
    }


def test_provisioning_gives_what_the_role_brings_and_only_the_operator_does_it(fresh):
    asked = {"user": "bob", "organisation": "B", "participant": OWNER}
    fresh.refused("provision", OWNER, **asked)
    fresh.refused("provision", **{**asked, "participant": "NOBODY"})
    fresh.refused("provision", **asked, functions=[["nomination", "LOOK"]])
    done = fresh.done("provision", **asked)
    assert done == fresh.done("provision", **asked), "twice is the same"
    with fresh.room.store.reading() as tx:
        own = {(g.service, g.access) for g in access.grants(tx) if g.user == OWNER}
        given = {(g.service, g.access) for g in access.grants(tx) if g.user == "bob"}
    assert given == own


def test_a_revoked_certificate_stays_revoked(fresh):
    fresh.done("issue_certificate", user=OWNER, serial=SERIAL)
    fresh.refused("issue_certificate", user="LSES", serial=SERIAL)
    fresh.refused("revoke_certificate", OWNER, serial=SERIAL)
    fresh.refused("revoke_certificate", serial="12x")
    with fresh.room.store.reading() as tx:
        assert certificates.revoked(tx) == frozenset()
    fresh.done("revoke_certificate", serial=SERIAL)
    fresh.refused("revoke_certificate", serial=SERIAL)
    fresh.refused("issue_certificate", user=OWNER, serial=SERIAL)
    with fresh.room.store.reading() as tx:
        assert certificates.revoked(tx) == frozenset({int(SERIAL)})


OFFER = {
    "market": "", "side": "BUY", "source": SOURCE, "sink": SINK, "tou": "ON", "hedge": "OBL",
    "crr_type": "AUC", "start": "2024-06-01", "end": "2024-07-01", "mw": "1", "price": "1",
    "counterparty": "FIN2", "contact": "",
}  # fmt: skip
LINES = {"bids": [], "nominations": []}
OF_A_SERVICE = {
    Service.AUCTION: ("create_portfolio", {"market": "AUC_MN_2024_M04", "portfolio": "x", **LINES}),
    Service.NOMINATION: ("create_portfolio", {"market": TIER_2, "portfolio": "y", **LINES}),
    Service.LOAD: (
        "submit_load",
        {"window": "FCST_LOAD_2024_M04", "period": "2024_M04", "owner": "FIN1", "records": []},
    ),
    Service.SECONDARY_MARKET: ("post_secondary_offer", {**OFFER, "owner": "FIN1"}),
    Service.TOR_CONVERSION: (
        "request_tor_conversion",
        {"window": "TOR_CONVERSION_2024_S02", "holder": "FIN1", "requests": []},
    ),
    Service.LOAD_MIGRATION: (
        "upload_migration",
        {
            "market": "LOAD_MIGRATION_2024_M05", "udc": "UPGAE", "effective_date": "2024-05-01",
            "part": "COUNTS", "records": [],
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("given", ["READ", "WRITE"])
def test_functions_are_the_users_not_the_participants(fresh, given):
    """The participant may more than its reader: what counts is who asks, at whichever door."""
    for service, (kind, arguments) in OF_A_SERVICE.items():
        name, other = (OWNER, "FIN1") if service == Service.LOAD_MIGRATION else ("FIN1", OWNER)
        user = f"{service}-{given}"
        fresh.done(
            "provision", user=user, organisation="Ann's", participant=name,
            functions=[[service.value, given]],
        )  # fmt: skip
        asked = {"participant": name, **arguments}
        before = fresh.room.store.state_digest()
        found = fresh.as_user(user, kind, name, **asked)
        told = codes(found) if found.status == "refused" else []
        assert (found.user, found.actor) == (user, name)
        if given == "READ":
            assert told == ["SEC0001"]
            assert fresh.room.store.state_digest() == before
        else:
            assert not {"SEC0001", "SEC0002"} & set(told), (service, told)
        for stranger in (other, OPERATOR):
            assert codes(fresh.as_user(user, kind, stranger, **asked)) == ["SEC0002"]


def test_nobody_takes_the_operators_name(fresh):
    for kind in OPERATORS:
        assert codes(fresh.as_user(OWNER, kind, OPERATOR, text="x")) == ["SEC0001"], kind


def test_a_user_asks_for_itself_as_the_one_of_its_organisation(fresh):
    fresh.done(
        "provision", user="ann", organisation="Ann's", participant=OWNER,
        functions=[["nomination", "READ"]],
    )  # fmt: skip
    asked = {"participant": OWNER, "service": "nomination", "access": "WRITE"}
    done = json.loads(fresh.as_user("ann", "request_access", OWNER, **asked).effect)
    assert (done["user"], done["status"]) == ("ann", "REQUESTED")
    with fresh.room.store.reading() as tx:
        (waiting,) = [g for g in access.grants(tx) if g.status == "REQUESTED"]
    assert (waiting.user, waiting.organisation) == ("ann", "Ann's")
    twice = fresh.as_user("ann", "decide_access", OPERATOR, **asked, user="ann", decision="APPROVE")
    assert codes(twice) == ["SEC0001"]
    fresh.done("decide_access", **asked, user="ann", decision="APPROVE")
    line = {"market": TIER_2, "participant": OWNER, "portfolio": "x", **LINES}
    assert fresh.as_user("ann", "create_portfolio", OWNER, **line).status == "done"


@pytest.mark.parametrize("kind", sorted(OPERATORS))
def test_what_the_operator_does_nobody_else_can(fresh, kind):
    """Whatever comes with it: who may not ask is not told what is missing."""
    for arguments in ({}, {"market": "AUC_MN_2024_M04", "text": "x", "participant": OWNER}):
        (finding,) = fresh.refused(kind, OWNER, **arguments)
        assert finding["code"] == "SEC0001"
