"""Load migration: shares of load become pairs of CRRs that move the hedge with the load.

Rulebook 7.1; C11, W16. For every seasonal allocated CRR of the one who loses load, the gainer
gets `LSE_LMT` on the same path and the loser `LMT_CNT`, the counter-flow, of the same MW; the
base CRR stays. Counter CRRs of trading hubs are part of what was allocated and go along with
their hub CRR (rulebook 3.3). Between the same two entities results net by season and time of
use, in MW of load, since each percentage is of its own loser's load: what comes back lowers the
existing pair instead of making a second one. What of a pair was sold stays sold, and stays moved.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, localcontext
from typing import NamedTuple

from simulator.domain import Crr, CrrType, Period, Tou, mw
from simulator.rules.figure import ZERO
from simulator.rules.migrated import MigratedPair, MigrationResult, resized, results_of
from simulator.rules.migration_input import MigrationInput

HUNDRED = Decimal(100)
EXACT_DIGITS = 100  # more than any product of two numbers has here
KW_PER_MW = Decimal(1000)


@dataclass(frozen=True, order=True)
class LoadShare:
    """What share of an LSE's load in a utility's area went to another, in one season and TOU.

    `percent` is 0 to 100 of the loser's load; `transfer_mw` is that load, not rounded (W16).
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


class _Net(NamedTuple):
    """Load that leaves one for another, less what comes back; negative where more comes back.

    `percent` is what `gross_mw`, all that leaves, is of the loser's load.
    """

    load_mw: Decimal = ZERO
    percent: Decimal = ZERO
    gross_mw: Decimal = ZERO


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
    net = _net_load(shares)
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
            before = state.get(key, MigratedPair(base.crr_id, gainer))
            others = [
                pair.mw
                for pair in state.values()
                if pair.base_crr_id == base.crr_id and pair.gainer != gainer
            ]
            moved = _moved(before, net[move])
            size = min(_share_mw(base, moved.percent), base.mw - sum(others, ZERO))
            for after in resized(moved, base, size, market, effective, new_ids):
                results += results_of(market, moved, after)
                moved = after
            state[key] = moved
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


def season_of(day: date) -> int:
    """1 to 4: January to March is season 1 (rulebook 1.3)."""
    return (day.month + 2) // 3


def _net_load(shares: Iterable[LoadShare]) -> dict[_Move, _Net]:
    """Load that leaves each loser for each gainer, less what comes back from there."""
    net: dict[_Move, _Net] = {}
    for share in shares:
        there = _Move(share.udc, share.from_lse, share.to_lse, share.season, share.tou)
        back = there._replace(loser=share.to_lse, gainer=share.from_lse)
        load_mw = net.get(there, _Net()).load_mw + share.transfer_mw
        net[there] = _Net(load_mw, share.percent, share.transfer_mw)
        comes_back = net.get(back, _Net())
        net[back] = comes_back._replace(load_mw=comes_back.load_mw - share.transfer_mw)
    return net


def _moved(pair: MigratedPair, net: _Net) -> MigratedPair:
    """The pair after this market's load: what comes back undoes what went, in proportion.

    Only load beyond that is a share of the loser's load as this market knows it.
    """
    went, after = max(pair.load_mw, ZERO), pair.load_mw + net.load_mw
    if after > went:
        percent = pair.percent + _in_proportion(net.percent, after - went, net.gross_mw)
    elif went:
        percent = _in_proportion(pair.percent, max(after, ZERO), went)
    else:
        percent = ZERO
    return replace(pair, load_mw=after, percent=percent)


def _in_proportion(percent: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """percent x part / whole, rounded once."""
    with localcontext(prec=EXACT_DIGITS):
        exact = percent * part / whole
    return +exact


def _share_mw(base: Crr, percent: Decimal) -> Decimal:
    return mw(base.mw * min(max(percent, ZERO), HUNDRED) / HUNDRED)
