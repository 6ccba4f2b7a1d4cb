"""Requests that keep the contract, and requests that do not: always its answer, never a crash."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

import pytest
from api_server import AUCTION, REQUEST_ID, TIER_1
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.api import limits, protocol

MARKETS = "/crr/marketstatus/v1.0"
AUCTIONS = "/crr/auction/v1.0"
OWN = {"participantName": "FIN1"}
IDENTIFIER = {"portfolioName": "none such", "marketName": AUCTION, "participantName": "FIN1"}


def get(live, path, name="FIN1", **query):
    return live.call(name, "GET", f"{path}?{urlencode(query)}" if query else path)


def test_the_status_is_up(live):
    answer = get(live, "/crr/status")
    assert (answer.status, answer.body) == (200, b'{"status":"up"}')
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["caiso-request-id"] == REQUEST_ID


def test_active_and_posted_markets(live):
    (auction,) = get(live, f"{MARKETS}/activeAuctionMarkets", **OWN).json
    assert auction["name"] == AUCTION
    assert auction["submissionWindow"] == {
        "openDate": "2024-04-09T16:00:00Z", "closeDate": "2024-04-10T00:00:00Z"
    }  # fmt: skip
    assert [product["tou"] for product in auction["products"]] == ["OFF", "ON"]
    assert auction["products"][0]["period"] == {
        "name": "2024_M04", "startDate": "2024-04-01T07:00:00Z", "endDate": "2024-05-01T06:59:59Z"
    }  # fmt: skip
    assert get(live, f"{MARKETS}/marketInfo", marketName=AUCTION, **OWN).json == auction
    assert get(live, f"{MARKETS}/postedAuctionMarkets", **OWN).json == []
    posted = get(live, f"{MARKETS}/postedAllocationMarkets", **OWN).json
    assert TIER_1 in [market["name"] for market in posted]


def test_market_status_is_a_bare_string(live):
    answer = get(live, f"{MARKETS}/marketStatus", marketName=AUCTION, **OWN)
    assert answer.body == b'"OPEN"'
    unknown = get(live, f"{MARKETS}/marketStatus", marketName="AUC_AN_2026_M04", **OWN)
    assert (unknown.status, unknown.codes) == (400, ["MKT0001"])


def test_another_participants_name_is_refused(live):
    answer = get(live, f"{MARKETS}/marketStatus", marketName=AUCTION, participantName="GEN1")
    assert (answer.status, answer.codes) == (403, ["SEC0002"])
    stranger = get(live, f"{MARKETS}/marketStatus", "STRANGER", marketName=AUCTION, **OWN)
    assert (stranger.status, stranger.codes) == (403, ["SEC0002"])
    nomination = {**IDENTIFIER, "marketName": TIER_1}
    body = live.call("FIN1", "POST", "/crr/nomination/v1.0/portfolioSubmission", nomination)
    assert (body.status, body.codes) == (403, ["SEC0001"])  # a trader nominates nothing


@pytest.mark.parametrize(
    "value", [None, "", "not-a-uuid", REQUEST_ID + "0", "{" + REQUEST_ID + "}", "é", REQUEST_ID[1:]]
)
def test_a_request_has_a_uuid(live, value):
    headers = {} if value is None else {"caiso-request-id": value.encode().decode("latin-1")}
    connection = http.client.HTTPSConnection(
        "localhost", live.port, timeout=20, context=live.context("FIN1")
    )
    connection.request("GET", "/crr/status", headers=headers)
    response = connection.getresponse()
    said = json.loads(response.read())
    assert response.status == 400
    assert said["errorList"][0]["errorCode"] == "SER0017"
    assert response.getheader("caiso-request-id") is None
    connection.close()


@pytest.mark.parametrize("space", ["+", "%20"])
def test_a_space_may_be_a_plus_and_parameters_come_in_any_order(live, space):
    path = f"portfolioName=Mar{space}test&participantName=FIN1&marketName={AUCTION}"
    answer = live.call("FIN1", "GET", f"{AUCTIONS}/portfolioStatus?{path}")
    assert (answer.status, answer.codes) == (400, ["POR0100"])
    assert "found: Mar test" in answer.json["errorList"][0]["errorDescription"]


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("", ["SER0017", "SER0017"]),
        ("participantName=FIN1", ["SER0017"]),
        ("participantName=FIN1&marketName=", ["SER0017"]),
        ("participantName=FIN1&marketName=A&marketName=B", ["SER0017"]),
        ("participantName=FIN1&marketName=A&extra=1", ["SER0017"]),
        ("participantName=FIN1&marketName=" + "A" * 51, ["SER0017"]),
        ("participantName=FIN1&marketName=A!B", ["SER0017"]),
        ("participantName=FIN1&marketName=%C3%A9", ["SER0017"]),
        ("participantName=FIN1&marketName=%E9", ["SER0017"]),
        ("participantName=FIN1&marketName=A%00", ["SER0017"]),
        ("participantName=FIN1&marketName=A%0A", ["SER0017"]),
        ("&".join("a=b" for _ in range(65)), ["SER0017"]),
        ("a=" + "b" * 20_000, ["SER0017"]),
    ],
)
def test_a_query_is_as_its_document_says(live, query, codes):
    answer = live.call("FIN1", "GET", f"{MARKETS}/marketStatus?{query}")
    assert (answer.status, answer.codes) == (400, codes)


@pytest.mark.parametrize(
    ("name", "code"), [("A!", "SER0022"), ("A" * 101, "POR0103"), (" ", "POR0215"), ("", "POR0215")]
)
def test_a_portfolios_name_has_codes_of_its_own(live, name, code):
    query = {**IDENTIFIER, "portfolioName": name}
    assert get(live, f"{AUCTIONS}/portfolioStatus", **query).codes == [code]
    body = live.call("FIN1", "POST", f"{AUCTIONS}/portfolioSubmission", query)
    assert (body.status, body.codes) == (400, [code])


def test_a_pattern_is_told_as_the_document_writes_it(live):
    sent = {**IDENTIFIER, "portfolioName": "A!"}
    body = live.call("FIN1", "POST", f"{AUCTIONS}/portfolioSubmission", sent)
    said = body.json["errorList"][0]["errorDescription"]
    assert "allowed: text like ^[. _-]*[a-zA-Z0-9][a-zA-Z0-9. _-]*$;" in said


@pytest.mark.parametrize(
    "body",
    [
        None,
        b"",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"NaN",
        b"{}",
        b"\xff\xfe",
        b'{"portfolioName":"\xe9","marketName":"A","participantName":"FIN1"}',
        b'{"portfolioName":1,"marketName":"A","participantName":"FIN1"}',
        b'{"portfolioName":"A","marketName":"A","participantName":"FIN1","more":1}',
        b'{"portfolioName":"A","marketName":"A","participantName":"X","participantName":"FIN1"}',
        b'{"portfolioName":"A","marketName":"A","participantName":"X","participantNam\\u0065":"FIN1"}',
        b'{"portfolioName":"A","marketName":"A","participantName":"FIN1"} trailing',
        b"[" * 100_000,
        b'{"a":' * 50_000,
        "{\ud83d\ude00}".encode("utf-8", "surrogatepass"),
        b"\x1f\x8b\x08\x00compressed",
    ],
)
def test_a_body_that_cannot_be_read_is_refused(live, body):
    answer = live.call("FIN1", "POST", f"{AUCTIONS}/portfolioSubmission", body)
    assert answer.status == 400
    assert set(answer.codes) == {"SER0017"}


def test_every_record_that_is_wrong_is_told(live):
    good = {
        "assetOwner": "FIN1", "source": "A", "sink": "B", "hedgeType": "OBL", "tou": "ON",
        "period": "2024_M04", "crrType": "AUC",
        "bidCurve": [{"mw": 0, "price": 1}, {"mw": 1, "price": 1}],
    }  # fmt: skip
    step = {**good, "bidCurve": [{"mw": 0, "price": 1}, {"mw": 0.0001, "price": 1}]}
    body = {
        "portfolioName": "P", "marketName": AUCTION, "participantName": "FIN1",
        "newBids": [good, {**good, "tou": "on"}, step], "newOffers": [{**good, "crrId": 0}],
    }  # fmt: skip
    answer = live.call("FIN1", "POST", f"{AUCTIONS}/portfolioCreation", body)
    assert answer.codes == ["SER0030"] * 3
    said = [each["errorDescription"] for each in answer.json["errorList"]]
    assert [text.split(":")[0] for text in said] == [
        "$.newBids[1].tou", "$.newBids[2].bidCurve[1]", "$.newOffers[0].crrId"
    ]  # fmt: skip


def test_a_body_too_long_is_refused_in_words(live):
    answer = live.call(
        "FIN1", "POST", f"{AUCTIONS}/portfolioSubmission", b" " * (limits.BODY_BYTES + 1)
    )
    assert (answer.status, answer.codes) == (400, ["SER0017"])
    said = answer.json["errorList"][0]["errorDescription"]
    assert "found: 67108865 bytes; allowed: at most 67108864 bytes (64 MiB); send it in " in said


@pytest.mark.parametrize(
    ("query", "parts"),
    [
        (f"participantName={'A' * 20_000}", ("found: 20016 bytes", "allowed: at most 16384 bytes")),
        (f"participantName={'A' * 300}", ("found: AAA", "allowed: at most")),
    ],
)
def test_a_query_too_long_is_told_its_limit(live, query, parts):
    said = live.call("FIN1", "GET", f"{MARKETS}/marketInfo?{query}").json["errorList"]
    described = [each["errorDescription"] for each in said if parts[1] in each["errorDescription"]]
    assert len(described) == 1
    assert parts[0] in described[0]


def test_a_list_and_a_text_too_long_are_told_their_lengths(live):
    point = {"mw": 1, "price": 1}
    bid = {
        "assetOwner": "FIN1", "source": "A" * 500, "sink": "B", "hedgeType": "OBL", "tou": "ON",
        "period": "2024_M04", "crrType": "AUC", "bidCurve": [point] * 21,
    }  # fmt: skip
    body = {
        "portfolioName": "P", "marketName": AUCTION, "participantName": "FIN1",
        "newBids": [{**bid, "source": "A"}, {**bid, "bidCurve": [point] * 2}], "newOffers": [],
    }  # fmt: skip
    answer = live.call("FIN1", "POST", f"{AUCTIONS}/portfolioCreation", body)
    points, source = [each["errorDescription"] for each in answer.json["errorList"]]
    assert points.startswith("$.newBids[0].bidCurve: ")
    assert "length <= 20; found: 21 elements; correct" in points
    assert "found: 500 characters; correct" in source


def test_fifty_megabytes_are_read(live):
    body = json.dumps(IDENTIFIER).encode() + b" " * 50_000_000
    answer = live.call("FIN1", "POST", f"{AUCTIONS}/portfolioSubmission", body)
    assert answer.codes == ["POR0100"]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "OPTIONS", "TRACE", "POST"])
def test_a_method_that_is_not_there(live, method):
    answer = live.call("FIN1", method, "/crr/status")
    assert (answer.status, answer.codes) == (405, ["SER0029"])
    assert answer.headers["allow"] == "GET"


def test_head_has_no_body(live):
    answer = live.call("FIN1", "HEAD", "/crr/status")
    assert (answer.status, answer.body) == (405, b"")


@pytest.mark.parametrize(
    "path", ["/", "/crr", "/crr/", "/crr/nothing", "/crr/status/", "/crr/STATUS", "//crr/status",
             "/crr/../crr/status", "/crr/auction/v1.1/portfolio", "/favicon.ico", "/%00"],
)  # fmt: skip
def test_a_path_that_is_not_there(live, path):
    answer = live.call("FIN1", "GET", path)
    assert (answer.status, answer.codes) == (404, ["SER0029"])


@pytest.mark.parametrize("accept", ["text/html", "application/octet-stream", "*/*", "nonsense", ""])
def test_any_accept_gets_the_same_answer(live, accept):
    answer = live.call(
        "FIN1", "GET", "/crr/status",
        headers={"accept": accept, "accept-encoding": "gzip,deflate", "cookie": "a=b",
                 "content-type": "application/json", "user-agent": "Mozilla/5.0"},
    )  # fmt: skip
    assert (answer.status, answer.body) == (200, b'{"status":"up"}')
    assert "content-encoding" not in answer.headers


POSTED = (
    "POST /crr/auction/v1.0/portfolioSubmission HTTP/1.1\r\nhost: x\r\n"
    f"caiso-request-id: {REQUEST_ID}\r\n"
).encode()
HTTP_OK = f"GET /crr/status HTTP/1.1\r\nhost: x\r\ncaiso-request-id: {REQUEST_ID}\r\n\r\n".encode()


@pytest.mark.parametrize(
    "content",
    [
        b"GARBAGE\r\n\r\n",
        b"\x00\x01\x02\x03\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nbad header\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: x\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n",
        b"POST /crr/auction/v1.0/portfolioSubmission HTTP/1.1\r\nhost: x\r\ncaiso-request-id: "
        + REQUEST_ID.encode()
        + b"\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\n",
        b"CONNECT example.org:443 HTTP/1.1\r\nhost: example.org\r\n\r\n",
        b"GET http://example.org HTTP/1.1\r\nhost: x\r\n\r\n",
        HTTP_OK.replace(b"host: x\r\n", b""),
        HTTP_OK.replace(b"host: x", b"host: x\r\nhost: y"),
        HTTP_OK.replace(b"\r\n", b"\n"),
        HTTP_OK.replace(b"HTTP/1.1", b"HTTP/3.0"),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        POSTED + b"transfer-encoding: identity\r\n\r\n{}",
        POSTED + b"transfer-encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
        POSTED + b"transfer-encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
        POSTED + b"content-length : 2\r\n\r\n{}",
        POSTED + b"content-length: 2\r\ncontent-length: 2\r\n\r\n{}",
        POSTED + b"content-length: 99999999999999999999999\r\n\r\n{}",
        POSTED + b"transfer-encoding: chunked\r\n\r\nfffffffffffffffffff\r\n",
        POSTED + b"connection: upgrade\r\nupgrade: h2c\r\ncontent-length: 2\r\n\r\n{}",
        HTTP_OK.replace(b"host: x", b"host: x\r\nx: a\0b"),
    ],
)
def test_what_is_no_request_is_told_in_the_contracts_words(live, content):
    told = live.raw("FIN1", content + b"GARBAGE\r\n\r\n").decode("latin-1")
    head, _, body = told.partition("\r\n\r\n")
    assert head.startswith("HTTP/1.1 4")
    assert "text/plain" not in head
    assert '"errorList"' in body
    assert "text/html" not in told


def test_garbage_behind_a_good_request_does_not_change_its_answer(live):
    told = live.raw("FIN1", HTTP_OK + b"GARBAGE\r\n\r\n")
    assert told.startswith(b"HTTP/1.1 200 OK")
    assert b'{"status":"up"}' in told


def test_requests_that_follow_each_other_at_once_are_answered_in_their_order(live):
    market = f"GET {MARKETS}/marketStatus?marketName={AUCTION}&participantName="
    lines = (b"GET /crr/status", f"{market}FIN1".encode(), f"{market}GEN1".encode())
    together = b"".join(HTTP_OK.replace(b"GET /crr/status", line) for line in lines)
    told = live.raw("FIN1", together + HTTP_OK.replace(b"host", b"connection: close\r\nhost"))
    parts = told.split(b"HTTP/1.1 ")[1:]
    assert [int(part[:3]) for part in parts] == [200, 200, 403, 200]
    assert parts[1].endswith(b'"OPEN"')


def test_what_breaks_outside_of_every_handler_is_still_the_contracts_500(live, monkeypatch):
    def broken() -> bytes:
        raise RuntimeError("a secret")

    monkeypatch.setattr(live.server.config.app._metrics, "page", broken)
    answer = live.call("operator", "GET", "/metrics")
    assert (answer.status, answer.codes) == (500, ["SER0028"])
    assert b"secret" not in answer.body


def test_who_waits_when_the_server_ends_hears_the_contracts_500(live):
    application, sent = live.server.config.app, []

    async def wait_for_ever(*asked):
        await asyncio.Event().wait()

    async def send(message):
        sent.append(message)

    async def ended() -> None:
        scope = {"type": "http", "method": "GET", "path": "/waiting/x", "headers": []}
        task = asyncio.create_task(application(scope, wait_for_ever, send))
        await asyncio.sleep(0)
        task.cancel()
        await task

    application.mount_below("waiting", wait_for_ever)
    try:
        asyncio.run(ended())
    finally:
        del application._mounts["/waiting/"]
    assert sent[0]["status"] == 500
    assert b"SER0028" in sent[1]["body"]


def test_a_websocket_is_not_opened(live):
    content = HTTP_OK.replace(b"host: x", b"host: x\r\nconnection: Upgrade\r\nupgrade: websocket")
    told = live.raw("FIN1", content)
    assert told.startswith(b"HTTP/1.1 200 OK")
    assert b"connection: close" in told


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(protocol, "GAP_SECONDS", 0.3)
    monkeypatch.setattr(protocol, "REQUEST_SECONDS", 1.0)


@pytest.mark.parametrize(
    "half",
    [b"GET /crr/status HT", HTTP_OK[:-2],
     b"POST /crr/auction/v1.0/portfolioSubmission HTTP/1.1\r\nhost: x\r\ncaiso-request-id: "
     + REQUEST_ID.encode() + b"\r\ncontent-length: 500\r\n\r\n{"],
)  # fmt: skip
def test_who_does_not_finish_is_told_and_left(live, impatient, half):
    told = live.raw("FIN1", half)
    assert told.startswith(b"HTTP/1.1 400 ")
    assert b"SER0017" in told


def test_who_says_nothing_is_left(live, impatient):
    assert live.raw("FIN1", b"") == b""


def test_half_open_connections_keep_nobody_waiting(live):
    idle = [socket.create_connection(("localhost", live.port)) for _ in range(200)]
    for each in idle[:100]:
        each.sendall(b"\x16\x03\x01")  # a handshake that never goes on
    began = time.monotonic()
    assert get(live, "/crr/status").status == 200
    assert time.monotonic() - began < 2
    for each in idle:
        each.close()


def test_health_for_everybody_metrics_for_the_operator(live):
    assert live.call(None, "GET", "/health").json == {"status": "up"}
    assert live.call(None, "GET", "/ready").json == {"ready": True}
    assert live.call(None, "GET", "/metrics").status == 404
    get(live, "/crr/status")
    page = live.call("operator", "GET", "/metrics").body.decode()
    assert 'crr_requests_total{operation="get-status",service="app_status",status="200"}' in page


def test_the_log_tells_who_and_what(live):
    live.log.seek(0)
    live.log.truncate()
    get(live, f"{AUCTIONS}/portfolioStatus", **IDENTIFIER)
    line = json.loads(live.log.getvalue())
    assert line["microseconds"] > 0
    assert line["timestamp"].endswith("Z")
    assert abs(datetime.fromisoformat(line["timestamp"]) - datetime.now(UTC)) < timedelta(minutes=1)
    assert {**line, "microseconds": 0, "timestamp": ""} == {
        "event": "request", "request_id": REQUEST_ID, "user": "FIN1", "participant": "FIN1",
        "operation": "auction getPortfolioStatus", "status": 400, "code": "POR0100",
        "microseconds": 0, "timestamp": "",
    }  # fmt: skip


PATHS = [
    f"{AUCTIONS}/portfolioCreation", f"{AUCTIONS}/portfolio", f"{MARKETS}/marketInfo",
    "/crr/nomination/v1.0/portfolioCreation", "/crr/status",
]  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8) | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["portfolioName", "marketName", "newBids", "newOffers", "participantName"]
            )
            | st.text(max_size=5),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    method=st.sampled_from(["GET", "POST", "DELETE", "PUT", "HEAD"]),
    path=st.sampled_from(PATHS),
    query=st.binary(max_size=40),
    body=st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()),
)
def test_hostile_requests_get_answers(live, method, path, query, body):
    connection = http.client.HTTPSConnection(
        "localhost", live.port, timeout=20, context=live.context("FIN1")
    )
    line = f"{path}?{quote(query, safe='&=+%;')}"
    connection.request(method, line, body, {"caiso-request-id": REQUEST_ID})
    response = connection.getresponse()
    content = response.read()
    connection.close()
    assert response.status in (200, 400, 403, 404, 405)
    if response.status != 200 and method != "HEAD":
        assert json.loads(content)["errorList"]
