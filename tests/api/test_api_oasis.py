"""OASIS for anybody: reports, groups, refusals, file names, and how fast one may ask."""

from __future__ import annotations

import asyncio
import csv
import io
import logging
import re
import xml.etree.ElementTree as ElementTree
import zipfile
from pathlib import Path
from urllib.parse import urlencode

import pytest
from api_server import AUCTION, SHORT_RUN, TIER_1, Live, world_of

from simulator.api.door import Door, FixedClock, WatchedRoom
from simulator.api.oasis import Oasis
from simulator.domain import MarketKind, TransactionType
from simulator.engine import Run
from simulator.market.portfolios import submitted
from simulator.market.world import World
from simulator.publish.oasis import NAMESPACE, REPORTS
from simulator.store import books, open_store, tables

APRIL = {"startdatetime": "20240401T07:00-0000", "enddatetime": "20240501T07:00-0000"}
DAY_SECONDS = 86_400
STEM = r"20240401_20240501_{report}_N_\d{{8}}_\d\d_\d\d_\d\d_v{version}"


class Caller:
    """Calls the application of a market at a moment, without a socket."""

    def __init__(self, oasis: Oasis, client: str = "192.0.2.1") -> None:
        self.oasis, self.client = oasis, client

    def get(self, operation: str = "SingleZip", method: str = "GET", raw: bytes = b"", **query):
        scope = {
            "method": method,
            "path": f"/oasis/oasisapi/{operation}",
            "query_string": raw or urlencode(query).encode(),
            "client": (self.client, 1),
        }
        sent = []

        async def send(message):
            sent.append(message)

        asyncio.run(self.oasis(scope, None, send))
        headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return sent[0]["status"], headers, sent[1]["body"]

    def file(self, **query) -> tuple[dict[str, str], str, str]:
        status, headers, body = self.get(**query)
        assert status == 200
        assert headers["content-type"] == "application/x-zip-compressed"
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            (name,) = archive.namelist()
            return headers, name, archive.read(name).decode()

    def rows(self, **query) -> list[dict[str, str]]:
        _, name, text = self.file(**query, resultformat="6")
        assert name.endswith(".csv"), text
        return list(csv.DictReader(io.StringIO(text)))

    def fault(self, **query) -> str:
        """The code of an INVALID_REQUEST.xml."""
        _, name, text = self.file(**query)
        assert name == "INVALID_REQUEST.xml", name
        root = ElementTree.fromstring(text)
        code = root.find(f".//{{{NAMESPACE}}}ERR_CODE")
        description = root.find(f".//{{{NAMESPACE}}}ERR_DESC")
        assert code is not None
        assert code.text
        assert description is not None
        assert description.text
        return code.text


class Books:
    """A market played to a moment (its end), looked at from any moment after that."""

    def __init__(self, world: World, folder: Path, moment: int | None = None) -> None:
        self.world = world
        self.room = WatchedRoom(open_store(f"sqlite:///{folder / 'market.db'}"), world)
        Run(self.room).play_to(world.scenario.span().end if moment is None else moment)

    def at(self, moment: int) -> Caller:
        return Caller(Oasis(Door(self.room, FixedClock(moment)), lambda: 0.0, 0))


@pytest.fixture(scope="module")
def played(tmp_path_factory) -> Books:
    return Books(world_of(SHORT_RUN), tmp_path_factory.mktemp("played"))


@pytest.fixture(scope="module")
def caller(played: Books) -> Caller:
    return played.at(played.world.scenario.span().end)


