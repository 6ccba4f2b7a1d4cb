"""From method and path to the operation and its handler, held to each other in both directions."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from simulator.api.call import Answer, Call
from simulator.api.documents import Document, Operation
from simulator.domain import Finding, refuse_if_any

BASE = "/crr"
_PLACE = re.compile(r"\\\{(\w+)\\\}")  # {name}, escaped

Handler = Callable[[Call], Awaitable[Answer]]
Handlers = Mapping[tuple[str, str], Handler]

_HANDLERS: dict[tuple[str, str], Handler] = {}


def handles(service: str, operation_id: str) -> Callable[[Handler], Handler]:
    """Make the function the handler of an operation of a service (as its document names them)."""

    def remember(handler: Handler) -> Handler:
        key = (service, operation_id)
        assert key not in _HANDLERS, f"two handlers for {key}"
        _HANDLERS[key] = handler
        return handler

    return remember


def known_handlers() -> Handlers:
    """Every handler in `simulator.api.handlers`."""
    package = importlib.import_module("simulator.api.handlers")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
    return dict(_HANDLERS)


def documents_of(handlers: Handlers, documents: Iterable[Document]) -> tuple[Document, ...]:
    """The documents of the services that have handlers: a service is served whole or not at all."""
    services = {service for service, _ in handlers}
    return tuple(document for document in documents if document.service in services)


@dataclass(frozen=True, slots=True)
class Route:
    """An operation with what answers it."""

    operation: Operation
    handler: Handler


Routes = Mapping[str, Mapping[str, Route]]  # path, then method


def routes(documents: Iterable[Document], handlers: Handlers) -> Routes:
    """Every operation of the documents by path and method; Refused when anything is an orphan."""
    found: dict[str, dict[str, Route]] = {}
    waiting = dict(handlers)
    orphans = []
    for document in documents:
        for operation in document.operations:
            handler = waiting.pop((document.service, operation.operation_id), None)
            if handler is None:
                orphans.append(_orphan("operation", f"{document.service} {operation.operation_id}"))
                continue
            methods = found.setdefault(BASE + operation.path, {})
            methods[operation.method.upper()] = Route(operation, handler)
    orphans += [_orphan("handler", f"{service} {name}") for service, name in sorted(waiting)]
    refuse_if_any(orphans)
    return found


class Aliases:
    """Paths of earlier versions that are still served, some with parameters inside the path."""

    def __init__(self, known: Routes) -> None:
        self._patterns = [
            (re.compile(_PLACE.sub(r"(?P<\1>[^/]+)", re.escape(BASE + alias))), path)
            for path, methods in known.items()
            for route in methods.values()
            for alias in route.operation.aliases
        ]

    def resolve(self, path: str, query: bytes) -> tuple[str, bytes]:
        """Today's path and query for an earlier one's; what is unknown stays as it is."""
        for pattern, today in self._patterns:
            found = pattern.fullmatch(path)
            if found:
                inside = urlencode(found.groupdict()).encode()
                return today, b"&".join(filter(None, (inside, query)))
        return path, query


def _orphan(what: str, name: str) -> Finding:
    other = "handler" if what == "operation" else "operation"
    return Finding(
        "API0001",
        f"an {what} without a {other}" if what == "operation" else f"a {what} without an {other}",
        where="simulator/api",
        found=name,
        allowed="every operation of the documents has one handler, and no handler is left over",
        remedy=f"write the {other}, or take the {what} away",
    )
