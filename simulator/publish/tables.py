"""Results and nomination caps as rows of the download types (wire contract 6): one function each.

Dates in rows are local and both inclusive: a CRR of April 2024 is from 2024-04-01 to 2024-04-30.
`simulator.publish.market_data` has what exists before a market is cleared, and
`simulator.publish.download` the columns and the texts of the files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from simulator.domain import Award, BindingConstraint, CrrType, LocationPrice, Period, Tou, mw, usd
from simulator.publish.download import Row, Rows, dates, identifier


@dataclass(frozen=True)
class NominationCap:
    """MW that a load-serving entity may nominate; `source` only where pairs are capped."""

    owner: str
    crr_type: CrrType
    sink: str
    period: str
    tou: Tou
    allowed_mw: Decimal
    source: str = ""


def binding_constraints(market: str, binding: Iterable[BindingConstraint]) -> Rows:
    """The limits that the awards use up; `ContingencyName` is empty for the base case."""
    return tuple(
        {
            "MarketName": market,
            "Period": item.period,
            "TOU": item.tou.value,
            "ConstraintName": item.name,
            "DeviceType": item.device_type,
            "ContingencyName": item.contingency,
            "Direction": item.direction.value,
            "Flow": mw(item.flow_mw),
            "Limit": mw(item.limit_mw),
            "ShadowPrice": usd(item.shadow_price_usd_per_mw),
        }
        for item in binding
    )


def clearing_prices(market: str, prices: Iterable[LocationPrice]) -> Rows:
    """A path costs ClearingPrice(source) - ClearingPrice(sink) a MW (rulebook 4.6, W13)."""
    return tuple(
        {
            "MarketName": market,
            "Period": price.period,
            "TOU": price.tou.value,
            "SourceSink": price.location,
            "ClearingPrice": usd(price.price_usd_per_mw),
        }
        for price in prices
    )


def public_auction_results(
    market: str, awards: Iterable[Award], new_crr_ids: Mapping[str, str]
) -> Rows:
    """What was bought and sold; bids that got nothing are not shown.

    `new_crr_ids` gives the CRR that each bought bid became, by bid id.
    """
    return tuple(_auction_result(market, a, new_crr_ids) for a in awards if a.awarded_mw > 0)


def private_auction_results(
    market: str,
    awards: Iterable[Award],
    new_crr_ids: Mapping[str, str],
    portfolio_names: Mapping[str, str],
    descriptions: Mapping[str, str] | None = None,
) -> Rows:
    """One participant's own bids, also those that got nothing; the mappings are by bid id."""
    words = descriptions or {}
    return tuple(
        {
            **_auction_result(market, award, new_crr_ids),
            "PortfolioName": portfolio_names[award.bid_id],
            "BidID": identifier(award.bid_id),
            "BidMW": mw(award.submitted_mw),
            "Description": words.get(award.bid_id, ""),
        }
        for award in awards
    )


def public_allocation_results(
    market: str, awards: Iterable[Award], new_crr_ids: Mapping[str, str]
) -> Rows:
    """What was allocated, without prices; nominations that got nothing are not shown."""
    return tuple(_result(market, a, new_crr_ids) for a in awards if a.awarded_mw > 0)


def private_allocation_results(
    market: str,
    awards: Iterable[Award],
    new_crr_ids: Mapping[str, str],
    portfolio_names: Mapping[str, str],
) -> Rows:
    """One participant's own nominations; the mappings are by nomination id."""
    return tuple(
        {
            "MarketName": market,
            "PortfolioName": portfolio_names[award.bid_id],
            "NominationID": identifier(award.bid_id),
            "CRRID": identifier(award.crr_id or new_crr_ids.get(award.bid_id, "")),
            "AssetOwner": award.participant,
            "CRRType": award.crr_type.value,
            "HedgeType": award.hedge.value,
            "Source": award.source,
            "Sink": award.sink,
            "TOU": award.tou.value,
            "Period": award.period,
            "NominatedMW": mw(award.submitted_mw),
            "AwardedMW": mw(award.awarded_mw),
        }
        for award in awards
    )


def signatures(calculation: str, caps: Iterable[NominationCap]) -> Rows:
    """Source-sink pairs that may be nominated again; SIGNATURE."""
    return tuple({**_cap(calculation, cap), "Source": cap.source} for cap in caps)


def nomination_caps(calculation: str, caps: Iterable[NominationCap]) -> Rows:
    """MW allowed at each sink; the same columns for UPPER_BOUND, SEQ and MEQ."""
    return tuple(_cap(calculation, cap) for cap in caps)


def _cap(calculation: str, cap: NominationCap) -> Row:
    return {
        "NominationCapCalcName": calculation,
        "AssetOwner": cap.owner,
        "CRRType": cap.crr_type.value,
        "Sink": cap.sink,
        "Period": cap.period,
        "TOU": cap.tou.value,
        "AllowedMW": mw(cap.allowed_mw),
    }


def _auction_result(market: str, award: Award, new_crr_ids: Mapping[str, str]) -> Row:
    price = award.clearing_price_usd_per_mw
    assert price is not None, f"the auction award {award.bid_id} has no price"
    return {**_result(market, award, new_crr_ids), "ClearingPrice": usd(price)}


def _result(market: str, award: Award, new_crr_ids: Mapping[str, str]) -> Row:
    """A sale keeps the id of what was sold; what is new has an id only where MW were awarded."""
    period = Period.parse(award.period)
    return {
        "MarketName": market,
        "Period": award.period,
        "TOU": award.tou.value,
        "CRRID": identifier(award.crr_id or new_crr_ids.get(award.bid_id, "")),
        "AssetOwner": award.participant,
        "TransactionType": award.transaction.value,
        "HedgeType": award.hedge.value,
        "CRRType": award.crr_type.value,
        "Source": award.source,
        "Sink": award.sink,
        **dates(period.start, period.end),
        "AwardedMW": mw(award.awarded_mw),
    }
