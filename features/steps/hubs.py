"""Steps about trading hubs in an allocation: legs, hub CRRs and their counter CRRs."""

from __future__ import annotations

from decimal import Decimal

from pytest_bdd import then
from pytest_bdd.parsers import parse

from simulator.domain import CrrType, Nomination
from simulator.market.portfolios import submitted
from simulator.store import special_tables

from .allocation import awards, crrs
from .play import Play

MILLI = Decimal("0.001")


@then(parse('every nomination from a trading hub in "{market}" is cleared from each of its nodes'))
def cleared_by_leg(play: Play, market: str) -> None:
    found = _from_hubs(play, market)
    assert found, "nobody nominated from a hub"
    for line in found:
        legs = _legs(play, line)
        nodes = play.world.locations[line.source].factors[line.tou]
        assert 0 < len(legs) <= len(nodes)
        assert sum(leg["nominated_mw"] for leg in legs) == line.mw


@then(parse('each hub CRR of "{market}" less its counter CRRs is what its legs were awarded'))
def hub_less_counters(play: Play, market: str) -> None:
    owned = {crr.crr_id: crr for crr in crrs(play, market)}
    won = {award.bid_id: award for award in awards(play, market) if award.awarded_mw > 0}
    for line in _from_hubs(play, market):
        award, legs = won.get(line.nomination_id), _legs(play, line)
        if award is None:
            continue
        hub = owned[award.crr_id]
        counters = [crr for crr in owned.values() if crr.parent_crr_id == hub.crr_id]
        assert hub.mw - sum(crr.mw for crr in counters) == award.awarded_mw
        for leg in legs:
            back = sum(crr.mw for crr in counters if crr.sink == leg["node"])
            injected = hub.mw * Decimal(leg["factor"]) - back
            assert abs(injected - leg["awarded_mw"]) < MILLI


@then(parse('each counter CRR of "{market}" leads from the sink of its hub CRR back to a node'))
def counters_lead_back(play: Play, market: str) -> None:
    owned = {crr.crr_id: crr for crr in crrs(play, market)}
    counters = [crr for crr in owned.values() if crr.crr_type == CrrType.LSE_THCNT]
    assert counters, "every leg got all it asked for"
    for crr in counters:
        hub = owned[crr.parent_crr_id]
        assert (crr.owner, crr.tou, crr.source) == (hub.owner, hub.tou, hub.sink)


def _from_hubs(play: Play, market: str) -> list[Nomination]:
    with play.reading() as tx:
        lines = [line for item in submitted(tx, market) for line in item.nominations]
    return [line for line in lines if play.world.locations[line.source].type == "TH"]


def _legs(play: Play, line: Nomination) -> list[dict[str, object]]:
    with play.reading() as tx:
        return tx.rows(special_tables.hub_leg, bid_id=int(line.nomination_id))
