"""A market on a server: what its participants' clients and its operator do and see over the wire.

The server's market stays as it is: scenarios are played in a fork of it, whose clock stands still
between them.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from simulator.api.client import Client, Reply
from simulator.cli.scenario import read_scenario, scenario_file
from simulator.cli.target import Target
from simulator.domain import Participant, Portfolio
from simulator.domain.participant import Role
from simulator.market.command import OPERATOR
from simulator.timeline.hours import iso_utc
from simulator.timeline.scenario import Scenario

from . import requests
from .answers import answer, errors
from .door import Answer, Stage
from .looks import Looks
from .requests import Asked

TRANSFERS = "DASRS"
CREDIT_CHECK = "check_secondary_credit"
ADVANCE_SECONDS = 3600.0  # markets are cleared and settled on the way


class Server(Stage):
    """The plays of one feature file on a server, each in a fork of its own."""

    def __init__(self, target: Target, folder: Path) -> None:
        """`folder` is for the certificates of participants, which only this user may read."""
        self._target = target
        self._folder = folder
        self._plays: dict[tuple[str, int], Remote] = {}

    def play(self, calendar: str, seed: int) -> Remote:
        key = calendar, seed
        if key not in self._plays:
            file = scenario_file(calendar)
            month = self._target.month
            digest = hashlib.sha256(file.read_bytes()).hexdigest()
            assert (month.scenario_sha256, month.seed) == (digest, seed), (
                f"the server plays {month.scenario} with seed {month.seed}"
            )
            self._plays[key] = Remote(read_scenario(file), self._target, self._folder)
        return self._plays[key]


class Remote(Looks):
    """A fork of a server's market."""

    when_over = (
        "put the scenarios in the calendar's order, and serve the sandbox from an earlier event "
        "(`marketsim serve --until EVENT` on a new folder)"
    )

    def __init__(self, scenario: Scenario, target: Target, folder: Path) -> None:
        super().__init__(scenario)
        self._target = target
        self._folder = folder
        self._clients: dict[str, Client] = {}
        self._offers: dict[str, str] = {}  # who made an offer, by its number
        self._records: dict[str, Mapping[str, Any]] = {}  # conversions to decide, by their numbers
        asked = {"name": f"feature-{secrets.token_hex(6)}"}
        made = _done(target.operator.call("POST", "/sim/v1/fork", asked, seconds=ADVANCE_SECONDS))
        self.base = made["sim"].removesuffix("/sim/v1")
        self._operator = target.at(self.base)
        self.moment = _epoch(self.sim("POST", "clock", {"mode": "paused"})["now"])
        told = self.sim("GET", "participants")
        self._people = {
            row["name"]: Participant(
                row["name"], row["name"], Role(row["role"]), *row["sinks"][:1],
                more_sinks=tuple(row["sinks"][1:]),
            )
            for row in told
        }  # fmt: skip
        self._numbers = {row["name"]: row["duns"] for row in told}

    def sim(self, method: str, path: str, body: Any = None) -> Any:
        """A call of the operator; what is refused fails the step."""
        return _done(self._sim(method, path, body))

    def crr(self, user: str, asked: Asked, who: str = "") -> Reply:
        """A call below `/crr` as a user, who acts for `who` where that is another name."""
        client = self._client(user, who or user)
        number = secrets.token_hex(16)
        parts = (number[:8], number[8:12], number[12:16], number[16:20], number[20:])
        headers = {"caiso-request-id": "-".join(parts)}
        path = f"/crr{asked.path}"
        return client.call(asked.method, path, asked.body, asked.query, headers)

    def go_to(self, moment: int) -> None:
        self.sim("POST", "clock/advance", {"to": iso_utc(moment)})

    def asked_for(self, kind: str, who: str, arguments: Mapping[str, Any]) -> Answer:
        nobody = Portfolio("", "", who)
        if who == OPERATOR:
            if kind == CREDIT_CHECK:
                return self._checked(str(arguments["request_id"]), nobody)
            before = self.digest()
            order = {"command": kind, "arguments": arguments}
            return answer(self._sim("POST", "orders", order), nobody, before)
        asked = self._request(kind, who, arguments)
        given = self._sent(asked, nobody)
        if kind == "post_secondary_offer" and not given.refused:
            self._offers[given.effect["request_id"]] = who
        if kind == "request_tor_conversion" and not given.refused:
            return self._with_records(given, arguments)
        return given

    def handed(self, kind: str, portfolio: Portfolio, user: str) -> Answer:
        asked = requests.portfolio(self.scenario, kind, portfolio)
        return self._sent(asked, portfolio, user, self.counted_now(portfolio, user))

    def upload(self, who: str, part: str, udc: str, market: str, day: str, rows: Any) -> Answer:
        assert part == TRANSFERS, f"{part} carry no date over the wire"
        known = [[self._numbers.get(cell, cell) for cell in row] for row in rows]
        asked = requests.transfers(self.scenario, who, market, udc, day, known)
        self.answer = self._sent(asked, Portfolio("", "", who))
        return self.answer

    def give(self, user: str, organisation: str, who: str, functions: list[list[str]]) -> None:
        asked = [{"service": service, "access": access} for service, access in functions]
        self._provision(user, who, organisation=organisation, functions=asked)

    def people(self) -> Mapping[str, Participant]:
        return self._people

    def _request(self, kind: str, who: str, arguments: Mapping[str, Any]) -> Asked:
        match kind:
            case "submit_load":
                return requests.load(self.scenario, arguments)
            case "post_secondary_offer":
                return requests.offer(self.scenario, arguments)
            case "target_secondary_offer":
                return requests.target(who, arguments)
            case "respond_secondary_offer":
                return requests.acceptance(who, arguments)
            case "request_tor_conversion":
                return requests.conversion(self.scenario, arguments)
            case "decide_tor_conversion":
                return requests.approval(self._records, arguments)
        raise AssertionError(f"no service takes {kind} over the wire")

    def _checked(self, number: str, nobody: Portfolio) -> Answer:
        """The operator's check follows each acceptance by itself: how it ended, the seller sees."""
        who = self._offers[number]
        for status in ("APPROVED", "DISAPPROVED", "PENDING_CREDIT_CHECK"):
            query = {"OfferStatusType": status}
            listed = self.look(who, "secondarymarket", "mySmOffersByStatus", **query) or []
            if any(str(item["requestId"]) == number for item in listed):
                return Answer(status, [], {}, nobody, self.digest())
        raise AssertionError(f"request {number} waits for no check")

    def _with_records(self, given: Answer, arguments: Mapping[str, Any]) -> Answer:
        """The records that their transferees now have to decide, in the order of their numbers."""
        new = {}
        for who in sorted({row[5] for row in arguments["requests"]}):
            query = {"torConversionWindow": arguments["window"]}
            for item in self.look(who, "torconversion", "mtTorCRRApprovalList", **query):
                number = str(item["conversionApprovalId"])
                if number not in self._records:
                    new[number] = item
        self._records |= new
        return replace(given, effect={"records": sorted(new, key=int)})

    def _sent(
        self, asked: Asked, portfolio: Portfolio, user: str = "", counted: Any = ()
    ) -> Answer:
        who = portfolio.participant
        self._client(user or who, who)  # made before the books are looked at: that changes them
        before = self.digest()
        return answer(self.crr(user or who, asked, who), portfolio, before, counted)

    def _sim(self, method: str, path: str, body: Any = None) -> Reply:
        return self._operator.call(method, f"/sim/v1/{path}", body, seconds=ADVANCE_SECONDS)

    def _client(self, user: str, who: str) -> Client:
        """Whoever is named for the first time gets a certificate; the simulator still plays it."""
        if user not in self._clients:
            self._provision(user, who)
        return self._clients[user]

    def _provision(self, user: str, who: str, **more: Any) -> None:
        asked = {"name": user, "participant": who, "played": False, **more}
        made = self.sim("POST", "participants", asked)
        paths = [self._folder / f"{user}.{ending}" for ending in ("pem", "key")]
        for path, text in zip(paths, (made["certificate"], made["key"]), strict=True):
            path.touch(0o600)
            path.write_text(text, encoding="ascii")
        self._clients[user] = self._target.client(self.base, *paths)


def _done(reply: Reply) -> Any:
    if reply.status != 200:
        said = "; ".join(item["message"] for item in errors(reply))
        raise AssertionError(f"the server refuses: {said}")
    return reply.json


def _epoch(text: str) -> int:
    return int(datetime.fromisoformat(text).astimezone(UTC).timestamp())
