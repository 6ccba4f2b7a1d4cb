"""The shipped long-term calendar, played: who may hold what for ten years, and how it is held."""

from __future__ import annotations

import shutil
from collections import defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from market_played import ROOT, answer, create, room_at, short_world, submit

from simulator.domain import Crr, CrrType, Nomination, Period, Product, Tou
from simulator.engine import Run
from simulator.market.cases import product_case
from simulator.market.hub_rights import as_rights
from simulator.market.posting import market_awards
from simulator.market.room import MarketRoom
from simulator.market.world import World
from simulator.rules.caps import signature_pairs
from simulator.store import books, tables
from simulator.timeline.scenario import load_scenario

PRIORITY, LONG, TIER_2 = (f"ALLOC_AN_2025_{tier}" for tier in ("PNP", "TLT", "T2"))
SEASONS = tuple(Period.season(2025, season) for season in range(1, 5))
MILLI = Decimal("0.001")


@pytest.fixture(scope="module")
def world() -> World:
    text = (ROOT / "scenarios" / "long_term.toml").read_text(encoding="utf-8")
    settings = "history_days = 2"
    text = text.replace(
        "[settings.population]", f"[settings.day_ahead]\n{settings}\n\n[settings.population]"
    )
    return replace(short_world(), scenario=load_scenario(text, "long_term.toml"))


@pytest.fixture(scope="module")
def kept(world, tmp_path_factory) -> dict[str | None, Path]:
    folder = tmp_path_factory.mktemp("long_term")
    copies = {}
    for stop in ("long-term-open", None):
        room = room_at(folder / "live.db", world)
        Run(room, stop).play()
        room.store.close()
        copies[stop] = Path(shutil.copy(folder / "live.db", folder / f"{stop}.db"))
    return copies


@pytest.fixture
def opened(world, kept, tmp_path) -> MarketRoom:
    """The room just after tier LT opened, to go on by hand."""
    shutil.copy(kept["long-term-open"], tmp_path / "own.db")
    return room_at(tmp_path / "own.db", world)


@pytest.fixture(scope="module")
def ended(world, kept) -> MarketRoom:
    return room_at(kept[None], world)


def long_term(tx) -> list[Crr]:
    return [crr for crr in books.crrs(tx) if crr.market == LONG]


def pairs_of(tx, market: str) -> dict[tuple[str, str, str, str, str], Decimal]:
    return {
        (row["participant"], row["source"], row["sink"], row["period"], row["tou"]): row["mw"]
        for row in tx.rows(tables.signature, market=market)
    }


def by_path(awards) -> dict[tuple[str, str, str, str, str], Decimal]:
    sums: dict[tuple[str, str, str, str, str], Decimal] = defaultdict(Decimal)
    for award in awards:
        key = (award.participant, award.source, award.sink, award.period, award.tou.value)
        sums[key] += award.awarded_mw
    return {key: mw for key, mw in sums.items() if mw}


