"""Hubs (C12), wheeling, merchant rights (C17), lineage, access and messages."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.domain import (
    Crr,
    CrrType,
    Hedge,
    Nomination,
    Participant,
    Period,
    Product,
    Refused,
    Role,
    Tou,
)
from simulator.rules import access, hub, lineage, merchant, messages, terms, wheeling
from simulator.rules.access import Access, Grant, GrantStatus, Service
from simulator.rules.lineage import LifeEvent, LifeKind
from simulator.rules.listing import SourceSink

MW = Decimal
FACTORS = (("N1", MW("0.5")), ("N2", MW("0.3")), ("N3", MW("0.2")))


def test_c12_legs_and_their_reassembly() -> None:
    assert hub.legs(MW(100), FACTORS) == (("N1", 50), ("N2", 30), ("N3", 20))
    awarded = {"N1": MW(50), "N2": MW(30), "N3": MW(10)}
    assert hub.pure_hub_mw(awarded, FACTORS) == 50
    award = hub.reassemble(MW(100), awarded, FACTORS)
    assert award == hub.HubAward(MW(100), (("N3", MW(10)),))
    with_counters = hub.injections_mw(award, FACTORS)
    hub_and_legs = {"N1": MW(25) + 25, "N2": MW(15) + 15, "N3": MW(10) + 0}
    assert with_counters == awarded == hub_and_legs


@given(
    st.integers(1, 10**6),
    st.lists(st.integers(1, 1000), min_size=1, max_size=9),
    st.lists(st.integers(0, 100), min_size=9, max_size=9),
)
def test_legs_add_up_and_every_node_injects_what_it_was_awarded(
    kilowatts: int, weights: list[int], percents: list[int]
) -> None:
    total = sum(weights)
    factors = [(f"N{place}", MW(weight) / total) for place, weight in enumerate(weights)]
    nominated = MW(kilowatts) / 1000
    legs = hub.legs(nominated, factors)
    assert sum(mw for _, mw in legs) == nominated
    assert hub.legs(nominated, factors[::-1]) == legs
    awarded = {
        node: (mw * percent / 100).quantize(MW("0.001"))
        for (node, mw), percent in zip(legs, percents, strict=False)
    }
    award = hub.reassemble(nominated, awarded, factors)
    assert award.hub_mw <= nominated
    injected = hub.injections_mw(award, factors)
    assert {node: mw for node, mw in injected.items() if mw} == {
        node: mw for node, mw in awarded.items() if mw
    }
    assert award.hub_mw - sum(mw for _, mw in award.counters_mw) == sum(awarded.values())


def test_a_hub_that_is_cut_evenly_needs_no_counters() -> None:
    legs = dict(hub.legs(MW(100), FACTORS))
    half = {node: mw / 2 for node, mw in legs.items()}
    assert hub.reassemble(MW(100), half, FACTORS) == hub.HubAward(MW(50), ())
    assert hub.reassemble(MW(100), {}, FACTORS) == hub.HubAward(MW(0), ())


SUMMER = Product(Period.parse("2025_S03"), Tou.ON)


def test_wheeling_prepayment_and_refund() -> None:
    assert wheeling.prepayment(MW(25), SUMMER).value == 369_600
    assert wheeling.refund(MW(25), MW(15), SUMMER).value == 147_840
    assert wheeling.refund(MW(25), MW(25), SUMMER).value == 0
    both = wheeling.total([wheeling.prepayment(MW(25), SUMMER), wheeling.prepayment(MW(1), SUMMER)])
    assert both.value == 26 * 12 * 1232
    due = wheeling.prepayment(MW(25), SUMMER)
    assert wheeling.prepayment_findings(MW(369_600), due) == ()
    assert "short by 0.01 USD" in wheeling.prepayment_findings(MW("369599.99"), due)[0].message


def test_wheeling_need_caps_what_is_elected() -> None:
    election = wheeling.Election
    assert wheeling.eligible_quantity(election.EQ, MW(30), MW(25)).value == 25
    assert wheeling.eligible_quantity(election.EQ, MW(20), MW(25)).value == 20
    assert wheeling.eligible_quantity(election.LOAD, MW(80), adjusted=MW(100)).value == 75


def test_wheeling_sinks_are_scheduling_points() -> None:
    listing = {"MALIN": SourceSink("MALIN", "SP"), "DLAP": SourceSink("DLAP", "LAP")}
    nominations = [
        Nomination(str(place), "OUT", "G", sink, Tou.ON, "2025_S03", MW(1))
        for place, sink in enumerate(("MALIN", "DLAP", "GONE"))
    ]
    findings = wheeling.need_findings(nominations, listing)
    assert [finding.found for finding in findings] == ["DLAP", "GONE"]


def test_c17_a_new_line_need_not_add_anything() -> None:
    assert merchant.increment(MW(400), MW(400)).value == 0
    assert merchant.increment(MW(600), MW(400)).value == 200
    assert merchant.increment(MW(300), MW(400)).value == 0


def test_merchant_terms() -> None:
    assert terms.merchant_end(date(2024, 5, 1), 12) == date(2036, 5, 1)
    assert terms.merchant_end(date(2024, 5, 1), 45) == date(2054, 5, 1)
    assert terms.merchant_end(date(2024, 2, 29), 1) == date(2025, 3, 1)
    with pytest.raises(ValueError, match="no term"):
        terms.merchant_end(date(2024, 5, 1), 0)


def test_a_long_term_award_is_held_in_the_same_season_of_ten_years() -> None:
    season = Period.parse("2025_S04")
    award = Crr(
        "1",
        "A",
        CrrType.LSE,
        Hedge.OBL,
        "G",
        "L",
        Tou.OFF,
        season.start,
        season.end,
        MW(7),
        "ALLOC_AN_2025_TLT",
    )
    crrs = terms.long_term(award)
    assert [crr.start for crr in crrs] == [date(year, 10, 1) for year in range(2026, 2035)]
    assert all(crr.spans(Period.season(crr.start.year, 4)) for crr in crrs)
    assert {(crr.parent_crr_id, crr.tou, crr.mw) for crr in crrs} == {("1", Tou.OFF, MW(7))}


def event(day: int, kind: LifeKind, crr_id: str, owner: str, parent: str = "") -> LifeEvent:
    return LifeEvent(date(2024, 4, day), kind, crr_id, owner, MW(1), parent_crr_id=parent)


STORY = [
    event(1, LifeKind.ALLOCATED, "1", "A"),
    event(2, LifeKind.ALLOCATED, "9", "Z"),
    event(3, LifeKind.TRANSFERRED, "2", "B", "1"),
    event(3, LifeKind.SPLIT, "3", "A", "1"),
    event(5, LifeKind.TRANSFERRED, "4", "C", "2"),
    event(6, LifeKind.REMAPPED, "4", "C"),
]


def test_lineage_is_ancestors_self_and_descendants_without_siblings() -> None:
    assert [item.crr_id for item in lineage.lineage("4", STORY)] == ["1", "2", "4", "4"]
    assert [item.crr_id for item in lineage.lineage("1", STORY)] == ["1", "2", "3", "4", "4"]
    assert lineage.ancestors("4", STORY) == ("2", "1")
    assert lineage.owners("4", STORY) == ("A", "B", "C")
    assert lineage.owners("3", STORY) == ("A",)
    assert lineage.lineage_findings(STORY) == ()


def test_lineage_says_where_a_story_breaks() -> None:
    broken = [*STORY, event(7, LifeKind.SPLIT, "4", "C", "8"), event(8, LifeKind.SOLD, "77", "C")]
    said = [finding.message for finding in lineage.lineage_findings(broken)]
    assert said == [
        "CRR 4 is made twice",
        "CRR 4 comes from an unknown CRR",
        "CRR 77 is SOLD before it is made",
    ]


PEOPLE = [
    Participant("LSE1", "North Load", Role.LSE, "DLAP"),
    Participant("TRADE1", "Quick Desk", Role.TRADER),
    Participant("MUNI1", "Old Town", Role.MUNICIPAL),
]


def test_profiles_are_migrated_and_role_decides_the_functions() -> None:
    grants = access.migrated_profiles(PEOPLE, {"LSE1": "ann", "TRADE1": "bob"})
    rights = [(right.service, right.access) for right in access.effective_rights("bob", grants)]
    assert (Service.AUCTION, Access.WRITE) in rights
    assert (Service.AUCTION, Access.READ) in rights
    assert (Service.MARKET_DATA, Access.READ) in rights
    assert (Service.MARKET_DATA, Access.WRITE) not in rights
    assert access.process_owners(PEOPLE)[Service.LOAD] == ("LSE1", "MUNI1")
    assert access.process_owners(PEOPLE)[Service.NOMINATION] == ("LSE1", "MUNI1")

    def denied(user: str, participant: str, service: Service, wanted: Access) -> list[str]:
        found = access.access_findings(user, participant, service, wanted, grants)
        return [finding.code for finding in found]

    assert denied("ann", "LSE1", Service.NOMINATION, Access.WRITE) == []
    assert denied("bob", "TRADE1", Service.NOMINATION, Access.READ) == ["SEC0001"]
    assert denied("bob", "LSE1", Service.NOMINATION, Access.READ) == ["SEC0002"]
    assert denied("eve", "LSE1", Service.MESSAGES, Access.READ) == ["SEC0002"]


def test_a_function_is_requested_approved_by_somebody_else_and_revoked() -> None:
    names = [person.participant_id for person in PEOPLE]
    asked = access.request(Grant("ann", "North", "LSE1", Service.AUCTION, Access.WRITE), [], names)
    assert access.effective_rights("ann", [asked]) == ()
    with pytest.raises(Refused, match="cannot approve their own"):
        access.decide(asked, access.Decision.APPROVE, "ann")
    granted = access.decide(asked, access.Decision.APPROVE, "operator")
    assert granted.status == GrantStatus.APPROVED
    with pytest.raises(Refused, match="already requested or granted"):
        access.request(asked, [granted], names)
    revoked = access.decide(granted, access.Decision.REVOKE, "operator")
    assert access.effective_rights("ann", [revoked]) == ()
    for decision in access.Decision:
        with pytest.raises(Refused, match="cannot be decided"):
            access.decide(revoked, decision, "operator")
    with pytest.raises(Refused, match="is unknown"):
        access.request(Grant("ann", "North", "NOBODY", Service.AUCTION, Access.READ), [], names)


def test_messages_keep_to_the_wire_and_the_range() -> None:
    assert messages.wire_text("Auction AUC_MN: open,\nuntil 17:00") == (
        "Auction AUC_MN open until 17 00"
    )
    assert len(messages.wire_text("x " * 400)) <= 512
    sent = [
        messages.Message(20, "Operator", "second"),
        messages.Message(10, "Operator", "first"),
        messages.Message(15, "Operator", "secret", "LSE1"),
    ]
    assert [item.text for item in messages.between(sent, "", 10)] == ["first", "second"]
    assert [item.text for item in messages.between(sent, "", 10, 20)] == ["first"]
    assert [item.text for item in messages.between(sent, "LSE1", 0, 100)] == ["secret"]
    for from_at, to_at, code in ((10, 10, "SER0006"), (21, None, "SER0007")):
        with pytest.raises(Refused) as refused:
            messages.between(sent, "", from_at, to_at)
        assert refused.value.findings[0].code == code
