"""A participant's requests as its own client sends them (wire contract 3, 4 and 8 to 11)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from simulator.api.moments import first_second, last_second
from simulator.domain import Bid, MarketKind, Nomination, Portfolio, TransactionType
from simulator.market.load import KINDS, records_of
from simulator.timeline.scenario import Scenario

FORECAST = KINDS[1]
ACTIONS = {
    "create_portfolio": "portfolioCreation",
    "submit_portfolio": "portfolioSubmission",
    "retract_portfolio": "portfolioRetraction",
}


@dataclass(frozen=True)
class Asked:
    """One request below `/crr`."""

    method: str
    path: str
    body: Any = None
    query: Mapping[str, str] | None = None


def service_of(scenario: Scenario, market: str) -> str:
    """The service of a market's portfolios; one that is unknown is taken for what it is called."""
    known = {spec.market.name: spec.market.kind for spec in scenario.markets}
    named = MarketKind.ALLOCATION if market.startswith("ALLOC") else MarketKind.AUCTION
    return "nomination" if known.get(market, named) == MarketKind.ALLOCATION else "auction"


def portfolio(scenario: Scenario, kind: str, asked: Portfolio) -> Asked:
    """Create, submit, retract or delete."""
    service = service_of(scenario, asked.market)
    address = {
        "portfolioName": asked.name,
        "marketName": asked.market,
        "participantName": asked.participant,
    }
    if kind == "delete_portfolio":
        return Asked("DELETE", f"/{service}/v1.0/portfolio", query=address)
    lines = {}
    if kind == "create_portfolio":
        lines = _nominations(asked) if service == "nomination" else _bids(asked)
    return Asked("POST", f"/{service}/v1.0/{ACTIONS[kind]}", {**address, **lines})


def load(scenario: Scenario, given: Mapping[str, Any]) -> Asked:
    """Hourly load for a period of a window."""
    kinds = {spec.name: spec.kind for spec in scenario.processes}
    calendar = scenario.settings.calendar
    rows = [
        {
            "sinkName": record.sink,
            "effectiveDate": utc(first_second(record.day, calendar)),
            "hourEnding": record.hour_ending,
            "dataType": record.load_type.value,
            "mw": record.mw,
        }
        for record in records_of(given["records"])
    ]
    forecast = kinds.get(given["window"], FORECAST) == FORECAST
    body = {
        "histForecastFlag": "F" if forecast else "H",
        "assetOwner": given["owner"],
        "loadSubmissionWindowName": given["window"],
        "periodName": given["period"],
        "hourlyLoad": rows,
    }
    return Asked("POST", "/historicalforecastedload/v1.0/loadSubmission", body)


def transfers(scenario: Scenario, who: str, market: str, udc: str, day: str, rows: Any) -> Asked:
    """Customers who changed their supplier: record, class, from, to, how many."""
    effective = first_second(date.fromisoformat(day), scenario.settings.calendar)
    records = [
        {"recordId": record, "class": name, "fromLse": old, "toLse": new,
         "numCustomerTransfer": count}
        for record, name, old, new, count in rows
    ]  # fmt: skip
    body = {
        "loadMigrationMarket": market, "udcName": udc, "effectiveDate": utc(effective),
        "dasrRecords": records,
    }  # fmt: skip
    query = {"participantName": who}
    return Asked("POST", "/loadmigration/v1.0/dasrSummary", body, query)


def offer(scenario: Scenario, given: Mapping[str, Any]) -> Asked:
    """An offer to sell a CRR, to one participant or to everybody."""
    to = given["counterparty"]
    row = {
        "assetOwner": given["owner"], "crrId": int(given["crr_id"]), "source": given["source"],
        "sink": given["sink"], "tou": given["tou"], "hedgeType": given["hedge"],
        "crrType": given["crr_type"], **_days(scenario, given["start"], given["end"]),
        "mw": Decimal(given["mw"]), "price": Decimal(given["price"]),
        "contactInfo": {"name": given["contact"] or given["owner"], "phone": "", "email": ""},
        **({"targetMpName": to} if to else {}),
    }  # fmt: skip
    whose = "private" if to else "public"
    return _trade(f"{whose}SmSellOfferCreation", given["owner"], row)


def target(who: str, given: Mapping[str, Any]) -> Asked:
    """A public offer is turned to one participant."""
    row = {
        "requestId": int(given["request_id"]), "respondingMpName": given["counterparty"],
        "price": Decimal(given["price"]),
    }  # fmt: skip
    return _trade("smPublicOfferToSpecifiedMp", who, row)


def acceptance(who: str, given: Mapping[str, Any]) -> Asked:
    """An offer to sell is accepted."""
    return _trade("smResponseToSellOffers", who, {"requestId": int(given["request_id"])})


def conversion(scenario: Scenario, given: Mapping[str, Any]) -> Asked:
    """A holder's requests to convert a part of its right."""
    rows = [
        {"source": source, "sink": sink, **_days(scenario, start, end), "mw": Decimal(mw),
         "transfereeAO": to, "modeled": modeled}
        for source, sink, start, end, mw, to, modeled in given["requests"]
    ]  # fmt: skip
    body = {
        "torConversionWindow": given["window"], "torHolder": given["holder"],
        "conversionRequests": rows,
    }  # fmt: skip
    return Asked("POST", "/torconversion/v1.0/torConversionCreation", body)


def approval(records: Mapping[str, Mapping[str, Any]], given: Mapping[str, Any]) -> Asked:
    """A transferee's decisions; `records` are as the service listed them, by their ids."""
    rows = [
        {**records[number], "approvalStatus": decision} for number, decision in given["decisions"]
    ]
    body = {
        "torConversionWindow": given["window"], "assetOwner": given["owner"],
        "conversionApprovalRecords": rows,
    }  # fmt: skip
    return Asked("POST", "/torconversion/v1.0/torConversionApproval", body)


def utc(at: Any) -> str:
    """A moment as the services write it."""
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def _trade(operation: str, who: str, row: Mapping[str, Any]) -> Asked:
    query = {"participantName": who}
    return Asked("POST", f"/secondarymarket/v1.0/{operation}", [row], query)


def _days(scenario: Scenario, start: str, end: str) -> dict[str, str]:
    """From a day up to another: its first second, and the last one before the other."""
    calendar = scenario.settings.calendar
    return {
        "startDate": utc(first_second(date.fromisoformat(start), calendar)),
        "endDate": utc(last_second(date.fromisoformat(end), calendar)),
    }


def _nominations(asked: Portfolio) -> dict[str, Any]:
    return {"newNominations": [{**_path(line), "hedgeType": "OBL", "mw": line.mw}
                               for line in asked.nominations]}  # fmt: skip


def _bids(asked: Portfolio) -> dict[str, Any]:
    sold = [bid for bid in asked.bids if bid.transaction == TransactionType.SELL]
    bought = [bid for bid in asked.bids if bid.transaction == TransactionType.BUY]
    offers = [{**_curve(bid), "crrId": int(bid.crr_id)} for bid in sold]
    return {"newBids": [_curve(bid) for bid in bought], "newOffers": offers}


def _curve(bid: Bid) -> dict[str, Any]:
    points = [{"mw": point.mw, "price": point.price_usd_per_mw} for point in bid.curve]
    return {**_path(bid), "hedgeType": bid.hedge.value, "bidCurve": points}


def _path(line: Bid | Nomination) -> dict[str, Any]:
    return {
        "assetOwner": line.participant, "source": line.source, "sink": line.sink,
        "tou": line.tou.value, "period": line.period, "crrType": line.crr_type.value,
    }  # fmt: skip
