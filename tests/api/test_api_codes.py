"""Every code of the registry (wire contract 1.2): the request that provokes it, or why none does.

The requests are made one after another on one market; each code has to come from its own request,
and the documents' registry has to be covered whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from api_document_kit import OPERATIONS
from api_server import Answer
from api_special_kit import Stand, epoch_of
from test_api_load import POST, pair, upload
from test_api_migration import COUNTS, DASRS, counts, dasrs, read
from test_api_secondary import SECONDARY, TO_SELL, create, held, offer, turn
from test_api_tor import ASK, DECIDE, asking, deciding, row

from simulator.domain import Period

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "error-codes.md"
AUCTION, TIER_1 = "AUC_MN_2024_M04", "ALLOC_MN_2024_M04_T1"
MIGRATION = "LOAD_MIGRATION_2024_M05"
LOAD = "FCST_LOAD_2024_M04"
CAPS = "NOMCAP_MN_2024_M04_T1"

NEVER = {
    "SER0001": "a fault of the server is SER0028, and what is wrong with a request has a name",
    "SER0003": "a file is made with its answer, in memory; a fault in that is SER0028",
    "SER0015": "a portfolio that is not created says for each record what is wrong: SER0030",
    "SER0016": "only what is submitted cannot be removed, and that is POR0010",
    "MKT0002": "no operation names a round",
    "POR0023": "a portfolio is looked up among those of participantName: POR0100, or SEC0002",
    "POR0306": "nobody holds a portfolio open: each request is whole in itself",
}


def portfolio(kind: str, market: str, name: str, who: str, **lists: object) -> dict[str, object]:
    empty = {"newBids": [], "newOffers": []} if kind == "auction" else {"newNominations": []}
    return {"portfolioName": name, "marketName": market, "participantName": who, **empty, **lists}


def named(name: str, who: str, market: str = AUCTION) -> dict[str, object]:
    return {"portfolioName": name, "marketName": market, "participantName": who}


def post(stand: Stand, who: str, path: str, body: object, kind: str = "auction") -> Answer:
    return stand.post(who, f"/{kind}/v1.0/{path}", body)


def data(stand: Stand, operation: str, kind: str, form: str = "CSV", who="FIN1", **names) -> Answer:
    (at,) = [o for o in OPERATIONS if (o.service, o.operation_id) == ("market_data", operation)]
    (of_kind,) = [p.name for p in at.parameters if p.name.endswith("DownloadType")]
    return stand.get(who, at.path, **{of_kind: kind}, fileFormat=form, **names)


def nomination(mw: float) -> dict[str, object]:
    return {
        "assetOwner": "LSEP", "source": "TESLA_7_N001", "sink": "DLAP_PGAE-APND",
        "hedgeType": "OBL", "tou": "ON", "period": "2024_M04", "crrType": "LSE", "mw": mw,
    }  # fmt: skip


def of_everybody(stand: Stand) -> Iterator[tuple[str, Answer]]:
    """Who may not, what is no request, what there is not; dates and downloads."""
    yield "SEC0001", stand.get("FIN1", "/loadmigration/v1.0/activeLoadMigrationMarketList")
    yield (
        "SEC0002",
        stand.call(
            "FIN1",
            "GET",
            "/marketstatus/v1.0/activeAuctionMarkets",
            query={"participantName": "FIN2"},
        ),
    )
    yield "SER0029", stand.get("FIN1", "/auction/v1.0/nothing")
    yield "SER0017", stand.get("FIN1", "/marketstatus/v1.0/marketStatus")
    yield (
        "SER0002",
        stand.call(
            "FIN1",
            "GET",
            "/marketstatus/v1.0/activeAuctionMarkets",
            query={"participantName": "F!"},
        ),
    )
    yield "MKT0001", stand.get("FIN1", "/marketstatus/v1.0/marketStatus", marketName="AUC_NONE")
    messages, late = "/messages/v1.0/private", "2031-01-01T08:00:00Z"
    yield "SER0006", stand.get("FIN1", messages, fromDate=late, toDate="2030-01-01T08:00:00Z")
    yield "SER0007", stand.get("FIN1", messages, fromDate=late)
    public = "getPublicAuctionResult"
    yield "MKT0007", data(stand, public, "CLEARING_PRICE", marketName=AUCTION)
    yield "SER0005", data(stand, public, "CLEARING_PRICE", marketName=TIER_1)
    yield "DWL0001", data(stand, public, "MEQ", marketName=AUCTION)
    yield "DWL0002", data(stand, public, "CLEARING_PRICE", "XML", marketName=AUCTION)
    yield "DWL0005", data(stand, "getPublicMarketData", "SET_ASIDE", marketName=TIER_1)
    yield "DWL0006", data(stand, "getPrivateGeneralData", "PRIVATE_EXISTING_CRR_SECONDARY_MARKET")
    caps = "getPrivateAllocationMarketData"
    yield "CAP0001", data(stand, caps, "MEQ", who="LSEP", nominationCapCalcName="NOMCAP_X")
    yield "CAP0002", data(stand, caps, "MEQ", who="LSEP", nominationCapCalcName=CAPS)


def of_portfolios(stand: Stand) -> Iterator[tuple[str, Answer]]:
    """A portfolio's life in an auction and in an allocation."""
    create, submit, retract = "portfolioCreation", "portfolioSubmission", "portfolioRetraction"
    new = portfolio("auction", AUCTION, "a", "FIN1")
    assert post(stand, "FIN1", create, new).json["status"] == "NEW"  # before the window opens
    yield "MKT0004", post(stand, "FIN1", submit, named("a", "FIN1"))
    stand.operator("preload", market=AUCTION, text="x")
    for market in (AUCTION, TIER_1):
        stand.operator("open", market=market)
    yield "POR0101", post(stand, "FIN1", create, new)
    yield "POR0013", post(stand, "FIN1", submit, named("a", "FIN1"))
    yield "POR0012", post(stand, "FIN1", retract, named("a", "FIN1"))
    yield "POR0100", post(stand, "FIN1", submit, named("none", "FIN1"))
    yield "POR0103", post(stand, "FIN1", create, {**new, "portfolioName": "a" * 101})
    yield "POR0215", post(stand, "FIN1", create, {**new, "portfolioName": " "})
    yield "SER0022", post(stand, "FIN1", create, {**new, "portfolioName": "a!"})
    yield (
        "POR0308",
        stand.get(
            "FIN1", "/auction/v1.0/portfolioRequiredCredit", marketName=AUCTION, portfolioName="a"
        ),
    )
    yield from of_offers(stand)
    listed = {"newNominations": [nomination(1.0)]}
    wrong = portfolio("nomination", TIER_1, "r", "LSEP", newNominations=[nomination(0.0001)])
    yield "SER0030", post(stand, "LSEP", create, wrong, "nomination")
    for name, lists in (("n", {"newNominations": [nomination(9000.0)]}), ("v", listed)):
        made = portfolio("nomination", TIER_1, name, "LSEP", **lists)
        assert post(stand, "LSEP", create, made, "nomination").json["status"] == "VALID"
    mine = named("n", "LSEP", TIER_1)
    assert post(stand, "LSEP", submit, mine, "nomination").json["status"] == "INVALID"
    yield "NOM0101", post(stand, "LSEP", submit, mine, "nomination")
    yield "POR0011", post(stand, "LSEP", retract, mine, "nomination")
    yield "POR0038", post(stand, "LSEP", retract, named("v", "LSEP", TIER_1), "nomination")


