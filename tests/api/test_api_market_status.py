"""Market status and results over mutual TLS, from PREP to POSTED (acceptance scenarios B and D)."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from urllib.parse import urlencode

import pytest
from api_server import AUCTION, TIER_1, TIER_2, Answer, Live, live_server
from api_stage import BIDDER, OPEN_AUCTION, POSTED_AUCTIONS, served_stage

from simulator.engine import Run

OWN = "FIN1"
STATUS, DATA = "/crr/marketstatus/v1.0", "/crr/marketdata/v1.0"
MARKET = ["name", "marketType", "marketTerm", "dataPublishDate", "submissionWindow", "products"]
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@pytest.fixture(scope="module")
def stage(tmp_path_factory) -> Live:
    with served_stage(tmp_path_factory.mktemp("stage")) as running:
        yield running


def ask(live: Live, operation: str, who: str = OWN, **query: str) -> Answer:
    return live.call(who, "GET", f"{STATUS}/{operation}?{urlencode(query)}&participantName={who}")


def names(live: Live, which: str) -> list[str]:
    answer = ask(live, which)
    assert answer.status == 200
    return [market["name"] for market in answer.json]


def result(live: Live, audience: str, kind: str, market: str, who: str = OWN) -> Answer:
    query = {
        "marketName": market, "fileFormat": "CSV",
        f"{audience}AuctionResultDownloadType": kind, "participantName": who,
    }  # fmt: skip
    return live.call(who, "GET", f"{DATA}/{audience}AuctionResult?{urlencode(query)}")


def rows(answer: Answer) -> list[dict[str, str]]:
    assert answer.status == 200, answer.body
    with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
        text = archive.read(archive.infolist()[0]).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_market_from_prep_to_posted_with_our_own_bid_in_it(tmp_path) -> None:
    """What was said of a bid comes back in the private results, and in nobody else's."""
    with live_server(tmp_path, "t1-open") as live:
        events = live.room.world.scenario.event
        run = Run(live.room)

        def stands() -> tuple[bytes, bool, bool]:
            body = ask(live, "marketStatus", marketName=AUCTION).body
            lists = [f"{which}AuctionMarkets" for which in ("active", "posted")]
            active, posted = (AUCTION in names(live, which) for which in lists)
            return body, active, posted

        assert stands() == (b'"PREP"', True, False)
        run.play_to(events("auction-open").at)
        assert stands() == (b'"OPEN"', True, False)
        _submit(live)
        run.play_to(events("auction-close").at)
        assert stands() == (b'"CLOSED"', True, False)
        run.play_to(events("auction-clear").at)
        for audience, kind in (
            ("public", "PUBLIC_AUCTION_RESULT"), ("public", "CLEARING_PRICE"),
            ("public", "BINDING_CONSTRAINT"), ("private", "PRIVATE_AUCTION_RESULT"),
        ):  # fmt: skip
            early = result(live, audience, kind, AUCTION)
            assert (early.status, early.codes) == (400, ["MKT0007"])
        assert stands() == (b'"CLOSED"', True, False)
        run.play_to(events("auction-post").at)
        assert stands() == (b'"POSTED"', False, True)
        own = rows(result(live, "private", "PRIVATE_AUCTION_RESULT", AUCTION))
        (ours,) = [row for row in own if row["PortfolioName"] == "With words"]
        assert (ours["Description"], ours["BidMW"]) == ("desk 7 no. 1001", "1.500")
        assert {row["AssetOwner"] for row in own} == {OWN}
        public = result(live, "public", "PUBLIC_AUCTION_RESULT", AUCTION)
        assert "Description" not in rows(public)[0]
        award = [row for row in rows(public) if row["CRRID"] == ours["CRRID"]]
        assert [row["AwardedMW"] for row in award] == [ours["AwardedMW"]]


def _submit(live: Live) -> None:
    identifier = {
        "participantName": OWN, "marketName": AUCTION, "portfolioName": "With words"
    }  # fmt: skip
    bid = {
        "assetOwner": OWN, "source": "TH_NP15_GEN-APND", "sink": "DLAP_PGAE-APND",
        "hedgeType": "OBL", "tou": "ON", "period": "2024_M04", "crrType": "AUC",
        "bidCurve": [{"mw": 0, "price": 9000}, {"mw": 1.5, "price": 9000}],
        "description": "desk 7 no. 1001",
    }  # fmt: skip
    path = "/crr/auction/v1.0"
    body = {**identifier, "newBids": [bid], "newOffers": []}
    created = live.call(OWN, "POST", f"{path}/portfolioCreation", body)
    assert created.json["status"] == "VALID", created.body
    sent = live.call(OWN, "POST", f"{path}/portfolioSubmission", identifier)
    assert sent.json["status"] == "SUBMITTED", sent.body


