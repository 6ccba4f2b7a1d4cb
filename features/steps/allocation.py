"""Steps about allocations: caps, set-aside, signature pairs, and what was awarded."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from pytest_bdd import given, parsers, then

from simulator.domain import Award, Crr, MarketKind, Period
from simulator.market.hub_rights import as_rights
from simulator.market.posting import market_awards
from simulator.store import books, tables

from .calendar import market_state
from .door import CAP, Door, number, table, total
from .play import Play
from .publication import replacements

SHARES = {"half": Decimal("0.5"), "a third": Decimal(1) / 3, "a quarter": Decimal("0.25")}


@given(parsers.parse('no cap is posted for "{market}"'))
def no_cap_posted(play: Door, market: str) -> None:
    for who in play.people():
        assert not play.caps(who, market), who


@then(parsers.parse('every load-serving entity has its {kind:w} and its cap for "{market}"'))
def everybody_has_caps(play: Door, kind: str, market: str) -> None:
    products = play.scenario.market(market).market.products
    wanted = {(product.period.name, product.tou) for product in products}
    for who, person in play.people().items():
        sinks = person.sinks if person.role.serves_load else ()
        for figure in (kind, CAP):
            posted = set(play.caps(who, market, figure))
            assert posted == {(sink, *key) for sink in sinks for key in wanted}, f"{who} {figure}"


@then(parsers.parse('a cap of "{later}" is what "{earlier}" left of the MEQ'))
def cap_is_what_is_left(play: Play, later: str, earlier: str) -> None:
    quantities, bounds = caps(play, later, "MEQ"), caps(play, later, "UPPER_BOUND")
    awarded = _sums(awards(play, earlier), "awarded_mw")
    assert bounds
    for key, bound in bounds.items():
        left = max(quantities[key] - awarded.get(key, Decimal(0)), Decimal(0))
        assert bound == left, f"{key}: {bound} MW, not {left} MW"


@given(parsers.parse('no set-aside is posted for "{market}"'))
def no_set_aside(play: Play, market: str) -> None:
    with play.reading() as tx:
        assert not tx.rows(tables.set_aside, market=market)


@then(parsers.parse('{share} of what is left of each intertie is set aside in "{market}"'))
def set_aside_posted(play: Play, share: str, market: str) -> None:
    assert share in SHARES, f"{share} is not one of {', '.join(SHARES)}"
    part = SHARES[share]
    with play.reading() as tx:
        rows = tx.rows(tables.set_aside, market=market)
    assert rows, "nothing is posted"
    for row in rows:
        left = max(row["limit_mw"] - max(row["used_mw"], Decimal(0)), Decimal(0))
        assert abs(row["set_aside_mw"] - part * left) < Decimal("0.001"), str(row)


@given(parsers.parse('no signature pair is posted for "{market}"'))
def no_signatures(play: Play, market: str) -> None:
    with play.reading() as tx:
        assert not tx.rows(tables.signature, market=market)


@then(parsers.parse('the signature pairs of "{market}" are what was allocated a year before'))
def signatures_are_last_year(play: Play, market: str) -> None:
    with play.reading() as tx:
        posted = {
            (row["participant"], row["source"], row["sink"], row["period"], row["tou"]): row["mw"]
            for row in tx.rows(tables.signature, market=market)
        }
        allocated = books.allocations(tx)
    moved = {old: new for old, (new, _) in replacements(play, market).items()}
    expected: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    for period in {product.period for product in market_state(play, market).market.products}:
        before = Period.parse(f"{int(period.name[:4]) - 1}{period.name[4:]}")
        for crr in allocated:
            if crr.spans(before):
                source, sink = (moved.get(end, end) for end in (crr.source, crr.sink))
                key = (crr.owner, source, sink, period.name, crr.tou.value)
                expected[key] += crr.mw
    assert posted
    assert posted == dict(expected)


@then(parsers.parse('no award in "{market}" is above what was asked for'))
def award_within_ask(play: Play, market: str) -> None:
    found = awards(play, market)
    assert any(award.awarded_mw > 0 for award in found), "nothing was awarded"
    for award in found:
        assert Decimal(0) <= award.awarded_mw <= award.submitted_mw, str(award)


@then(parsers.parse('nobody is awarded more than its cap in "{market}"'))
def awards_within_caps(play: Play, market: str) -> None:
    bounds = caps(play, market, "UPPER_BOUND")
    for attribute in ("submitted_mw", "awarded_mw"):
        for key, asked in _sums(awards(play, market), attribute).items():
            assert asked <= bounds[key], f"{key}: {asked} MW, cap {bounds[key]} MW"


@then(parsers.parse('nobody is awarded more than its MEQ in "{first}" and "{second}" together'))
def awards_within_meq(play: Play, first: str, second: str) -> None:
    both = _sums((*awards(play, first), *awards(play, second)), "awarded_mw")
    for key, quantity in caps(play, first, "MEQ").items():
        assert both.get(key, Decimal(0)) <= quantity, f"{key}: {both[key]} MW, MEQ {quantity} MW"


@then(parsers.parse('every award of "{market}" is on a signature pair, within its MW'))
def awards_on_signatures(play: Play, market: str) -> None:
    with play.reading() as tx:
        rows = tx.rows(tables.signature, market=market)
    pairs = {
        (row["participant"], row["source"], row["sink"], row["period"], row["tou"]): row["mw"]
        for row in rows
    }
    given_mw: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    for award in awards(play, market):
        key = (award.participant, award.source, award.sink, award.period, award.tou.value)
        given_mw[key] += award.awarded_mw
    assert given_mw
    for key, awarded in given_mw.items():
        assert awarded <= pairs[key], f"{key}: {awarded} MW on a pair of {pairs[key]} MW"


@then(parsers.parse('each purchase or award of "{market}" is a CRR of its owner, to the last MW'))
def awards_are_crrs(play: Play, market: str) -> None:
    with play.reading() as tx:
        rights = as_rights(tx, market, awards(play, market))
    won = {
        award.crr_id: (award.participant, award.source, award.sink, award.tou, award.awarded_mw)
        for award in rights
        if award.awarded_mw > 0 and award.transaction.value == "BUY"
    }
    owned = {
        crr.crr_id: (crr.owner, crr.source, crr.sink, crr.tou, crr.mw) for crr in crrs(play, market)
    }
    assert won
    assert won == owned


@then(parsers.parse('no award of "{market}" is a CRR yet'))
def awards_are_no_crrs(play: Door, market: str) -> None:
    assert play.crrs(), "nobody has any CRR"
    assert not crrs(play, market)


@then(parsers.parse('{who:w} owns from "{market}" at most:'))
def owns_at_most(play: Door, who: str, market: str, datatable: list[list[str]]) -> None:
    owned: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for crr in crrs(play, market):
        if crr.owner == who:
            owned[crr.source, crr.sink, crr.tou.value] += crr.mw
    limits = {
        (row["source"], row["sink"], row["TOU"]): number(row["MW"])
        for row in table(datatable, ("source", "sink", "TOU", "MW"))
    }
    assert set(owned) <= set(limits), f"{who} owns {sorted(owned)}"
    assert owned, f"{who} owns nothing of {market}"
    for path, limit in limits.items():
        assert owned.get(path, Decimal(0)) <= limit, f"{path}: {owned[path]} MW"


@then(parsers.parse('the awards of "{market}" keep every limit that they use up'))
def limits_kept(play: Play, market: str) -> None:
    with play.reading() as tx:
        binding = tx.rows(tables.binding_constraint, market=market)
    assert binding, "no limit is used up"
    for row in binding:
        assert abs(row["flow_mw"]) <= abs(row["limit_mw"]) + Decimal("0.001"), str(row)


def caps(play: Play, market: str, kind: str) -> dict[tuple[str, ...], Decimal]:
    """MW by participant, sink, period and time of use; kind is SEQ, MEQ or UPPER_BOUND."""
    with play.reading() as tx:
        rows = tx.rows(tables.nomination_cap, market=market, kind=kind)
    return {(row["participant"], row["sink"], row["period"], row["tou"]): row["mw"] for row in rows}


def awards(play: Play, market: str) -> tuple[Award, ...]:
    """What a posted market gave; nobody may look before."""
    state = market_state(play, market)
    assert state.posted_at is not None, f"{market} is not posted yet"
    with play.reading() as tx:
        found = market_awards(tx, market)
    if state.market.kind == MarketKind.ALLOCATION:
        assert all(award.clearing_price_usd_per_mw is None for award in found)
    return found


def crrs(play: Door, market: str) -> tuple[Crr, ...]:
    """The inventory's CRRs that a market created."""
    return tuple(crr for crr in play.crrs() if crr.market == market)


def _sums(found: tuple[Award, ...], attribute: str) -> dict[tuple[str, ...], Decimal]:
    keys = {(award.participant, award.sink, award.period, award.tou.value) for award in found}
    return {
        key: total(
            getattr(award, attribute)
            for award in found
            if (award.participant, award.sink, award.period, award.tou.value) == key
        )
        for key in sorted(keys)
    }