def of_offers(stand: Stand) -> Iterator[tuple[str, Answer]]:
    """One CRR is offered once: the second portfolio of it is in error."""
    create, submit, retract = "portfolioCreation", "portfolioSubmission", "portfolioRetraction"
    april = Period.parse("2024_M04")
    crr = next(crr for crr in stand.crrs(owner="FIN1") if crr.spans(april) and crr.mw >= 1)
    offered = {
        "assetOwner": "FIN1", "source": crr.source, "sink": crr.sink, "tou": crr.tou.value,
        "hedgeType": crr.hedge.value, "period": april.name, "crrType": crr.crr_type.value,
        "crrId": int(crr.crr_id),
        "bidCurve": [{"mw": 0.0, "price": 3.0}, {"mw": 0.5, "price": 3.0}],
    }  # fmt: skip
    for name in ("b", "c"):
        made = portfolio("auction", AUCTION, name, "FIN1", newOffers=[offered])
        assert post(stand, "FIN1", create, made).json["status"] == "VALID"
    assert post(stand, "FIN1", submit, named("b", "FIN1")).json["status"] == "SUBMITTED"
    yield "POR0051", post(stand, "FIN1", submit, named("b", "FIN1"))
    yield (
        "POR0010",
        stand.call("FIN1", "DELETE", "/auction/v1.0/portfolio", query=named("b", "FIN1")),
    )
    assert post(stand, "FIN1", submit, named("c", "FIN1")).json["status"] == "INVALID"
    yield "AUC0037", post(stand, "FIN1", submit, named("c", "FIN1"))
    stand.operator("close", market=AUCTION)
    yield "NOM0129", post(stand, "FIN1", retract, named("b", "FIN1"))


