"""A market in which every window is open, and what a right request of every operation is there.

At two moments, because some windows follow each other: load and migration are taken, conversions
are asked for; then migration is posted, conversions are decided, closed load has its exceedance.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from api_in_process import InProcess, in_process
from api_server import PASSWORD
from api_special_kit import Stand, Start
from test_api_load import HISTORICAL, hourly, upload
from test_api_migration import COUNTS, DASRS, RATES, counts, dasrs, rates
from test_api_migration import MARKET as MIGRATION_MARKET
from test_api_secondary import CREATIONS, SECONDARY, offer
from test_api_tor import ASK, LIFE, TOR, asking, deciding, row
from test_api_tor import WINDOW as TOR_WINDOW

from simulator.api.documents import load_documents
from simulator.cli.pki_folder import PkiFolder
from simulator.domain import Crr, Period
from simulator.rules.access import Access, Service

EVERY = "EVERY"  # may act for all of these in every service
FOR = ("LSEP", "LSES", "CCA2", "FIN1", "FIN2", "MUNI02")
TIER_1, TIER_2 = "ALLOC_MN_2024_M04_T1", "ALLOC_MN_2024_M04_T2"
POSTED, OPEN = "AUC_MN_2024_M04", "AUC_AN_2025"
FORECAST = "FCST_LOAD_2024_M04"
NODE, SINK = "DIABLO1_7_N001", "DLAP_PGAE-APND"
LOAD = "/historicalforecastedload/v1.0/loadSubmission"
AUCTION, NOMINATION = "/auction/v1.0", "/nomination/v1.0"
MESSAGES = {"fromDate": "2024-03-01T00:00:00Z", "toDate": "2024-06-01T00:00:00Z"}


@dataclass(frozen=True)
class Right:
    """A request that is answered with 200 at its moment."""

    query: dict[str, str] = field(default_factory=dict)
    body: Any = None
    moment: int = 0


@dataclass
class Moment:
    """The market as it stands, called by one who may everything."""

    stand: Stand
    calling: InProcess


@contextmanager
def moments(start: Start, folder: Path) -> Iterator[list[Moment]]:
    """The market with all windows open, and as it is later."""
    pki = PkiFolder(start.database.parent)
    pki.issue([EVERY], datetime.now(UTC), PASSWORD)
    pem = pki.certificate(EVERY).read_text()
    start = replace(start, certificates={EVERY: ssl.PEM_cert_to_DER_cert(pem)})
    with ExitStack() as opened:
        made = []
        for number, lead in enumerate((_opened, _later)):
            place = folder / str(number)
            place.mkdir()
            stand = opened.enter_context(start.copied(place))
            lead(stand)
            calling = opened.enter_context(in_process(stand.application, pki))
            made.append(Moment(stand, calling))
        yield made


def _opened(stand: Stand) -> None:
    for name in FOR:
        functions = [[service.value, Access.WRITE.value] for service in Service]
        stand.operator(
            "provision", user=EVERY, organisation="tests", participant=name, functions=functions
        )
    for name in ("FIN1", "FIN2", "LSEP"):
        stand.operator("set_collateral", participant=name, amount_usd="100000000.00")
    for process in (FORECAST, HISTORICAL, MIGRATION_MARKET, "SECONDARY_MARKET"):
        stand.lead(process, "OPEN")
    stand.lead(TOR_WINDOW, LIFE[0])
    load = stand.post(EVERY, LOAD, upload(rows=hourly(mw=3000.0)))
    assert load.json["status"] == "VALID", load.body
    _posted(stand, TIER_1)
    stand.operator("verify_collateral", market=POSTED)
    _posted(stand, POSTED)
    for market in (TIER_2, OPEN):
        if market == TIER_2:
            stand.operator("post_caps", market=market)
        else:
            stand.operator("verify_collateral", market=market)
        stand.operator("open", market=market)
    _kept_portfolios(stand)


def _posted(stand: Stand, market: str) -> None:
    """A market in which somebody got something."""
    if market == TIER_1:
        stand.operator("post_caps", market=market)
    stand.operator("open", market=market)
    base = NOMINATION if market == TIER_1 else AUCTION
    body = nominating("First", market) if market == TIER_1 else bidding("First", market)
    named = {key: body[key] for key in ("portfolioName", "marketName", "participantName")}
    for operation, sent in (("portfolioCreation", body), ("portfolioSubmission", named)):
        answer = stand.post(EVERY, f"{base}/{operation}", sent)
        assert answer.status == 200, answer.body
    assert answer.json["status"] == "SUBMITTED", answer.body
    for kind in ("close", "clear", "post"):
        stand.operator(kind, market=market)


def _later(stand: Stand) -> None:
    _opened(stand)
    for request in (
        (ASK, asking(row()), {}),
        (RATES, rates(), {"participantName": "LSES"}),
        (COUNTS, counts(stand), {"participantName": "LSES"}),
        (DASRS, dasrs(stand), {"participantName": "LSES"}),
    ):
        path, body, query = request
        answer = stand.post(EVERY, path, body, **query)
        assert answer.status == 200, (path, answer.body)
    stand.lead(FORECAST, "CLOSED")
    stand.lead(MIGRATION_MARKET, "CLOSED", "POSTED")
    stand.lead(TOR_WINDOW, *LIFE[1:3])


def bidding(name: str, market: str = OPEN, period: str = "") -> dict[str, Any]:
    bid = {
        "assetOwner": "FIN1", "source": NODE, "sink": SINK, "hedgeType": "OBL", "tou": "ON",
        "period": period or ("2024_M04" if market == POSTED else "2025_S02"), "crrType": "AUC",
        "bidCurve": [{"mw": 0, "price": 2.5}, {"mw": 1.5, "price": 2.5}], "description": "1001",
    }  # fmt: skip
    return {
        "portfolioName": name, "marketName": market, "newBids": [bid], "newOffers": [],
        "participantName": "FIN1",
    }  # fmt: skip


def nominating(name: str, market: str = TIER_2) -> dict[str, Any]:
    line = {
        "assetOwner": "LSEP", "source": NODE, "sink": SINK, "hedgeType": "OBL", "tou": "ON",
        "period": "2024_M04", "crrType": "LSE", "mw": 1.5, "description": "1002",
    }  # fmt: skip
    return {
        "portfolioName": name, "marketName": market, "newNominations": [line],
        "participantName": "LSEP",
    }  # fmt: skip


RIGHT_VALUES = {
    "loadSubmissionWindowName": FORECAST, "periodName": "2024_M04",
    "loadMigrationMarketName": MIGRATION_MARKET, "torConversionWindow": TOR_WINDOW,
    "nominationCapCalcName": "NOMCAP_MN_2024_M04_T1", "OfferStatusType": "POSTED",
    "responseStatusType": "PENDING_MP_RESPONSE", "fileFormat": "JSON",
    "publicGeneralDownloadType": "PUBLIC_EXISTING_CRR", "publicMarketDownloadType": "SOURCE_SINK",
    "publicAllocationResultDownloadType": "PUBLIC_ALLOCATION_RESULT",
    "publicAuctionResultDownloadType": "CLEARING_PRICE",
    "privateGeneralDownloadType": "PRIVATE_EXISTING_CRR_ALLOCATION",
    "privateAllocationDataDownloadType": "MEQ",
    "privateAllocationResultDownloadType": "PRIVATE_ALLOCATION_RESULT",
    "privateAuctionResultDownloadType": "PRIVATE_AUCTION_RESULT", **MESSAGES,
}  # fmt: skip
# Who asks and about which market, where it is not LSEP and the auction that is posted.
ABOUT = {
    "auction": {"participantName": "FIN1", "marketName": OPEN},
    "nomination": {"marketName": TIER_2},
    "secondary_market": {"participantName": "FIN1"},
    "load_migration": {"participantName": "LSES"},
    "tor_conversion": {"participantName": "MUNI02"},
}
EXCEPT = {
    "getPublicAllocationResult": {"marketName": TIER_1},
    "getPrivateAllocationResult": {"marketName": TIER_1},
    "getPrivateAuctionResult": {"participantName": "FIN1"},
    "getMySmResponsesByStatus": {"participantName": "FIN2"},
    "postSmResponseToBuyOffers": {"participantName": "FIN2"},
    "postSmResponseToSellOffers": {"participantName": "FIN2"},
    "getMtTorCRRList": {"participantName": "FIN2"},
    "deletePortfolio": {"portfolioName": "Away"},
}
LATER_ONLY = (
    "getLoadExceedanceValues", "getLoadPercentages", "getLoadMigrationCRRs", "getMtTorCRRList",
    "getExistingNumberOfCustomers", "getExistingDasrSummary", "getExistingCustomerRates",
    "postTorConversionApproval", "getTorConversionRequestList",
)  # fmt: skip


def right_requests(at: list[Moment]) -> dict[tuple[str, str], Right]:
    """A request of each operation that is answered with 200, in the order of the documents."""
    bodies = _bodies(at[0].stand, at[1].stand)
    found = {}
    for operation in (each for told in load_documents() for each in told.operations):
        name = operation.service, operation.operation_id
        given = {
            "participantName": "LSEP", "marketName": POSTED, "portfolioName": "Kept",
            **RIGHT_VALUES, **ABOUT.get(operation.service, {}), **EXCEPT.get(name[1], {}),
        }  # fmt: skip
        query = {each.name: given[each.name] for each in operation.parameters}
        found[name] = Right(query, bodies.get(name), int(name[1] in LATER_ONLY))
    return found


def _bodies(first: Stand, later: Stand) -> dict[tuple[str, str], Any]:
    public, private, *others = _through_summer(first, "FIN1")
    bought = _through_summer(first, "FIN2")[0]
    trade, move, tor = "secondary_market", "load_migration", "tor_conversion"
    public_sale, private_buy, private_sale = (
        _request(first, side, kind, offer(crr, side, kind))
        for side, kind, crr in (
            ("SELL", "PUBLIC", public),
            ("BUY", "PRIVATE", bought),
            ("SELL", "PRIVATE", private),
        )
    )
    target = {"requestId": public_sale, "respondingMpName": "FIN2", "price": -12.5}
    decided = later.get(
        EVERY, f"{TOR}/mtTorCRRApprovalList", torConversionWindow=TOR_WINDOW, participantName="FIN2"
    ).json
    found = {
        ("historical_forecasted_load", "postLoadSubmission"): upload(),
        (move, "postNumberOfCustomers"): counts(first),
        (move, "postDasrSummary"): dasrs(first),
        (move, "postCustomerRates"): rates(),
        (tor, "postTorConversionRequest"): asking(row()),
        (tor, "postTorConversionApproval"): deciding(
            [{**each, "approvalStatus": "APPROVED"} for each in decided]
        ),
        (trade, "postPublicSmBuyOffers"): [offer(bought, "BUY")],
        (trade, "postPublicSmSellOffers"): [offer(others[0])],
        (trade, "postPrivateSmBuyOffers"): [offer(bought, "BUY", "PRIVATE")],
        (trade, "postPrivateSmSellOffers"): [offer(others[1], "SELL", "PRIVATE")],
        (trade, "targetSmPublicOfferToMp"): [target],
        (trade, "postSmResponseToBuyOffers"): [
            {"requestId": private_buy, "crrId": int(bought.crr_id)}
        ],
        (trade, "postSmResponseToSellOffers"): [{"requestId": private_sale}],
    }
    for service, made, retraction in (
        ("auction", bidding, "postPortfolioRetraction"),
        ("nomination", nominating, "portfolioRetraction"),
    ):
        for operation, name in (
            ("portfolioCreation", "New"), ("portfolioSubmission", "Ready"), (retraction, "In"),
        ):  # fmt: skip
            body = made(name)
            named = {key: body[key] for key in ("portfolioName", "marketName", "participantName")}
            found[service, operation] = body if operation == "portfolioCreation" else named
    return found


def _through_summer(stand: Stand, owner: str) -> list[Crr]:
    summer = Period.parse("2024_S03")
    found = [crr for crr in stand.crrs(owner=owner) if crr.spans(summer) and crr.mw >= 2]
    return sorted(found, key=lambda crr: int(crr.crr_id))


def _request(stand: Stand, side: str, post: str, row: dict[str, Any]) -> int:
    path = f"{SECONDARY}/{CREATIONS[side, post]}"
    (made,) = stand.post(EVERY, path, [row], participantName="FIN1").json
    assert "requestId" in made, made
    return int(made["requestId"])


def _kept_portfolios(stand: Stand) -> None:
    """One of each state: to look at, to submit, to retract, to delete."""
    for base, made in ((AUCTION, bidding), (NOMINATION, nominating)):
        for name in ("Kept", "Ready", "In", "Away"):
            body = made(name)
            assert stand.post(EVERY, f"{base}/portfolioCreation", body).status == 200
        named = {key: body[key] for key in ("portfolioName", "marketName", "participantName")}
        answer = stand.post(EVERY, f"{base}/portfolioSubmission", {**named, "portfolioName": "In"})
        assert answer.json["status"] == "SUBMITTED", answer.body
