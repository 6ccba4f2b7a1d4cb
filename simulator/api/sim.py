"""`/sim/v1`: the operator's side of an environment, for the operator's certificate only.

Errors have the contract's body. A `caiso-request-id` is not asked for; one that comes is echoed,
logged and kept with the commands.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from simulator.api.api import Api
from simulator.api.app import Receive, Scope, Send, respond
from simulator.api.errors import (
    UNKNOWN,
    body_of,
    by_relevance,
    fault,
    invalid,
    not_found,
    status_of,
    wire_code,
)
from simulator.api.exchange import Request, Response, echo_of, read_body, request_id
from simulator.api.limits import SIM_BODY_BYTES
from simulator.api.logs import Note, Served, where_it_broke
from simulator.api.sim_calls import SimCalls, after
from simulator.api.sim_types import Advance, Body, Fork, Order, Provision, SetClock
from simulator.domain import Finding, Refused

BASE = "/sim/v1"
ENCODER = msgspec.json.Encoder(decimal_format="number")

Handler = Callable[..., Awaitable[Any]]


@dataclass(frozen=True)
class SimRoute:
    """An operation of our document: its name, and what its body or its one parameter is."""

    operation_id: str
    body: type[Body] | None = None
    parameter: str = ""


ROUTES: Mapping[str, Mapping[str, SimRoute]] = {
    f"{BASE}/clock": {
        "GET": SimRoute("getClock"),
        "POST": SimRoute("setClock", SetClock),
    },
    f"{BASE}/clock/advance": {"POST": SimRoute("advanceClock", Advance)},
    f"{BASE}/events": {"GET": SimRoute("getEvents")},
    f"{BASE}/journal": {"GET": SimRoute("getJournal", parameter="after")},
    f"{BASE}/month": {"GET": SimRoute("getMonth")},
    f"{BASE}/state": {"GET": SimRoute("getState")},
    f"{BASE}/participants": {
        "GET": SimRoute("getParticipants"),
        "POST": SimRoute("provision", Provision),
    },
    f"{BASE}/orders": {"POST": SimRoute("order", Order)},
    f"{BASE}/fork": {"POST": SimRoute("fork", Fork)},
}


class Sim:
    """Answers the operator; never raises."""

    def __init__(self, api: Api, calls: SimCalls, note: Note, timer: Callable[[], float]) -> None:
        """`timer` gives seconds, for the log only."""
        self._api = api
        self._note = note
        self._timer = timer
        self._handlers: Mapping[str, Handler] = {
            "getClock": calls.clock,
            "setClock": calls.set_clock,
            "advanceClock": calls.advance,
            "getEvents": calls.events,
            "getJournal": calls.journal,
            "getMonth": calls.month,
            "getState": calls.state,
            "getParticipants": calls.participants,
            "provision": calls.provision,
            "order": calls.order,
            "fork": calls.fork,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        began = self._timer()
        request = Request(scope, receive)
        request.request_id = request_id(scope)
        response = await self._answered(request)
        await respond(response, send)
        route = ROUTES.get(scope["path"], {}).get(scope["method"])
        self._note(
            Served(
                request.request_id.decode(),
                request.identity.name if request.identity else "",
                request.participant,
                f"sim {route.operation_id if route else ''}".strip(),
                response.status,
                response.code,
                int((self._timer() - began) * 1_000_000),
            )
        )

    async def _answered(self, request: Request) -> Response:
        try:
            request.identity = await self._api.admitted(request.scope)
            if request.identity is None:
                return Response(401, b"", headers=echo_of(request))
            if not request.identity.is_operator:
                raise Refused([_not_the_operator(request.identity.name)])
            answer = await self._handled(request)
        except Refused as refusal:
            return self._refused(request, refusal.findings)
        except Exception as error:  # whatever it is, the caller gets the contract's 500
            return self._refused(request, [fault()], where_it_broke(error)["where"])
        return Response(200, ENCODER.encode(answer), headers=echo_of(request))

    async def _handled(self, request: Request) -> Any:
        path, method = request.scope["path"], request.scope["method"]
        methods = ROUTES.get(path)
        route = methods.get(method) if methods else None
        if route is None:
            allowed = ", ".join(methods) if methods else ", ".join(ROUTES)
            raise Refused([not_found(f"{method} {path[:200]}", path[:200], allowed)])
        given: dict[str, Any] = {}
        query = _query(request.scope["query_string"], route.parameter)
        if route.parameter:
            given[route.parameter] = after(query.get(route.parameter, "0"))
        if route.body is not None:
            given["body"] = _read(
                await read_body(request, SIM_BODY_BYTES, self._api.intake), route.body
            )
        handler = self._handlers[route.operation_id]
        return await handler(request_id=request.request_id.decode(), **given)

    def _refused(
        self, request: Request, findings: list[Finding] | tuple[Finding, ...], where: str = ""
    ) -> Response:
        code = f"{wire_code(by_relevance(findings)[0])} {where}".strip()
        body = body_of(findings, self._api.now())
        return Response(status_of(findings), body, headers=echo_of(request), code=code)


def _query(raw: bytes, known: str) -> dict[str, str]:
    pairs = parse_qsl(raw.decode("latin-1"), keep_blank_values=True)
    strange = [name for name, _ in pairs if name != known]
    if strange or len(pairs) > 1:
        found = ", ".join(name for name, _ in pairs)[:200]
        raise Refused([invalid("query not as it should be", "query", found, known or "none")])
    return dict(pairs)


def _read(raw: bytes, wanted: type[Body]) -> Body:
    try:
        return msgspec.json.decode(raw, type=wanted)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused([invalid(str(error), "$")]) from error


def _not_the_operator(name: str) -> Finding:
    return Finding(
        UNKNOWN,
        "access denied",
        where="certificate",
        found=name,
        allowed="the operator's certificate",
        remedy="call with operator.pem and its key",
    )