def of_load(stand: Stand) -> Iterator[tuple[str, Answer]]:
    """Load windows, and a nomination of somebody who is not eligible."""
    yield "LHFV0033", stand.post("LSEP", POST, upload())
    stand.lead(LOAD, "OPEN")
    gross = pair(sink="DLAP_PGAE-APND")
    yield "LHFV0026", stand.post("LSEP", POST, upload(rows=gross))
    yield "LHFV0030", stand.post("LSEP", POST, upload(window="FCST_LOAD_1999"))
    yield "LHFV0031", stand.post("LSEP", POST, upload(period="2024_M05"))
    function = {"user": "FIN1", "organisation": "F", "participant": "FIN1"}
    stand.operator("provision", **function, functions=[["nomination", "WRITE"]])
    made = portfolio("nomination", TIER_1, "f", "FIN1", newNominations=[])
    assert post(stand, "FIN1", "portfolioCreation", made, "nomination").json["status"] == "NEW"
    sent = named("f", "FIN1", TIER_1)
    yield "NOM0128", post(stand, "FIN1", "portfolioSubmission", sent, "nomination")


def of_trades(stand: Stand) -> Iterator[tuple[str, Answer]]:
    """The secondary market."""
    stand.at(epoch_of(date(2024, 4, 8), 12))
    stand.lead("SECONDARY_MARKET", "OPEN")
    for name in ("FIN1", "FIN2", "FIN3"):
        stand.operator("set_collateral", participant=name, amount_usd="100000000.00")
    crr = held(stand)
    status = f"{SECONDARY}/mySmOffersByStatus"
    yield "SER0014", stand.get("FIN1", status, OfferStatusType="OPEN")
    yield "SMT0146", create(stand, offer(crr, assetOwner="FIN2"))
    yield "SMT0107", create(stand, offer(crr, post="PRIVATE", to="fin2"), post="PRIVATE")
    yield "SMT0138", create(stand, offer(crr, crrType="auc"))
    (posted,) = create(stand, offer(crr)).json
    request = posted["requestId"]
    yield "SMT0145", turn(stand, request, price=1.0)
    yield "SMT0016", turn(stand, 999_999)
    yield "SMT0063", turn(stand, request, owner="FIN3")
    yield "SMT0082", stand.post("FIN3", TO_SELL, [{"requestId": request}], participantName="FIN3")


def of_migration(stand: Stand) -> Iterator[tuple[str, Answer]]:
    """Load migration from before its window to before its results."""
    yield "LMV0101", read(stand, "nHourData")
    yield "LMV0102", stand.post("LSES", COUNTS, counts(stand), participantName="LSES")
    yield "LMV0103", read(stand, "loadPercentage")
    yield "LMV1002", read(stand, "loadPercentage", market="LOAD_MIGRATION_2031_M01")
    yield "LMV1003", read(stand, "loadPercentage", market="load")
    stand.lead(MIGRATION, "OPEN")
    moved = dasrs(stand, effective="2024-05-02T07:00:00Z")
    yield "LMV023", stand.post("LSES", DASRS, moved, participantName="LSES")
    unknown = counts(stand, udc="UNONE")
    yield "LMV024", stand.post("LSES", COUNTS, unknown, participantName="LSES")


def of_conversions(stand: Stand) -> Iterator[tuple[str, Answer]]:
    """Before either window of a conversion is open, and one that there is not."""
    yield "TOR0016", stand.post("MUNI02", ASK, asking(row(), window="TOR_CONVERSION_1999"))
    yield "TOR0023", stand.post("MUNI02", ASK, asking(row()))
    yield "TOR0024", stand.post("FIN2", DECIDE, deciding([]))


def of_the_server(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Answer]]:
    """Too many callers, and maintenance."""
    with monkeypatch.context() as full:
        full.setattr("simulator.api.api.REQUESTS_AT_ONCE", 0)
        yield "GEN0003", stand.get("FIN1", "/auction/v1.0/portfolioList", marketName=AUCTION)
    stand.operator("service_down", text="Maintenance.")
    yield "SER0028", stand.get("FIN1", "/marketstatus/v1.0/activeAuctionMarkets")


def test_every_code_has_a_request_that_provokes_it(stand, monkeypatch):
    found: dict[str, list[str]] = {}
    statuses: dict[str, int] = {}
    for code, answer in (
        *of_everybody(stand), *of_conversions(stand), *of_migration(stand),
        *of_portfolios(stand), *of_load(stand), *of_trades(stand),
        *of_the_server(stand, monkeypatch),
    ):  # fmt: skip
        found[code] = [] if answer.status == 200 else answer.codes
        statuses[code] = answer.status
    wrong = {code: codes for code, codes in found.items() if codes[:1] != [code]}
    assert wrong == {}
    others = {"SEC0001": 403, "SEC0002": 403, "SER0029": 404, "SER0028": 500}
    assert statuses == {code: others.get(code, 400) for code in found}
    assert {*found, *NEVER} == registry()
    assert not set(found) & set(NEVER)


def registry() -> set[str]:
    """Every code that a document says one of its operations may answer."""
    return {code for operation in OPERATIONS for code in operation.codes}


def test_the_guide_says_which_codes_never_come_and_why():
    rows = [line for line in GUIDE.read_text(encoding="utf-8").splitlines() if line[:3] == "| `"]
    told = {row.split("`")[1]: row.split("|")[2].strip() for row in rows}
    assert told == NEVER