def test_scenario_b_results_of_a_month_and_of_a_year(stage: Live) -> None:
    posted = ask(stage, "postedAuctionMarkets", BIDDER).json
    assert [market["name"] for market in posted] == sorted(POSTED_AUCTIONS)
    assert names(stage, "activeAuctionMarkets") == [OPEN_AUCTION]
    for market in posted:
        periods = {product["period"]["name"] for product in market["products"]}
        assert rows(result(stage, "public", "PUBLIC_AUCTION_RESULT", market["name"], BIDDER))
        prices = rows(result(stage, "public", "CLEARING_PRICE", market["name"], BIDDER))
        assert {row["Period"] for row in prices} == periods
        own = rows(result(stage, "private", "PRIVATE_AUCTION_RESULT", market["name"], BIDDER))
        assert {row["AssetOwner"] for row in own} == {BIDDER}
    for kind in ("PUBLIC_AUCTION_RESULT", "CLEARING_PRICE"):
        early = result(stage, "public", kind, OPEN_AUCTION, BIDDER)
        assert (early.status, early.codes) == (400, ["MKT0007"])


def test_a_market_has_its_six_properties_and_no_more(stage: Live) -> None:
    markets = {
        market["name"]: market
        for which in ("active", "posted")
        for market in ask(stage, f"{which}AuctionMarkets").json
    }
    assert sorted(markets) == sorted((OPEN_AUCTION, *POSTED_AUCTIONS))
    for name, market in markets.items():
        assert list(market) == MARKET
        assert ask(stage, "marketInfo", marketName=name).json == market
        assert market["marketType"] == "AUCTION"
        annual = market["marketTerm"] == "ANNUAL"
        assert annual is name.startswith("AUC_AN")
        assert len(market["products"]) == (8 if annual else 2)
        assert {product["tou"] for product in market["products"]} == {"ON", "OFF"}
        window = market["submissionWindow"]
        assert market["dataPublishDate"] <= window["openDate"] < window["closeDate"]
        for moment in (market["dataPublishDate"], *window.values()):
            assert MOMENT.fullmatch(moment)


def test_periods_end_with_their_last_second(stage: Live) -> None:
    month = ask(stage, "marketInfo", marketName="AUC_MN_2024_M04").json["products"][0]["period"]
    assert month == {
        "name": "2024_M04",
        "startDate": "2024-04-01T07:00:00Z",
        "endDate": "2024-05-01T06:59:59Z",
    }
    seasons = ask(stage, "marketInfo", marketName="AUC_AN_2025").json["products"]
    periods = {product["period"]["name"]: product["period"] for product in seasons}
    winter = periods["2025_S01"]  # the clocks go forward in it
    assert (winter["startDate"], winter["endDate"]) == (
        "2025-01-01T08:00:00Z", "2025-04-01T06:59:59Z"
    )  # fmt: skip


def test_allocations_have_lists_of_their_own(live: Live) -> None:
    assert names(live, "postedAllocationMarkets") == [TIER_1, TIER_2]
    assert names(live, "activeAllocationMarkets") == []
    info = ask(live, "marketInfo", marketName=TIER_1).json
    assert (info["marketType"], info["marketTerm"]) == ("ALLOCATION", "MONTHLY")


@pytest.mark.parametrize("operation", ["marketStatus", "marketInfo"])
@pytest.mark.parametrize(
    ("name", "code"),
    [("AUC_AN_2026_M04", "MKT0001"), (AUCTION.lower(), "MKT0001"), ("!", "SER0017"),
     ("A" * 51, "SER0017"), ("", "SER0017")],
)  # fmt: skip
def test_names_that_are_none(live: Live, operation: str, name: str, code: str) -> None:
    answer = ask(live, operation, marketName=name)
    assert (answer.status, answer.codes) == (400, [code])


def test_scenario_d_smoke(live: Live) -> None:
    answer = live.call(OWN, "GET", "/crr/status")
    assert (answer.status, answer.body) == (200, b'{"status":"up"}')