def test_clearing_prices_are_those_of_the_auction(played: Books, caller: Caller) -> None:
    rows = caller.rows(queryname="CRR_CLEARING", version="1", market_name="ALL", **APRIL)
    with played.room.store.reading() as tx:
        stored = tx.rows(tables.location_price, market=AUCTION)
    assert len(rows) == len(stored) > 100
    assert list(rows[0]) == list(REPORTS["CRR_CLEARING"].columns)
    found = {(row["APNODE_ID"], row["TIME_OF_USE"]): row for row in rows}
    for price in stored:
        row = found[price["location"], price["tou"]]
        assert float(row["APNODE_ID_PRICE"]) == pytest.approx(
            float(price["price_usd_per_mw"]), abs=0.00501
        )
        assert row["XML_DATA_ITEM"] == {"ON": "ON_PRC", "OFF": "LT_OFF_PRC"}[price["tou"]]
    first = rows[0]
    assert (first["MARKET_NAME"], first["MARKET_TERM"]) == (AUCTION, "Monthly")
    assert (first["START_DATE"], first["END_DATE"]) == (
        "2024-04-01T00:00:00", "2024-04-30T23:59:59"
    )  # fmt: skip
    assert first["START_DATE_GMT"] == "2024-04-01T07:00:00-00:00"
    assert first["END_DATE_GMT"] == "2024-05-01T06:59:59-00:00"
    on = caller.rows(queryname="CRR_CLEARING", version="1", time_of_use="ON", **APRIL)
    assert {row["TIME_OF_USE"] for row in on} == {"ON"}


def test_xml_says_what_csv_says(caller: Caller) -> None:
    asked = {"queryname": "CRR_CLEARING", "version": "1", **APRIL}
    headers, name, text = caller.file(**asked)
    stem = STEM.format(report="CRR_CLEARING", version=1)
    assert re.fullmatch(rf"{stem}\.xml", name)
    assert headers["content-disposition"] == f"inline; filename={name[:-4]}.zip;"
    rows = caller.rows(**asked)
    data = list(ElementTree.fromstring(text).iter(f"{{{NAMESPACE}}}REPORT_DATA"))
    told = [{child.tag.rpartition("}")[2]: child.text for child in item} for item in data]
    assert told[0].keys() == {
        "DATA_ITEM", "CRR_MARKET_NAME", "RESOURCE_NAME", "START_DATE_TIME", "END_DATE_TIME",
        "REASON", "VALUE",
    }  # fmt: skip
    assert [(item["RESOURCE_NAME"], item["VALUE"]) for item in told] == [
        (row["APNODE_ID"], row["APNODE_ID_PRICE"]) for row in rows
    ]
    headers, name, _ = caller.file(**asked, resultformat="6")
    assert re.fullmatch(rf"{stem}\.csv", name)
    assert headers["content-disposition"] == f"inline; filename={name[:-4]}_csv.zip;"


def test_the_inventory_adds_up_to_the_books(played: Books, caller: Caller) -> None:
    rows = caller.rows(queryname="CRR_INVENTORY", version="1", market_name=AUCTION, **APRIL)
    with played.room.store.reading() as tx:
        held = [crr for crr in books.crrs(tx) if crr.market == AUCTION]
    assert sorted((row["RESOURCE_NAME"], float(row["MW"])) for row in rows) == sorted(
        (crr.owner, float(crr.mw)) for crr in held
    )
    assert {row["REASON"] for row in rows} == {"Monthly"}
    assert {row["XML_DATA_ITEM"] for row in rows} == {"ON_MW", "OFF_MW"}
    assert {row["CRR_CATEGORY"] for row in rows} == {"AUCTION"}


def test_adjustments_are_a_months_value_and_offset_of_each_constraint(
    played: Books, caller: Caller
) -> None:
    with played.room.store.reading() as tx:
        stored = tx.rows(tables.constraint_month, month="2024_M04")
    rows = caller.rows(operation="GroupZip", groupid="CRR_AGG_REV_ADJ_GRP", version="7",
                       startdatetime="20240415T07:00-0000")  # fmt: skip
    assert len(rows) == len(stored) > 0
    total = sum(row["revenue_usd"] for row in stored)
    told = sum(
        float(row["TOTAL_NOTIONAL_VALUE"]) + float(row["TOTAL_OFFSET_VALUE"]) for row in rows
    )
    assert told == pytest.approx(float(total), abs=0.01 * len(rows))
    element = rows[0]["TRANS_CNSTR_ID"]
    one = caller.rows(queryname="CRR_AGG_REV_ADJ", version="7", trans_cnstr_id=element, **APRIL)
    assert {row["TRANS_CNSTR_ID"] for row in one} == {element}
    assert all(row["CNSTR_CASE"] for row in rows)


