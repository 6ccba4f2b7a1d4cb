"""A server without a market: answers from the examples of the documents.

A request is held to its document as the real server holds it, by the same code; what passes is
answered by the first example, or by a file of the document's example rows. Nothing is remembered,
but names that were sent come back, so that a client sees its own portfolio created, submitted and
deleted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from decimal import Decimal
from typing import TypeVar, cast

from simulator.api.call import Answer, Call, Download
from simulator.api.documents import Document, Json, Operation, document, load_documents
from simulator.api.door import Clock, Door, Reading
from simulator.api.identity import Identity
from simulator.api.rights import Rights
from simulator.api.router import Handler, Routes, routes
from simulator.api.zipped import zipped
from simulator.domain import Finding
from simulator.publish.download import DownloadType, FileFormat, file_name, render
from simulator.rules.access import Access, Service

T = TypeVar("T")


def mock_routes() -> Routes:
    """Every operation of every document, answered from its examples."""
    documents = load_documents()
    handlers = {
        (operation.service, operation.operation_id): _example(operation)
        for told in documents
        for operation in told.operations
    }
    return routes(documents, handlers)


class NoMarket(Door):
    """Where the door to a market would be: every certificate may everything, nothing is kept."""

    def __init__(self, clock: Clock) -> None:
        """`clock` dates the refusals."""
        self.clock = clock

    @property
    def names(self) -> Mapping[str, Collection[str]]:
        """Any name may come."""
        return {}

    @property
    def version(self) -> int:
        """Nothing ever changes."""
        return 0

    @property
    def carried_out(self) -> int:
        """There is nothing to carry out."""
        return 0

    async def view(self, name: object, reading: Reading[T], kinds: Iterable[str]) -> T:
        """Nobody is revoked but by the authority's list, nobody lacks a right, nothing is down."""
        return cast(T, _VIEWS[name])

    def reading(self) -> AbstractAsyncContextManager[None]:
        """There are no commits that could be in the way."""
        return nullcontext()

    def close(self) -> None:
        """There is nothing to finish."""


class _AllRights(Rights):
    def findings(
        self, identity: Identity, participant: str, service: Service, kind: Access
    ) -> tuple[Finding, ...]:
        """There is no market, so there is nobody to be kept apart from."""
        return ()


# What the API looks up for every request: who is revoked and why nobody is served; who may what.
_VIEWS: Mapping[object, object] = {"admitted": (frozenset(), None), "rights": _AllRights({})}


def _example(operation: Operation) -> Handler:
    async def answer(call: Call) -> Answer:
        if operation.downloads:
            return _file(document(operation.service), call.query)
        return _named(next(iter(operation.response_examples.values())), call)

    return answer


def _named(example: Json, call: Call) -> Json:
    """The example with the names that were sent, where it has them: portfolio and market."""
    if isinstance(example, list):
        return [_named(each, call) for each in example]
    if not isinstance(example, dict):
        return example
    return {
        name: _sent(call, name, value) if isinstance(value, str) else value
        for name, value in example.items()
    }


def _sent(call: Call, name: str, otherwise: str) -> str:
    """What the query or the body says of `name`, where that is a text."""
    value = call.query.get(name, getattr(call.body, name, None))
    return value if isinstance(value, str) else otherwise


def _file(told: Document, sent: Mapping[str, str]) -> Download:
    """A ZIP file of the example rows of the type that was asked for."""
    kind = DownloadType(next(sent[name] for name in sent if name.endswith("DownloadType")))
    form = FileFormat(sent["fileFormat"])
    rows = [
        {name: Decimal(str(value)) if isinstance(value, float) else value for name, value in row}
        for row in map(dict.items, told.raw["x-crr-download-rows"][kind.value])
    ]
    about = sent.get("marketName") or sent.get("nominationCapCalcName", "")
    owner = sent["participantName"] if kind.value.startswith("PRIVATE_") else ""
    name = file_name(about, kind, form, owner)
    return Download(
        zipped(name, render(kind, rows, form).encode()), f"{name.rpartition('.')[0]}.zip"
    )
