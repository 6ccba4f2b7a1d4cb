"""General and market data as rows of the download types (wire contract 6): one function each.

What exists before a market is cleared; `simulator.publish.tables` has the results and the caps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from simulator.domain import Crr, CrrType, Direction, Hedge, Period, Tou, mw
from simulator.publish.download import Rows, dates, identifier

FACTOR_STEP = Decimal("0.001")  # three decimals are shown, and may be 0.000
SECONDARY_MARKET = "SECONDARY_MARKET"  # the market name of what was traded between holders


class Category(StrEnum):
    """Where an existing CRR is listed (wire contract 6)."""

    ALLOCATION = "ALLOCATION"
    AUCTION = "AUCTION"
    SECONDARY_MARKET = "SECONDARY_MARKET"
    SYSTEM = "SYSTEM"
    LOAD_MIGRATION = "LOAD_MIGRATION"


_CATEGORIES: Mapping[CrrType, Category] = {
    CrrType.LSE: Category.ALLOCATION,
    CrrType.OBAALSE: Category.ALLOCATION,
    CrrType.LSE_THCNT: Category.ALLOCATION,
    CrrType.AUC: Category.AUCTION,
    CrrType.MT: Category.SYSTEM,
    CrrType.MT_TOR: Category.SYSTEM,
    CrrType.LSE_LMT: Category.LOAD_MIGRATION,
    CrrType.LMT_CNT: Category.LOAD_MIGRATION,
}


@dataclass(frozen=True)
class LocationBus:
    """One bus of a location in one time of use; an aggregate has one for each of its buses."""

    location: str
    type: str
    biddable: bool
    zone: str
    augmented_bus_name: str
    ems_bus_name: str
    participation_factor: Decimal
    tou: Tou


@dataclass(frozen=True)
class Replacement:
    """A retired location and the one that stands for it in a market (rulebook 3.7)."""

    retired: str
    replacement: str
    market: str
    effective: date


@dataclass(frozen=True)
class SetAsideRow:
    """Capacity of an interface that an allocation leaves to the auction (rulebook 2.8)."""

    interface: str
    direction: Direction
    period: str
    tou: Tou
    set_aside_mw: Decimal


def category(crr: Crr) -> Category:
    """By the market that a CRR was traded in, else by its type."""
    if crr.market == SECONDARY_MARKET:
        return Category.SECONDARY_MARKET
    return _CATEGORIES[crr.crr_type]


def existing_crrs(crrs: Iterable[Crr]) -> Rows:
    """The CRRs that exist; the caller chooses whose (public: everybody's; private: one's own)."""
    return tuple(
        {
            "CRRID": identifier(crr.crr_id),
            "ParentCRRID": identifier(crr.parent_crr_id),
            "AssetOwner": crr.owner,
            "MarketName": crr.market,
            "Category": category(crr).value,
            "CRRType": crr.crr_type.value,
            "HedgeType": crr.hedge.value,
            "Source": crr.source,
            "Sink": crr.sink,
            "TOU": crr.tou.value,
            **dates(crr.start, crr.end),
            "MW": mw(crr.mw),
        }
        for crr in crrs
    )


def source_sinks(buses: Iterable[LocationBus]) -> Rows:
    """The source/sink list: one row for each location, bus and time of use."""
    return tuple(
        {
            "SourceSink": bus.location,
            "Type": bus.type,
            "BiddableFlag": "Yes" if bus.biddable else "No",
            "Zone": bus.zone,
            "AugmentedBusName": bus.augmented_bus_name,
            "EMSBusName": bus.ems_bus_name,
            "ParticipationFactor": bus.participation_factor.quantize(FACTOR_STEP),
            "TOU": bus.tou.value,
        }
        for bus in buses
    )


def source_sink_replacements(replacements: Iterable[Replacement]) -> Rows:
    """Where retired locations went."""
    return tuple(
        {
            "RetiredSourceSink": item.retired,
            "ReplacementSourceSink": item.replacement,
            "MarketName": item.market,
            "EffectiveDate": item.effective.isoformat(),
        }
        for item in replacements
    )


def grouped_base_loading(market: str, periods: Iterable[Period], crrs: Iterable[Crr]) -> Rows:
    """What is held through each period of a market, summed over owners, so that none is named."""
    held = tuple(crrs)
    sums: dict[tuple[str, Tou, str, str, Hedge], Decimal] = {}
    for period in periods:
        for crr in held:
            if crr.spans(period):
                key = (period.name, crr.tou, crr.source, crr.sink, crr.hedge)
                sums[key] = sums.get(key, Decimal(0)) + crr.mw
    return tuple(
        {
            "MarketName": market,
            "Period": period_name,
            "TOU": tou.value,
            "Source": source,
            "Sink": sink,
            "HedgeType": hedge.value,
            "MW": mw(total),
        }
        for (period_name, tou, source, sink, hedge), total in sums.items()
    )


def set_asides(market: str, set_aside: Iterable[SetAsideRow]) -> Rows:
    """Interface capacity that is kept for the auction."""
    return tuple(
        {
            "MarketName": market,
            "Period": item.period,
            "TOU": item.tou.value,
            "InterfaceName": item.interface,
            "Direction": item.direction.value,
            "SetAsideMW": mw(item.set_aside_mw),
        }
        for item in set_aside
    )