def test_every_award_is_held_in_the_same_season_of_the_nine_years_after(ended):
    with ended.store.reading() as tx:
        held = long_term(tx)
        awards = [award for award in market_awards(tx, LONG) if award.awarded_mw]
        first_year = {crr.crr_id: crr for crr in books.allocations(tx, market=PRIORITY)}
        entered = {award.crr_id for award in awards}
    assert len(held) == 9 * len(awards) > 0
    lives: dict[tuple[str, Decimal], list[Crr]] = defaultdict(list)
    for crr in held:
        parent = first_year[crr.parent_crr_id]
        path = (crr.owner, crr.source, crr.sink, crr.tou, crr.crr_type, crr.hedge)
        assert path == (
            parent.owner, parent.source, parent.sink, parent.tou, parent.crr_type, parent.hedge,
        )  # fmt: skip
        lives[crr.parent_crr_id, crr.mw].append(crr)
    for (parent_id, _), crrs in lives.items():
        parent = first_year[parent_id]
        assert [crr.start for crr in crrs] == [
            date(year, parent.start.month, 1) for year in range(2026, 2035)
        ]
        assert all(
            crr.spans(Period.season(crr.start.year, (crr.start.month + 2) // 3)) for crr in crrs
        )
        assert crrs[0].crr_id in entered


def test_tier_lt_takes_the_priority_awards_and_nothing_else(ended):
    with ended.store.reading() as tx:
        pairs, given = pairs_of(tx, LONG), by_path(market_awards(tx, PRIORITY))
        got = by_path(market_awards(tx, LONG))
    assert pairs == given
    assert all(mw <= given[key] for key, mw in got.items())
    assert got


def test_old_and_new_long_term_rights_stay_within_half_of_the_adjusted_load_metric(ended):
    with ended.store.reading() as tx:
        caps = {
            (row["participant"], row["sink"], row["period"], row["tou"]): row
            for row in tx.rows(tables.nomination_cap, market=LONG, kind="UPPER_BOUND")
        }
        seasonal = {
            (row["participant"], row["sink"], row["period"], row["tou"]): row["mw"]
            for row in tx.rows(tables.nomination_cap, market=PRIORITY, kind="SEQ")
        }
        got = by_path(market_awards(tx, LONG))
    sums: dict[tuple[str, str, str, str], Decimal] = defaultdict(Decimal)
    for (owner, _, sink, period, tou), mw in got.items():
        sums[owner, sink, period, tou] += mw
    for key, row in caps.items():
        # SEQ is three quarters of the metric, so half of it is two thirds of SEQ
        assert abs(row["mw"] - seasonal[key] * 2 / 3) <= MILLI
        assert sums.get(key, Decimal(0)) <= row["mw"]
        assert "tier LT cap" in row["how"]


def test_the_model_of_tier_lt_is_that_of_the_second_year(ended, world):
    """Sixty percent of the limits, without the seasonal CRRs that end with the first year."""
    with ended.store.reading() as tx:
        loads = {}
        for name in (PRIORITY, LONG, TIER_2):
            market = world.scenario.market(name).market
            case = product_case(tx, world, market, Product(SEASONS[0], Tou.ON), ())
            loads[name] = {crr.crr_id for crr in case.fixed_crrs}, case.limit_scale
        given = {
            crr.crr_id
            for crr in books.allocations(tx, market=PRIORITY)
            if crr.tou == Tou.ON and crr.spans(SEASONS[0])
        }
    rights = {right.right_id for right in world.rights}
    assert loads == {
        PRIORITY: (rights, 0.65),
        LONG: (rights, 0.60),
        TIER_2: (rights | given, 0.65),  # and nothing of tier LT, which begins a year later
    }


def test_the_first_year_of_a_long_term_right_is_counted_once(ended):
    with ended.store.reading() as tx:
        caps = {
            (row["market"], row["kind"], row["participant"], row["period"], row["tou"]): row["mw"]
            for row in tx.rows(tables.nomination_cap)
        }
        given: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
        for (owner, _, _, period, tou), mw in by_path(market_awards(tx, PRIORITY)).items():
            given[owner, period, tou] += mw
    for (market, kind, *key), mw in caps.items():
        if (market, kind) == (TIER_2, "UPPER_BOUND"):
            owner, period, tou = key
            quantity = caps[TIER_2, "SEQ", owner, period, tou]
            assert mw == max(quantity - given[owner, period, tou], Decimal(0))


def test_a_nomination_beyond_the_priority_award_or_on_another_pair_is_told_so(opened):
    with opened.store.reading() as tx:
        (owner, source, sink, period, tou), mw = next(iter(pairs_of(tx, LONG).items()))
        signed = {key[1] for key in pairs_of(tx, LONG) if key[0] == owner}
    other = next(name for name in ("TESLA_7_N001", "MALIN_5_N101") if name not in signed)
    line = Nomination("1", owner, source, sink, Tou(tou), period, mw + MILLI)
    for name, wrong, words in (
        ("MORE", line, f"exceeds the {mw} MW of signature pair {source}"),
        ("OTHER", replace(line, source=other, mw=Decimal(1)), "is no signature pair"),
    ):
        answer(create(opened, LONG, owner, name, [wrong]))
        told = answer(submit(opened, LONG, owner, name))
        assert told["status"] == "INVALID"
        assert words in told["message"]
    answer(create(opened, LONG, owner, "ALL", [replace(line, mw=mw)]))
    assert answer(submit(opened, LONG, owner, "ALL"))["status"] == "SUBMITTED"


def held(tx, market):
    """Awards as rights: hub CRRs whole, without the counter CRRs that take some of them back."""
    rights = as_rights(tx, market, market_awards(tx, market))
    return [right for right in rights if right.crr_type == CrrType.LSE]


def test_next_years_priority_pairs_leave_out_what_still_runs(ended):
    """Rulebook 2.4: the priority cap is last year's allocation less existing long-term rights."""
    with ended.store.reading() as tx:
        allocated = [crr for crr in books.allocations(tx) if crr.crr_type == CrrType.LSE]
        given = by_path((*held(tx, PRIORITY), *held(tx, TIER_2)))
        kept_on = by_path(held(tx, LONG))
    owner = next(iter(kept_on))[0]
    own = [crr for crr in allocated if crr.owner == owner]
    products = [Product(season.in_year(2026), tou) for season in SEASONS for tou in Tou]
    pairs = signature_pairs(own, products)
    expected = {
        (source, sink, Period.parse(period).in_year(2026).name, tou): mw
        - kept_on.get(key, Decimal(0))
        for key, mw in given.items()
        for who, source, sink, period, tou in [key]
        if who == owner
    }
    assert pairs == {key: mw for key, mw in expected.items() if mw}
    # ten years on, the last long-term year has run out and may be nominated again
    last = signature_pairs(own, [replace(p, period=p.period.in_year(2035)) for p in products])
    assert sum(last.values()) == sum(mw for key, mw in kept_on.items() if key[0] == owner)
