"""What happens to one request: who, which operation, may they, what do they say, the answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, MutableMapping
from typing import Any

from simulator.api.call import Call, Download
from simulator.api.codec import encode
from simulator.api.documents import REQUEST_ID_HEADER
from simulator.api.door import Door
from simulator.api.errors import (
    body_of,
    busy,
    by_relevance,
    fault,
    invalid,
    not_found,
    status_of,
    wire_code,
)
from simulator.api.exchange import (
    JSON,
    REQUEST_ID,
    Intake,
    Request,
    Response,
    echo_of,
    read_body,
    request_id,
)
from simulator.api.identity import Identity, identity_of
from simulator.api.limits import (
    ANSWER_BYTES_KEPT,
    ANSWERS_KEPT,
    BODY_BYTES,
    HUGE_BODY_BYTES,
    LONG_BODY_BYTES,
    REQUESTS_AT_ONCE,
)
from simulator.api.logs import Note, Served, where_it_broke
from simulator.api.metrics import Metrics
from simulator.api.new_portfolio import reader_of
from simulator.api.query import read_query
from simulator.api.router import Aliases, Route, Routes
from simulator.domain import Finding, Refused
from simulator.market import certificates, service
from simulator.market.world import World
from simulator.store import Transaction

BYTES = b"application/octet-stream"
CLOSE = (b"connection", b"close")
DISPOSITION = b"content-disposition"
PARTICIPANT = "participantName"
ADMITTING = ("issue_certificate", "revoke_certificate", *service.CHANGING)

Timer = Callable[[], float]


class Api:
    """Answers the participant API's requests; never raises, and always in the contract's shape."""

    def __init__(
        self,
        routes: Routes,
        door: Door,
        note: Note,
        metrics: Metrics,
        timer: Timer,
        real_time: Timer = time.time,
        intake: Intake | None = None,
    ) -> None:
        """`timer` gives seconds, for the log and the metrics only.

        Certificates end by `real_time` (epoch seconds), whatever the sandbox's clock says. `intake`
        is the process's, where there are several of these; else its own.
        """
        self._routes = routes
        self._aliases = Aliases(routes)
        self._door = door
        self._note = note
        self._metrics = metrics
        self._timer = timer
        self._real_time = real_time
        self._readers = {
            id(route): reader_of(route.operation, door.names)
            for methods in routes.values()
            for route in methods.values()
            if route.operation.request is not None
        }
        self._answers: dict[tuple[str, bytes, Identity], tuple[bytes | Download, str]] = {}
        self._answers_version = -1
        self._at_once = 0
        self.intake = Intake() if intake is None else intake
        self._one_huge = asyncio.Lock()  # one after the other: each takes many times its length
        metrics.watch("crr_requests_in_flight", "Requests being answered", lambda: self._at_once)
        meaning = "Commands carried out by this process"
        metrics.watch("crr_commands", meaning, lambda: door.carried_out)
        self.revoked: frozenset[int] = frozenset()

    def now(self) -> int:
        """The sandbox's time in epoch seconds."""
        return self._door.clock.now()

    def identity(self, scope: MutableMapping[str, Any]) -> Identity | None:
        """Who calls by the certificate of the connection; None without one that still counts."""
        der = scope.get("extensions", {}).get("tls", {}).get("client_cert_der")
        found = identity_of(der) if der else None
        if found is None or found.serial in self.revoked or found.not_after < self._real_time():
            return None
        return found

    async def admitted(self, scope: MutableMapping[str, Any]) -> Identity | None:
        """Who calls, unless the books say that its certificate counts no longer."""
        found = self.identity(scope)
        if found is None:
            return None
        revoked, _ = await self._door.view("admitted", _admitted, ADMITTING)
        return None if found.serial in revoked else found

    def is_operator(self, scope: MutableMapping[str, Any]) -> bool:
        """Whether the operator calls."""
        found = self.identity(scope)
        return found is not None and found.is_operator

    async def answer(self, request: Request) -> Response:
        """The answer, logged and counted."""
        began = self._timer()
        self._at_once += 1
        try:
            response = await self._answered(request)
        finally:
            self._at_once -= 1
        seconds = self._timer() - began
        operation = request.operation
        service, name = (operation.service, operation.operation_id) if operation else ("", "")
        self._metrics.observe(service, name, response.status, seconds)
        self._note(
            Served(
                request.request_id.decode(),
                request.identity.name if request.identity else "",
                request.participant,
                f"{service} {name}".strip(),
                response.status,
                response.code,
                int(seconds * 1_000_000),
            )
        )
        return response

    async def _answered(self, request: Request) -> Response:
        request.identity = self.identity(request.scope)
        request.request_id = request_id(request.scope)
        if request.identity is None:
            return _nobody(request)
        try:
            revoked, outage = await self._door.view("admitted", _admitted, ADMITTING)
            if request.identity.serial in revoked:
                return _nobody(request)
            if outage is not None:
                raise Refused([service.finding(outage)])
            answer = await self._operation(request, request.identity)
        except Refused as refusal:
            return self._refused(request, refusal.findings)
        except Exception as error:  # whatever it is, the caller gets the contract's 500
            broken = where_it_broke(error)
            response = self._refused(request, [fault()])
            return Response(
                response.status, response.body, headers=response.headers,
                code=f"{response.code} {broken['error']} {broken['where']}",
            )  # fmt: skip
        echo = echo_of(request)
        if isinstance(answer, Download):
            saved = b'attachment; filename="%s"' % answer.name.encode("ascii")
            return Response(200, answer.content, BYTES, ((DISPOSITION, saved), *echo))
        return Response(200, answer, JSON, echo)

    def _refused(self, request: Request, findings: list[Finding] | tuple[Finding, ...]) -> Response:
        headers = [*echo_of(request)]
        status = status_of(findings)
        if request.operation is None and status == 404:
            methods = self._routes.get(request.scope["path"])
            if methods:
                status = 405
                headers.append((b"allow", ", ".join(sorted(methods)).encode()))
        if not request.read_whole:
            headers.append(CLOSE)
        codes = request.operation.codes if request.operation else ()
        body = body_of(findings, self.now(), codes)
        code = wire_code(by_relevance(findings)[0], codes)
        return Response(status, body, JSON, tuple(headers), code)

    async def _operation(self, request: Request, identity: Identity) -> bytes | Download:
        scope = request.scope
        method, path = scope["method"], scope["path"]
        if path not in self._routes:
            path, scope["query_string"] = self._aliases.resolve(path, scope["query_string"])
        methods = self._routes.get(path)
        route = methods.get(method) if methods else None
        if route is None:
            raise Refused([_nowhere(method, path, methods)])
        request.operation = operation = route.operation
        if not request.request_id:
            raise Refused([_no_request_id(scope)])
        if self._at_once > REQUESTS_AT_ONCE:
            raise Refused([busy()])
        if operation.access == "write":
            return await self._handled(request, identity, route)
        key = (path, scope["query_string"], identity)
        version = self._door.version
        if version != self._answers_version or len(self._answers) > ANSWERS_KEPT:
            self._answers.clear()
            self._answers_version = version
        known = self._answers.get(key)
        if known is not None:
            answer, request.participant = known
            return answer
        answer = await self._handled(request, identity, route)
        if version == self._answers_version and _size(answer) <= ANSWER_BYTES_KEPT:
            self._answers[key] = (answer, request.participant)
        return answer

    async def _handled(
        self, request: Request, identity: Identity, route: Route
    ) -> bytes | Download:
        operation, door = route.operation, self._door
        query = read_query(request.scope["query_string"], operation)
        body = None if operation.request is None else await self._body(request, route)
        named = query.get(PARTICIPANT) or getattr(body, PARTICIPANT, "")
        request.participant = named or ""
        call = Call(
            operation, identity, request.participant, query, body,
            request.request_id.decode(), door.clock.now(), door,
        )  # fmt: skip
        if named:
            await call.acting_for(named)
        answer = await route.handler(call)
        return answer if isinstance(answer, Download) else encode(answer)

    async def _body(self, request: Request, route: Route) -> Any:
        raw = await read_body(request, BODY_BYTES, self.intake)
        read = self._readers[id(route)].read
        if len(raw) < LONG_BODY_BYTES:
            return read(raw)
        with self.intake.waiting(request.identity, len(raw)):
            if len(raw) < HUGE_BODY_BYTES:
                async with self._door.reading():
                    return read(raw)
            async with self._one_huge:
                return await asyncio.to_thread(read, raw)


def _size(answer: bytes | Download) -> int:
    return len(answer.content if isinstance(answer, Download) else answer)


def _nobody(request: Request) -> Response:
    return Response(401, b"", headers=(CLOSE, *echo_of(request)))


def _no_request_id(scope: MutableMapping[str, Any]) -> Finding:
    given = [value for name, value in scope["headers"] if name == REQUEST_ID]
    found = ", ".join(value.decode("ascii", "replace")[:50] for value in given[:2]) or "nothing"
    return invalid("request id", f"header {REQUEST_ID_HEADER}", found, "one UUID")


def _admitted(tx: Transaction, world: World) -> tuple[frozenset[int], service.Outage | None]:
    """Whose certificates count no longer, and whether anybody is served at all."""
    return certificates.revoked(tx), service.outage(tx)


def _nowhere(method: str, path: str, methods: Any) -> Finding:
    if methods:
        return not_found(f"method of {path[:200]}", method, ", ".join(sorted(methods)))
    return not_found("path", path[:200])
