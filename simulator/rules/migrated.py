"""What has migrated: pairs of CRRs that carry it, and what they come to (rulebook 7.1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from simulator.domain import Crr, CrrType, Product
from simulator.rules.figure import ZERO


@dataclass(frozen=True)
class MigratedPair:
    """What of one base CRR has moved to one gainer so far, and the two CRRs that carry it.

    `load_mw` is the load that has moved, net. It is negative where the gainer's own load has moved
    to the base CRR's owner: that has to come back first, until then there are no CRRs. `percent`
    is what it is of the owner's load. `sold_mw` moved with CRRs that have since been sold or cut:
    they are adjusted no more, another two CRRs carry every later change. Those go the other way,
    from the gainer to the base CRR's owner, where less than that is to be moved in the end.
    """

    base_crr_id: str
    gainer: str
    percent: Decimal = ZERO
    load_mw: Decimal = ZERO
    sold_mw: Decimal = ZERO
    gained: Crr | None = None
    counter_flow: Crr | None = None

    @property
    def mw(self) -> Decimal:
        """MW of the base CRR that have moved to the gainer, whoever owns them now."""
        return self.sold_mw + self.adjustable_mw

    @property
    def adjustable_mw(self) -> Decimal:
        """MW of the two CRRs that later markets adjust; negative where they go the other way."""
        if self.gained is None:
            return ZERO
        return self.gained.mw if self.gained.owner == self.gainer else -self.gained.mw

    def as_held(self, held: Mapping[str, Crr]) -> MigratedPair:
        """The same after trades: CRRs that are not in `held` as they were made are sold."""
        for crr in (self.gained, self.counter_flow):
            if crr and crr.mw > 0:
                now = held.get(crr.crr_id)
                if now is None or (now.owner, now.mw) != (crr.owner, crr.mw):
                    return replace(self, sold_mw=self.mw, gained=None, counter_flow=None)
        return self


@dataclass(frozen=True)
class MigrationResult:
    """One row of `market`'s results: `initial_mw` where it made the CRR, else `adjusted_mw`.

    `crr` is as it is after the market; its own market is the one that made it.
    """

    market: str
    crr: Crr
    initial_mw: Decimal | None = None
    adjusted_mw: Decimal | None = None


def moved_by_base(pairs: Iterable[MigratedPair]) -> dict[str, Decimal]:
    """MW that have moved of each base CRR, whoever gained them."""
    moved: dict[str, Decimal] = {}
    for pair in pairs:
        moved[pair.base_crr_id] = moved.get(pair.base_crr_id, ZERO) + pair.mw
    return moved


def migrated_mw(
    moved: Mapping[str, Decimal], bases: Iterable[Crr], sink: str, product: Product
) -> Decimal:
    """What a loser's priority cap is lowered by (rulebook 2.4), at `sink`.

    That is what has `moved` of those of its allocated CRRs, `bases`, that run through the product:
    the season of last year that the cap starts from. A hub's counter CRR begins where the load is
    and is taken off again.
    """
    total = ZERO
    for base in bases:
        if base.tou == product.tou and base.spans(product.period):
            size = moved.get(base.crr_id, ZERO)
            total += size if base.sink == sink else ZERO
            total -= size if base.source == sink else ZERO
    return total


def given_crrs(results: Iterable[MigrationResult]) -> tuple[Crr, ...]:
    """What load migration gave, day by day, whoever owns it now; `results` in market order.

    Each CRR as every market left it, up to the day from which the next one changed it.
    """
    given: dict[str, list[Crr]] = {}
    for result in results:
        earlier = given.setdefault(result.crr.crr_id, [])
        earlier[:] = [replace(crr, end=min(crr.end, result.crr.start)) for crr in earlier]
        earlier.append(result.crr)
    both = (crr for crrs in given.values() for crr in crrs)
    return tuple(crr for crr in both if crr.start < crr.end and crr.mw > 0)


def resized(
    pair: MigratedPair,
    base: Crr,
    size: Decimal,
    market: str,
    effective: date,
    new_ids: Iterator[str],
) -> Iterator[MigratedPair]:
    """The pair with `size` moved in all; first with nothing where its CRRs have to turn round."""
    wanted, start = size - pair.sold_mw, max(base.start, effective)
    if pair.gained and pair.counter_flow:
        turns = wanted * pair.adjustable_mw < 0
        pair = replace(
            pair,
            gained=replace(pair.gained, mw=ZERO if turns else abs(wanted), start=start),
            counter_flow=replace(pair.counter_flow, mw=ZERO if turns else abs(wanted), start=start),
        )
        yield pair
        if not turns:
            return
    if wanted:
        gainer, loser = pair.gainer, base.owner
        if wanted < 0:
            gainer, loser = loser, gainer
        child = replace(base, start=start, mw=abs(wanted), market=market, parent_crr_id=base.crr_id)
        yield replace(
            pair,
            gained=replace(child, crr_id=next(new_ids), owner=gainer, crr_type=CrrType.LSE_LMT),
            counter_flow=replace(
                child,
                crr_id=next(new_ids),
                owner=loser,
                crr_type=CrrType.LMT_CNT,
                source=base.sink,
                sink=base.source,
            ),
        )


def results_of(market: str, before: MigratedPair, after: MigratedPair) -> list[MigrationResult]:
    """What a market made or changed when a pair became another, CRR by CRR."""
    if not after.gained or not after.counter_flow:
        return []
    made = (after.gained, after.counter_flow)
    if before.gained is None or before.gained.crr_id != after.gained.crr_id:
        return [MigrationResult(market, crr, initial_mw=crr.mw) for crr in made]
    change = after.gained.mw - before.gained.mw
    return [MigrationResult(market, crr, adjusted_mw=change) for crr in made if change]
