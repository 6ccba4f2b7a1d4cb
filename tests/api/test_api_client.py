"""A Python client generated from our documents plays scenarios A to D (wire contract 12)."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import datetime

import pytest
from api_generated import Caller, generated
from api_stage import BIDDER, OPEN_AUCTION, POSTED_AUCTIONS, served_stage, stage_of

pytest.importorskip("openapi_python_client")

OWN = {"participant_name": BIDDER}
NAME = "Python test"
IDENTIFIER = {"portfolioName": NAME, "marketName": OPEN_AUCTION, "participantName": BIDDER}
NAMED = {"portfolio_name": NAME, "market_name": OPEN_AUCTION, **OWN}


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    with served_stage(tmp_path_factory.mktemp("stage")) as running:
        yield running


@pytest.fixture(scope="module")
def caller(live, tmp_path_factory):
    services = ("app_status", "auction", "market_status", "market_data")
    with generated(tmp_path_factory.mktemp("clients"), services):
        yield Caller(f"https://localhost:{live.port}/crr", live.context(BIDDER))


@pytest.fixture
def portfolio(live):
    stage = stage_of(live)
    return {**IDENTIFIER, "newBids": [stage["bid"]], "newOffers": [stage["offer"]]}


def status_of(answer):
    code, told = answer
    assert code == 200, told
    return told.status.value


def code_of(answer):
    code, told = answer
    return code, told.error_list[0].error_code


def file_of(answer):
    """Name and text of the one file of a download."""
    code, told = answer
    assert code == 200, told
    with zipfile.ZipFile(told.payload) as archive:
        (entry,) = archive.infolist()
        return entry.filename, archive.read(entry).decode()


def result(caller, side, market, kind):
    return caller.call(
        "market_data",
        f"get{side.title()}AuctionResult",
        market_name=market,
        file_format="CSV",
        **{f"{side}_auction_result_download_type": kind},
        **OWN,
    )


def test_scenario_a_bidder(live, caller, portfolio):
    _, markets = caller.call("market_status", "getActiveAuctionMarkets", **OWN)
    (market,) = [
        each for each in markets
        if each.submission_window.close_date > datetime.fromisoformat(stage_of(live)["now"])
    ]  # fmt: skip
    assert market.name == OPEN_AUCTION
    _, info = caller.call("market_status", "getMarketInfo", market_name=market.name, **OWN)
    assert info == market
    _, places = file_of(
        caller.call(
            "market_data",
            "getPublicMarketData",
            market_name=market.name,
            file_format="JSON",
            public_market_download_type="SOURCE_SINK",
            **OWN,
        )
    )
    assert {len(place) for place in json.loads(places)} == {8}

    assert status_of(caller.call("auction", "portfolioCreation", body=portfolio)) == "VALID"
    _, listed = caller.call("auction", "getPortfolioList", market_name=OPEN_AUCTION, **OWN)
    (found,) = [each for each in listed if each.portfolio_name == NAME]
    _, one = caller.call("auction", "getPortfolio", **NAMED)
    assert one == found
    assert one.bids[0].bid_id > 0
    assert one.offers[0].crr_id == portfolio["newOffers"][0]["crrId"]
    assert status_of(caller.call("auction", "getPortfolioStatus", **NAMED)) == "VALID"
    _, credit = caller.call("auction", "getPortfolioRequiredCredit", **NAMED)
    assert credit.required_credit >= 0
    assert status_of(caller.call("auction", "portfolioSubmission", body=IDENTIFIER)) == "SUBMITTED"
    assert status_of(caller.call("auction", "getPortfolioStatus", **NAMED)) == "SUBMITTED"
    assert status_of(caller.call("auction", "postPortfolioRetraction", body=IDENTIFIER)) == "VALID"
    assert status_of(caller.call("auction", "deletePortfolio", **NAMED)) == "DELETED"
    assert code_of(caller.call("auction", "getPortfolio", **NAMED)) == (400, "POR0100")


@pytest.mark.parametrize("market", POSTED_AUCTIONS)
def test_scenario_b_results(caller, market):
    _, posted = caller.call("market_status", "getPostedAuctionMarkets", **OWN)
    assert market in [each.name for each in posted]
    for side, kind in (
        ("public", "PUBLIC_AUCTION_RESULT"),
        ("public", "CLEARING_PRICE"),
        ("private", "PRIVATE_AUCTION_RESULT"),
    ):
        name, text = file_of(result(caller, side, market, kind))
        assert name.startswith(f"{market}_{kind}")
        rows = list(csv.DictReader(io.StringIO(text)))
        assert rows
        assert {row["MarketName"] for row in rows} == {market}
        assert code_of(result(caller, side, OPEN_AUCTION, kind)) == (400, "MKT0007")


def test_scenario_c_refusals(live, caller, portfolio):
    def creation(**changes):
        return code_of(caller.call("auction", "portfolioCreation", body={**portfolio, **changes}))

    assert creation(participantName="OTHER") == (403, "SEC0002")
    assert creation(marketName="AUC_MN_1999_M01") == (400, "MKT0001")
    assert creation(marketName=POSTED_AUCTIONS[0]) == (400, "MKT0004")
    assert creation(portfolioName="C!") == (400, "SER0022")
    assert creation(portfolioName="C" * 101) == (400, "POR0103")
    again = {**portfolio, "portfolioName": "Python again"}
    assert status_of(caller.call("auction", "portfolioCreation", body=again)) == "VALID"
    assert creation(portfolioName="Python again") == (400, "POR0101")
    swapped = {**IDENTIFIER, "participantName": "Python"}
    swapped = caller.call("auction", "portfolioSubmission", body=swapped)
    assert code_of(swapped) == (403, "SEC0002")
    nobody = Caller(caller.base, live.context(None))
    assert nobody.call("app_status", "get-status") == (401, None)


def test_scenario_d_smoke(caller):
    code, told = caller.call("app_status", "get-status")
    assert (code, told.to_dict()) == (200, {"status": "up"})
