"""Load migration: shares of load become pairs of CRRs that move the hedge with the load.

Rulebook 7.1; C11, W16. For every seasonal allocated CRR of the one who loses load, the gainer
gets `LSE_LMT` on the same path and the loser `LMT_CNT`, the counter-flow, of the same MW; the
base CRR stays. Counter CRRs of trading hubs are part of what was allocated and go along with
their hub CRR (rulebook 3.3). Between the same two entities results net by season and time of
use: what comes back lowers the existing pair instead of making a second one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from simulator.domain import Crr, CrrType, Period, Tou, mw
from simulator.rules.figure import ZERO
from simulator.rules.migration_input import MigrationInput

HUNDRED = Decimal(100)
KW_PER_MW = Decimal(1000)


@dataclass(frozen=True, order=True)
class LoadShare:
    """What share of an LSE's load in a utility's area went to another, in one season and TOU.

    `percent` is 0 to 100 of the loser's load; `transfer_mw` is not rounded (W16).
    """

    udc: str
    from_lse: str
    to_lse: str
    season: int
    tou: Tou
    percent: Decimal
    transfer_mw: Decimal


class _Move(NamedTuple):
    """What percentages net over: an area, who loses and who gains, a season and time of use."""

    udc: str
    loser: str
    gainer: str
    season: int
    tou: Tou


@dataclass(frozen=True)
class MigratedPair:
    """What of one base CRR has moved to one gainer so far, and the two CRRs that carry it.

    `percent` is the net share. It is negative where the gainer's own load has moved to the base
    CRR's owner: that has to come back first, until then there are no CRRs.
    """

    base_crr_id: str
    gainer: str
    percent: Decimal
    gained: Crr | None = None
    counter_flow: Crr | None = None

    @property
    def mw(self) -> Decimal:
        """MW of either CRR; 0 while there are none."""
        return self.gained.mw if self.gained else ZERO


@dataclass(frozen=True)
class MigrationResult:
    """One row of `market`'s results: `initial_mw` where it made the CRR, else `adjusted_mw`.

    `crr` is as it is after the market; its own market is the one that made it.
    """

    market: str
    crr: Crr
    initial_mw: Decimal | None = None
    adjusted_mw: Decimal | None = None


def load_shares(given: MigrationInput) -> tuple[LoadShare, ...]:
    """Percentages and MW by (from, to, season, time of use), rulebook 7.1.

    Transfer = customers moved x kW of their class; base = customers of the losing LSE x kW.
    Rows that move nothing are left out. `given` has passed `input_findings`: no class loses more
    customers than are served, none of them negative, so the base is at least what is moved.
    """
    rates = {(rate.customer_class, rate.tou, rate.season): rate.kw for rate in given.rates}
    pairs = sorted({(dasr.from_lse, dasr.to_lse) for dasr in given.dasrs})
    shares = []
    for from_lse, to_lse in pairs:
        for season in range(1, 5):
            for tou in Tou:
                moved_kw = sum(
                    (
                        dasr.customers * rates[dasr.customer_class, tou, season]
                        for dasr in given.dasrs
                        if (dasr.from_lse, dasr.to_lse) == (from_lse, to_lse)
                    ),
                    ZERO,
                )
                base_kw = sum(
                    (
                        count.customers * rates[count.customer_class, tou, season]
                        for count in given.counts
                        if count.lse == from_lse
                    ),
                    ZERO,
                )
                if moved_kw > 0:
                    percent = HUNDRED * moved_kw / base_kw
                    transfer_mw = moved_kw / KW_PER_MW
                    at = (given.udc, from_lse, to_lse, season, tou)
                    shares.append(LoadShare(*at, percent, transfer_mw))
    return tuple(shares)


def migrate(
    shares: Iterable[LoadShare],
    bases: Iterable[Crr],
    udc_at: Mapping[str, str],
    pairs: Iterable[MigratedPair],
    market: str,
    effective: date,
    new_ids: Iterator[str],
) -> tuple[tuple[MigratedPair, ...], tuple[MigrationResult, ...]]:
    """All pairs after this market, and what the market made or changed, by CRR.

    `shares` speak of asset owners. `bases` are the allocated CRRs; monthly ones and those that
    have ended by `effective` take no part. Each follows the shares of the area in which its load
    is served: `udc_at` names the utility of each load location. `new_ids` gives an id for each
    new CRR.
    """
    net = _net_percent(shares)
    state = {(pair.base_crr_id, pair.gainer): pair for pair in pairs}
    results: list[MigrationResult] = []
    for base in sorted(bases, key=lambda crr: (len(crr.crr_id), crr.crr_id)):
        season = seasonal(base)
        if season is None or base.end <= effective:
            continue
        udc = udc_at.get(load_end(base))
        for move in sorted(net):
            if (move.udc, move.loser, move.season, move.tou) != (udc, base.owner, season, base.tou):
                continue
            gainer = move.gainer
            key = (base.crr_id, gainer)
            before = state.get(key, MigratedPair(base.crr_id, gainer, ZERO))
            others = [
                pair.mw
                for pair in state.values()
                if pair.base_crr_id == base.crr_id and pair.gainer != gainer
            ]
            percent = before.percent + net[move]
            size = min(_share_mw(base, percent), base.mw - sum(others, ZERO))
            after = _resized(before, base, percent, size, market, effective, new_ids)
            state[key] = after
            results += _results(market, before, after)
    return tuple(state[key] for key in sorted(state)), tuple(results)


def seasonal(crr: Crr) -> int | None:
    """The season (1 to 4) of an allocated seasonal or long-term CRR; None for all others.

    The counter CRR of a trading hub is allocated with its hub CRR.
    """
    if crr.crr_type not in (CrrType.LSE, CrrType.LSE_THCNT):
        return None
    season = season_of(crr.start)
    return season if crr.spans(Period.season(crr.start.year, season)) else None


def load_end(crr: Crr) -> str:
    """Where the load of an allocated CRR is: its sink, of a hub's counter CRR its source (3.3)."""
    return crr.source if crr.crr_type == CrrType.LSE_THCNT else crr.sink


