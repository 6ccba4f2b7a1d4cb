"""A server without a market: answers from the examples of the documents.

A request is held to its document as the real server would hold it; what passes is answered by the
first example, or by a file of the document's example rows. Nothing is remembered, but names that
were sent come back, so that a client sees its own portfolio created, submitted and deleted.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from simulator.api import codec
from simulator.api.body import BodyReader
from simulator.api.documents import Document, Json, Operation, document
from simulator.api.errors import body_of, status_of
from simulator.api.query import read_query
from simulator.domain import Refused
from simulator.publish.download import DownloadType, FileFormat, file_name, render

JSON, BYTES = "application/json", "application/octet-stream"
_EARLIEST_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class MockAnswer:
    """Status, media type and bytes, as they go over the wire."""

    status: int
    content_type: str
    body: bytes


def mock_answer(operation: Operation, query: bytes, body: bytes, now: int) -> MockAnswer:
    """The answer to one request; `query` is the raw query string, `now` in epoch seconds.

    A request that breaks its document gets the contract's error body. Whom a certificate may act
    for is not asked: there is no market, so there is nobody to be.
    """
    try:
        sent: dict[str, Any] = dict(read_query(query, operation))
        if operation.request is not None:
            BodyReader(operation).read(body)
            content = json.loads(body)
            sent |= content if isinstance(content, dict) else {}
    except Refused as refused:
        return MockAnswer(status_of(refused.findings), JSON, body_of(refused.findings, now))
    if operation.downloads:
        return MockAnswer(200, BYTES, _file(document(operation.service), sent))
    example = next(iter(operation.response_examples.values()))
    return MockAnswer(200, JSON, codec.encode(_named(example, sent)))


def _named(example: Json, sent: Mapping[str, Any]) -> Json:
    """The example with the names that were sent, where it has them: portfolio and market."""
    if isinstance(example, list):
        return [_named(each, sent) for each in example]
    if not isinstance(example, dict):
        return example
    return {
        name: sent[name] if isinstance(value, str) and name in sent else value
        for name, value in example.items()
    }


def _file(told: Document, sent: Mapping[str, str]) -> bytes:
    """A ZIP file of the example rows of the type that was asked for."""
    kind = DownloadType(next(sent[name] for name in sent if name.endswith("DownloadType")))
    form = FileFormat(sent["fileFormat"])
    rows = [
        {name: Decimal(str(value)) if isinstance(value, float) else value for name, value in row}
        for row in map(dict.items, told.raw["x-crr-download-rows"][kind.value])
    ]
    about = sent.get("marketName") or sent.get("nominationCapCalcName", "")
    owner = sent["participantName"] if kind.value.startswith("PRIVATE_") else ""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        entry = zipfile.ZipInfo(file_name(about, kind, form, owner), _EARLIEST_ZIP_TIME)
        archive.writestr(entry, render(kind, rows, form))
    return stream.getvalue()
