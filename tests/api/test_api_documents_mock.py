"""The mock answers every operation as its document says, and refuses as the server would."""

from __future__ import annotations

import io
import json
import zipfile
from urllib.parse import urlencode

import api_document_kit as kit
import pytest
from api_document_kit import OPERATIONS, title

from simulator.api.documents import document
from simulator.publish.download import COLUMNS, DownloadType

BY_TITLE = {title(operation): operation for operation in OPERATIONS}
DOWNLOADS = [
    (operation, kind, form)
    for operation in OPERATIONS
    for kind in operation.downloads
    for form in ("CSV", "JSON")
]


def asked(operation, **changes):
    given = {each.name: each.example for each in operation.parameters}
    return urlencode({**given, **changes}).encode()


def said(operation):
    return json.dumps(next(iter(operation.request_examples.values()), None)).encode()


@pytest.mark.parametrize("operation", OPERATIONS, ids=title)
def test_the_example_request_gets_an_answer_of_its_schema(mock, operation):
    answer = mock(operation, asked(operation), said(operation))
    assert answer.status == 200
    if operation.response:
        assert answer.headers["content-type"] == "application/json"
        kit.validator(operation.service, operation.response).validate(json.loads(answer.body))


@pytest.mark.parametrize(("operation", "kind", "form"), DOWNLOADS)
def test_a_download_is_a_zip_of_one_file_with_its_columns(mock, operation, kind, form):
    (wanted,) = [each.name for each in operation.parameters if kind in each.enum]
    answer = mock(operation, asked(operation, **{wanted: kind, "fileFormat": form}), b"")
    with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
        (entry,) = archive.infolist()
        text = archive.read(entry).decode()
    rows = document("market_data").raw["x-crr-download-rows"][kind]
    assert entry.filename.endswith(f".{form.lower()}")
    assert {tuple(row) for row in rows} == {COLUMNS[DownloadType(kind)]}
    if form == "JSON":
        assert json.loads(text) == rows
    else:
        assert text.startswith(",".join(COLUMNS[DownloadType(kind)]) + "\r\n")
        assert text.count("\r\n") == len(rows) + 1


def test_every_download_type_has_an_example():
    rows = document("market_data").raw["x-crr-download-rows"]
    assert set(rows) == set(DownloadType) == {kind for _, kind, _ in DOWNLOADS}


def test_a_client_sees_its_own_portfolio(mock):
    creation = BY_TITLE["auction.portfolioCreation"]
    body = {**next(iter(creation.request_examples.values())), "portfolioName": "My own"}
    created = mock(creation, b"", json.dumps(body).encode())
    assert json.loads(created.body) == {
        "portfolioName": "My own",
        "marketName": "AUC_MN_2026_M03",
        "status": "VALID",
    }
    deletion = BY_TITLE["auction.deletePortfolio"]
    deleted = mock(deletion, asked(deletion, portfolioName="My own"), b"")
    assert json.loads(deleted.body)["portfolioName"] == "My own"
    assert json.loads(deleted.body)["status"] == "DELETED"


@pytest.mark.parametrize(
    ("name", "query", "body", "code"),
    [
        ("auction.portfolioCreation", b"", b"", "SER0017"),
        ("auction.portfolioCreation", b"", b"\xe9", "SER0017"),
        ("auction.portfolioSubmission", b"", b'{"portfolioName":"A"}', "SER0017"),
        ("auction.getPortfolioStatus", b"marketName=A&participantName=B", b"", "SER0017"),
        ("market_data.getPublicAuctionResult", None, b"", "DWL0002"),
    ],
)
def test_what_the_server_would_refuse_the_mock_refuses(mock, name, query, body, code):
    operation = BY_TITLE[name]
    query = asked(operation, fileFormat="XML") if query is None else query
    answer = mock(operation, query, body)
    told = json.loads(answer.body)
    assert answer.status == 400
    assert told["errorList"][0]["errorCode"] == code
    assert told["creationTime"] == "2026-02-10T18:05:09Z"
    kit.validator(operation.service, "CRRServiceException").validate(told)