def test_bids_are_told_after_their_delay_and_not_a_second_before(played: Books) -> None:
    with played.room.store.reading() as tx:
        closed = books.market(tx, AUCTION).closes_at
        bids = [bid for item in submitted(tx, AUCTION) for bid in item.bids]
    due = closed + played.world.settings.publication.bid_delay_days * DAY_SECONDS
    asked = {"operation": "GroupZip", "groupid": "PUB_CRR_BID_MONTHLY_GRP", "version": "2",
             "startdatetime": "20240415T07:00-0000"}  # fmt: skip
    assert played.at(due - 1).fault(**asked) == "1015"
    single = {"queryname": "PUB_CRR_BID", "version": "2", "market_name": AUCTION, **APRIL}
    assert played.at(due - 1).fault(**single) == "1000"
    rows = played.at(due).rows(**asked)
    assert rows == played.at(due).rows(**single)
    assert rows == played.at(due).rows(**{**asked, "groupid": "PUB_CRR_BID_MTHLY_GRP"})
    assert len({row["CRRBID_ID"] for row in rows}) == len(bids)
    assert len(rows) == sum(len(bid.curve) for bid in bids)
    sold = {row["CRRBID_ID"] for row in rows if row["TRANSACTION_TYPE"] == "SELL"}
    assert len(sold) == sum(bid.transaction is TransactionType.SELL for bid in bids)
    assert played.at(due).fault(**{**asked, "groupid": "PUB_CRR_BID_SEASONAL_GRP"}) == "1000"
    text = str(rows)
    for name in played.world.participants:
        assert name not in text


def test_pseudonyms_do_not_follow_the_bid_ids(played: Books) -> None:
    """Bids are numbered as they come in, owner by owner; the published numbers are not."""
    with played.room.store.reading() as tx:
        closed = books.market(tx, AUCTION).closes_at
        bids = [bid for item in submitted(tx, AUCTION) for bid in item.bids]
    due = closed + played.world.settings.publication.bid_delay_days * DAY_SECONDS
    single = {"queryname": "PUB_CRR_BID", "version": "2", "market_name": AUCTION, **APRIL}
    rows = {row["CRRBID_ID"]: row for row in played.at(due).rows(**single)}
    ordered = [rows[number] for number in sorted(rows, key=int)]
    published = [(row["TIMEOFUSE"], row["SOURCEID"]) for row in ordered]
    assert published == sorted(published)
    by_id = sorted(bids, key=lambda bid: int(bid.bid_id))
    assert published != [(bid.tou.value, bid.source) for bid in by_id]


def test_market_names_and_the_calendar(played: Books, caller: Caller) -> None:
    names = caller.rows(queryname="CRR_MRKT_NAMES", version="1")
    with played.room.store.reading() as tx:
        assert [row["MARKET_NAME"] for row in names] == [
            state.market.name for state in books.markets(tx)
        ]
    rows = caller.rows(queryname="CRR_CALENDAR", version="1")
    window = next(
        row for row in rows
        if (row["MARKET_NAME"], row["EVENT"]) == (AUCTION, "SUBMISSION_WINDOW")
    )  # fmt: skip
    assert window["MARKET_TYPE"] == MarketKind.AUCTION.value
    assert window["START_DATE_GMT"] == "2024-04-09T16:00:00-00:00"
    assert window["END_DATE_GMT"] == "2024-04-09T23:59:59-00:00"
    own = caller.rows(queryname="CRR_CALENDAR", version="1", market_name=TIER_1)
    assert {row["MARKET_NAME"] for row in own} == {TIER_1}
    assert len(own) < len(rows)


