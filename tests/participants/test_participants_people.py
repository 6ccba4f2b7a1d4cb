"""Who takes part: stable, distinct, and within the load there is."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest

from simulator.domain import CrrType, Refused, Role
from simulator.domain.settings import PopulationSettings
from simulator.participants import MarketLayer, Person, endowment, market_layer, population

SETTINGS = PopulationSettings()
ZONES = (
    "SourceSink,Kind,Zone,DLAP,GenerationMW,LoadMW\nG1,GEN,NORTH,D,500,0\nD,DLAP,NORTH,D,0,100\n"
)
RIGHTS = "RightID,Holder,Type,Source,Sink,MW\nR1,M1,TOR,G1,D,10\n"
ROSTER = (
    "ParticipantID,Role,Strategy,Sink,PeakLoadMW,CollateralUSD,Sources\n"
    "L1,LSE,LOAD_HEDGE,D,60,1000000,G1:50\n"
)


def test_the_default_24_have_every_role_and_every_holder_of_a_right(
    layer: MarketLayer, people: tuple[Person, ...]
) -> None:
    roles = Counter(person.participant.role for person in people)
    assert len(people) == 24
    assert set(roles) == set(Role)
    ids = {person.participant_id for person in people}
    assert {right.holder for right in layer.rights} <= ids


@pytest.mark.parametrize("count", [6, 24, 63, 300])
def test_a_smaller_population_is_the_beginning_of_a_larger_one(
    layer: MarketLayer, count: int
) -> None:
    everybody = population(1, 300, layer, SETTINGS)
    assert population(1, count, layer, SETTINGS) == everybody[:count]


def test_three_hundred_have_wire_ids_and_names_of_their_own(layer: MarketLayer) -> None:
    people = population(3, 300, layer, SETTINGS)
    ids = [person.participant_id for person in people]
    names = [person.participant.name for person in people]
    assert len(set(ids)) == len(set(names)) == 300
    assert all(len(name) <= 10 and name.isalnum() and name.isupper() for name in ids)
    assert all(name.endswith("(synthetic)") for name in names)


def test_nobody_serves_load_that_is_not_there(layer: MarketLayer) -> None:
    served: dict[str, Decimal] = {}
    for person in population(3, 300, layer, SETTINGS):
        sink = person.participant.sink
        if person.participant.role.serves_load:
            served[sink] = served.get(sink, Decimal(0)) + person.peak_load_mw
            assert person.peak_load_mw > 0
    for sink, peak_mw in served.items():
        place = layer.places[sink]
        assert place.kind == "SP" or peak_mw <= place.load_mw


def test_nobody_copies_a_participant_without_money(layer: MarketLayer) -> None:
    poor = [
        person.participant_id
        for person in population(3, 300, layer, SETTINGS)
        if person.collateral_usd < 100_000
    ]
    assert poor == ["FIN6"]
    with pytest.raises(Refused, match="someone to copy"):
        population(1, 8, market_layer(ZONES, RIGHTS, ROSTER.replace("1000000", "10")), SETTINGS)


@pytest.mark.parametrize("count", [-1, 0, 5, 301])
def test_a_population_of_another_size_is_refused(layer: MarketLayer, count: int) -> None:
    with pytest.raises(Refused) as refusal:
        population(1, count, layer, SETTINGS)
    assert refusal.value.findings[0].found == str(count)


def test_the_endowment_gives_lses_their_sources_and_traders_their_paths(
    layer: MarketLayer, people: tuple[Person, ...]
) -> None:
    crrs = endowment(people, layer, seed=7)
    sink_of = {person.participant_id: person.participant.sink for person in people}
    assert len({crr.crr_id for crr in crrs}) == len(crrs)
    assert {crr.crr_type for crr in crrs} == {CrrType.LSE, CrrType.OBAALSE, CrrType.AUC}
    assert all(crr.sink == sink_of[crr.owner] for crr in crrs if crr.crr_type != CrrType.AUC)
    assert all(crr.source != crr.sink and crr.mw > 0 for crr in crrs)
    assert all(crr.start.year == 2024 for crr in crrs)


def test_the_endowment_stays_below_the_priority_cap_of_half_the_load(
    layer: MarketLayer, people: tuple[Person, ...]
) -> None:
    crrs = endowment(people, layer, seed=7)
    for person in people:
        if person.participant.role.serves_load:
            held: Counter[tuple[str, str]] = Counter()
            for crr in crrs:
                if crr.owner == person.participant_id:
                    held[crr.start.isoformat(), crr.tou] += int(crr.mw * 1000)
            assert held
            assert max(held.values()) <= person.peak_load_mw * 1000 / 2


def test_a_wrong_layer_is_refused_with_every_fault_at_once() -> None:
    with pytest.raises(Refused) as refusal:
        market_layer(
            ZONES.replace(",500,", ",many,"),
            RIGHTS.replace("R1,M1,TOR,G1", "R1,M1,GIFT,G1"),
            ROSTER + "L1,LSE,LOAD_HEDGE,NOWHERE,60,1,G1:50\nlow,BANK,LOAD_HEDGE,D,x,1,G1\n",
        )
    places = [finding.where for finding in refusal.value.findings]
    assert any("location_zones.csv row 2 column GenerationMW" in where for where in places)
    assert any("rights.csv row 2 column Type" in where for where in places)
    for column in ("ParticipantID", "Role", "PeakLoadMW", "Sources"):
        assert any(f"roster.csv row 4 column {column}" in where for where in places), column
    assert any("roster.csv row 3 column ParticipantID" in where for where in places)
    assert any("roster.csv row 3 column Sink" in where for where in places)


def test_a_roster_of_one_makes_more_of_the_same() -> None:
    people = population(1, 8, market_layer(ZONES, RIGHTS, ROSTER), SETTINGS)
    assert [person.participant_id for person in people][:3] == ["L1", "ESP1", "ESP2"]
    assert sum(person.peak_load_mw for person in people) <= 100


def test_an_empty_roster_is_refused() -> None:
    with pytest.raises(Refused, match="nobody takes part"):
        market_layer(ZONES, RIGHTS, ROSTER.splitlines()[0] + "\n")