def migrated_mw(
    pairs: Iterable[MigratedPair], loser: str, sink: str, season: int, tou: Tou
) -> Decimal:
    """What the loser's priority cap is lowered by (rulebook 2.4): its counter-flows at `sink`.

    That of a hub's counter CRR ends there and is taken off again.
    """
    total = ZERO
    for pair in pairs:
        flow = pair.counter_flow
        if flow and (flow.owner, flow.tou, season_of(flow.start)) == (loser, tou, season):
            total += flow.mw if flow.source == sink else ZERO
            total -= flow.mw if flow.sink == sink else ZERO
    return total


def season_of(day: date) -> int:
    """1 to 4: January to March is season 1 (rulebook 1.3)."""
    return (day.month + 2) // 3


def _net_percent(shares: Iterable[LoadShare]) -> dict[_Move, Decimal]:
    """Percent that leaves each loser for each gainer, less what comes back from there."""
    net: dict[_Move, Decimal] = {}
    for share in shares:
        there = _Move(share.udc, share.from_lse, share.to_lse, share.season, share.tou)
        back = there._replace(loser=share.to_lse, gainer=share.from_lse)
        net[there] = net.get(there, ZERO) + share.percent
        net[back] = net.get(back, ZERO) - share.percent
    return net


def _share_mw(base: Crr, percent: Decimal) -> Decimal:
    return mw(base.mw * min(max(percent, ZERO), HUNDRED) / HUNDRED)


def _resized(
    pair: MigratedPair,
    base: Crr,
    percent: Decimal,
    size: Decimal,
    market: str,
    effective: date,
    new_ids: Iterator[str],
) -> MigratedPair:
    start = max(base.start, effective)
    if pair.gained and pair.counter_flow:
        return replace(
            pair,
            percent=percent,
            gained=replace(pair.gained, mw=size, start=start),
            counter_flow=replace(pair.counter_flow, mw=size, start=start),
        )
    if size == 0:
        return replace(pair, percent=percent)
    child = replace(base, start=start, mw=size, market=market, parent_crr_id=base.crr_id)
    gained = replace(child, crr_id=next(new_ids), owner=pair.gainer, crr_type=CrrType.LSE_LMT)
    counter_flow = replace(
        child,
        crr_id=next(new_ids),
        crr_type=CrrType.LMT_CNT,
        source=base.sink,
        sink=base.source,
    )
    return replace(pair, percent=percent, gained=gained, counter_flow=counter_flow)


def _results(market: str, before: MigratedPair, after: MigratedPair) -> list[MigrationResult]:
    if not after.gained or not after.counter_flow or after.mw == before.mw:
        return []
    made = (after.gained, after.counter_flow)
    if before.gained is None:
        return [MigrationResult(market, crr, initial_mw=crr.mw) for crr in made]
    return [MigrationResult(market, crr, adjusted_mw=after.mw - before.mw) for crr in made]