GOOD = {"queryname": "CRR_CLEARING", "version": "1", **APRIL}
GROUP = {
    "operation": "GroupZip", "groupid": "CRR_AGG_REV_ADJ_GRP", "version": "7",
    "startdatetime": "20240415T07:00-0000",
}  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({**GOOD, "market_name": "AUC_MN_2025_M01"}, "1000"),
        ({**GOOD, "startdatetime": "20250401T07:00-0000", "enddatetime": "20250402T07:00-0000"},
         "1000"),
        ({**GOOD, "colour": "blue"}, "1001"),
        ({**GOOD, "resultformat": "7"}, "1001"),
        ({**GOOD, "time_of_use": "SUPER"}, "1001"),
        ({**GOOD, "version": "2"}, "1001"),
        ({**GOOD, "enddatetime": APRIL["startdatetime"]}, "1001"),
        ({**GOOD, "Market_Name": "ALL", "market_name": "ALL"}, "1001"),
        ({**GOOD, "queryname": "CRR_INVENTORY"}, "1001"),
        ({**GOOD, "queryname": "PUB_CRR_BID", "version": "2"}, "1001"),
        ({**GOOD, "startdatetime": "2024-04-01T07:00Z"}, "1002"),
        ({**GOOD, "startdatetime": "20240431T07:00-0000"}, "1002"),
        ({**GOOD, "startdatetime": "20240401T07:00-0700"}, "1002"),
        ({"queryname": "CRR_CLEARING", "version": "1"}, "1002"),
        ({**GOOD, "enddatetime": "20240502T09:00-0000"}, "1004"),
        ({**GOOD, "queryname": "PRC_LMP"}, "1005"),
        ({"version": "1"}, "1005"),
        ({**GROUP, "groupid": "DAM_LMP_GRP"}, "1016"),
        ({**GROUP, "startdatetime": "20240515T07:00-0000"}, "1000"),
        ({**GROUP, "startdatetime": ""}, "1002"),
        ({**GOOD, "queryname": "CRR_INVENTORY", "market_name": AUCTION, "market_term": "ALL"},
         "1019"),
        ({**GOOD, "version": ""}, "1020"),
    ],
)  # fmt: skip
def test_what_is_no_request_is_told_by_its_code(caller: Caller, asked, code) -> None:
    assert caller.fault(**asked) == code


@pytest.mark.parametrize(
    "raw", [b"%FF%FE=1", b"a=" + b"b" * 20_000, b"&".join([b"x=1"] * 99), b"queryname=%00<x>]]>"]
)
def test_hostile_queries_are_invalid_requests(caller: Caller, raw: bytes) -> None:
    status, _, body = caller.get(raw=raw)
    assert status == 200
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert archive.namelist() == ["INVALID_REQUEST.xml"]
        ElementTree.fromstring(archive.read("INVALID_REQUEST.xml"))


def test_a_group_that_is_not_there_yet(played: Books, tmp_path) -> None:
    moment = played.world.scenario.event("auction-post").at
    assert Books(played.world, tmp_path, moment).at(moment).fault(**GROUP) == "1015"


def test_who_asks_too_fast_waits_five_seconds(played: Books) -> None:
    time = [100.0]
    oasis = Oasis(Door(played.room, FixedClock(0)), lambda: time[0])
    first, other = Caller(oasis), Caller(oasis, "192.0.2.2")
    asked = {"queryname": "CRR_MRKT_NAMES", "version": "1"}
    assert first.get(**asked)[0] == 200
    time[0] = 104.9
    status, headers, body = first.get(**asked)
    assert (status, headers["content-type"]) == (429, "text/html")
    assert b"5 seconds" in body
    assert "retry-after" not in headers
    assert other.get(**asked)[0] == 200
    time[0] = 105.0
    assert first.get(**asked)[0] == 200


def test_what_breaks_is_an_empty_500(tmp_path, caplog) -> None:
    caplog.set_level(logging.CRITICAL, "uvicorn.error")
    unset = WatchedRoom(open_store(f"sqlite:///{tmp_path / 'market.db'}"), world_of(SHORT_RUN))
    broken = Caller(Oasis(Door(unset, FixedClock(0)), lambda: 0.0, 0))
    unset.store.close()
    (tmp_path / "market.db").write_bytes(b"no database" * 1000)
    status, headers, body = broken.get(queryname="CRR_MRKT_NAMES", version="1")
    assert (status, headers, body) == (500, {"content-length": "0"}, b"")


def test_other_paths_and_methods(caller: Caller) -> None:
    assert caller.get("Other")[0] == 404
    assert caller.get(method="POST")[0] == 405


def test_nobody_needs_a_certificate(live: Live) -> None:
    query = urlencode({"queryname": "CRR_MRKT_NAMES", "version": "1", "resultformat": "6"})
    answer = live.call(None, "GET", f"/oasis/oasisapi/SingleZip?{query}")
    assert answer.status == 200
    with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
        (name,) = archive.namelist()
        assert AUCTION.encode() in archive.read(name)
