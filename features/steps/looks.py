"""What can be seen of a market over the wire, and where (wire contract 5 to 11)."""

from __future__ import annotations

import io
import re
import zipfile
from abc import abstractmethod
from base64 import b64decode
from datetime import datetime
from decimal import Decimal
from typing import Any

from simulator.api.client import Reply
from simulator.domain import Crr, MarketKind, MarketStatus, Portfolio, PortfolioStatus, Tou
from simulator.domain.participant import Role
from simulator.market.downloads import (
    ALLOCATION_PREFIX,
    ALLOCATION_RESULTS,
    AUCTION_RESULTS,
    CALCULATION_PREFIX,
    MARKET_DATA,
)
from simulator.publish.download import DownloadType
from simulator.store.canonical import canonical_json, digest
from simulator.store.journal import GENESIS
from simulator.timeline.process import ProcessKind

from .door import CAP, CapKey, Door, Standing
from .downloads import OWN_CRRS, PRIVATE, PUBLIC, PUBLIC_CRRS, crrs, rows
from .requests import Asked, service_of

EVER = "2000-01-01T00:00:00Z"
MESSAGES = "PUBLIC_MESSAGES.csv"
FILE = re.compile(r"(?:(?P<market>\w+)/(?P=market)_)?(?P<kind>[A-Z_]+)\.csv")
# Refusals that say that there is nothing yet, rather than that nobody may look.
NOT_YET = ("MKT0001", "MKT0007", "CAP0001", "CAP0002", "DWL0005", "DWL0006", "LMV0101", "SER0007")
ADMITTING = ("provision", "issue_certificate")  # commands that let somebody look
LINE = ("seq", "key", "at", "actor", "user", "command", "status", "arguments_digest",
        "effect_digest")  # fmt: skip
STATES = {
    ProcessKind.HISTORICAL_LOAD: ("historicalforecastedload", "loadSubmissionWindowStatus",
                                  "loadSubmissionWindowName", "windowStatus"),
    ProcessKind.FORECAST_LOAD: ("historicalforecastedload", "loadSubmissionWindowStatus",
                                "loadSubmissionWindowName", "windowStatus"),
    ProcessKind.LOAD_MIGRATION: ("loadmigration", "loadMigrationMarketStatus",
                                 "loadMigrationMarketName", "marketStatus"),
    ProcessKind.TOR_CONVERSION: ("torconversion", "torConversionWindowStatus",
                                 "torConversionWindow", "status"),
}  # fmt: skip


class Looks(Door):
    """Everything that is seen by a request; who asks is whom it concerns, or a load server."""

    @abstractmethod
    def sim(self, method: str, path: str, body: Any = None) -> Any:
        """A call of the operator."""

    @abstractmethod
    def crr(self, user: str, asked: Asked, who: str = "") -> Reply:
        """A call of a user for a participant."""

    @property
    def anybody(self) -> str:
        """A participant who sees what everybody sees, load submission too."""
        return next(name for name, person in self.people().items() if person.role == Role.LSE)

    def look(self, who: str, service: str, name: str, **query: str) -> Any:
        """The answer to a reading; None where there is nothing yet. A refusal fails the step."""
        found = self._get(who, service, name, query)
        return None if found is None else found.json

    def digest(self) -> str:
        return str(self.sim("GET", "state")["state_digest"])

    def first_break(self) -> int | None:
        previous, last = GENESIS, 0
        for number, line in enumerate(self._journal(0), start=1):
            told = [line[name] for name in LINE]
            follows = digest(canonical_json([*told, previous])) == line["hash"]
            if line["seq"] != number or not follows or line["at"] < last:
                return number
            previous, last = line["hash"], line["at"]
        return None

    def counted(self, market: str, who: str) -> Any:
        """One's own submitted portfolios, and the lines of others: nobody else has done anything.

        The lines are those after which the first look was taken.
        """
        service = service_of(self.scenario, market)
        listed = self.look(who, service, "portfolioList", marketName=market) or []
        statuses = self.portfolios(who, market)
        own = [
            item for item in listed
            if statuses[item["portfolioName"]] == PortfolioStatus.SUBMITTED
        ]  # fmt: skip
        since = self.noted.setdefault("journal", self.sim("GET", "state")["journal_length"])
        others = [
            line["seq"] for line in self._journal(since)
            if line["status"] == "done" and line["actor"] != who
            and line["command"] not in ADMITTING
        ]  # fmt: skip
        return own, others

    def counted_now(self, portfolio: Portfolio, user: str) -> Any:
        """What counts before a portfolio is handed in; nothing can where its owner may not look."""
        who, market = portfolio.participant, portfolio.market
        self.noted.pop("journal", None)
        service = service_of(self.scenario, market)
        asked = Asked("GET", f"/{service}/v1.0/portfolioList", query=_query(who, marketName=market))
        if user != who or self.crr(who, asked).status != 200:
            return None
        return self.counted(market, who)

    def standing(self, market: str) -> Standing:
        status = self.look(self.anybody, "marketstatus", "marketStatus", marketName=market)
        assert status, f"there is no market {market}"
        told = self.look(self.anybody, "marketstatus", "marketInfo", marketName=market)
        closes = datetime.fromisoformat(told["submissionWindow"]["closeDate"])
        return Standing(MarketStatus(status), int(closes.timestamp()))

    def process(self, name: str) -> str:
        spec = self.spec(name)
        assert spec is not None, f"the calendar has no process {name}"
        assert spec.kind in STATES, f"no service tells where {name} stands"
        service, operation, asked, told = STATES[spec.kind]
        return str(self.look(self.anybody, service, operation, **{asked: name})[told])

    def told_everybody(self) -> list[str]:
        return [item["message"] for item in self._messages("public", self.anybody)]

    def told(self, who: str) -> list[str]:
        return [item["message"] for item in self._messages("private", who)]

    def portfolios(self, who: str, market: str) -> dict[str, PortfolioStatus]:
        service = service_of(self.scenario, market)
        listed = self.look(who, service, "portfolioList", marketName=market) or []
        found = {}
        for item in listed:
            name = item["portfolioName"]
            query = {"marketName": market, "portfolioName": name}
            told = self.look(who, service, "portfolioStatus", **query)
            found[name] = PortfolioStatus(told["status"])
        return found

    def caps(self, who: str, market: str, kind: str = CAP) -> dict[CapKey, Decimal]:
        name = CALCULATION_PREFIX + market.removeprefix(ALLOCATION_PREFIX)
        found = self.download(
            who, "privateAllocationMarketData", "privateAllocationDataDownloadType",
            kind, nominationCapCalcName=name,
        )  # fmt: skip
        return {
            (row["Sink"], row["Period"], Tou(row["TOU"])): Decimal(row["AllowedMW"])
            for row in rows(found[1])
        }

    def short_usd(self, who: str, market: str) -> Decimal:
        """A participant hears of it by a message at the moment of the verification."""
        verified = [
            line["at"] for line in self._journal(0) if line["command"] == "verify_collateral"
        ]
        assert verified, "no collateral is verified"
        assert verified.count(verified[-1]) == 1, "verified twice at this moment: let time go by"
        text = re.compile(rf"{market} collateral of {who} is short by (\d+\.\d\d) USD")
        for item in self._messages("private", who):
            found = text.fullmatch(item["message"])
            if found and datetime.fromisoformat(item["sentTime"]).timestamp() == verified[-1]:
                return Decimal(found[1])
        return Decimal(0)

    def rights(self, participant: str) -> list[dict[str, str]]:
        told = {row["name"]: row["users"] for row in self.sim("GET", "participants")}
        return [
            {
                "user": row["user"], "organisation": row["organisation"],
                "function": row["access"], "service": row["service"],
            }
            for row in told[participant]
        ]  # fmt: skip

    def file(self, path: str) -> bytes:
        if path == MESSAGES:
            return "\n".join(["Message", *self.told_everybody()]).encode()
        for item in self._messages("public", self.anybody):
            if item.get("attachmentName") == path:
                return b64decode(item["attachment"])
        named = FILE.fullmatch(path)
        kinds = {kind.value for kind in (*MARKET_DATA, *ALLOCATION_RESULTS, *AUCTION_RESULTS)}
        if path == f"{PUBLIC_CRRS}.csv":
            return self._general(self.anybody, "public", PUBLIC_CRRS)
        assert named is not None, f"no service gives {path}"
        assert named["market"], f"no service gives {path}"
        assert named["kind"] in kinds, f"no service gives {path}"
        market, kind = named["market"], DownloadType(named["kind"])
        if kind in MARKET_DATA:
            what = ("publicMarketData", "publicMarketDownloadType", kind)
            return self.download(self.anybody, *what, marketName=market)[1]
        return self._result(self.anybody, market, "public", kind)[1]

    def results(self, market: str) -> list[str]:
        kind = self.scenario.market(market).market.kind
        public = AUCTION_RESULTS if kind == MarketKind.AUCTION else ALLOCATION_RESULTS
        private = DownloadType(f"PRIVATE_{kind.value}_RESULT")
        out = [(PUBLIC, *self._result(self.anybody, market, "public", each)) for each in public]
        for who in self.people():
            name, content = self._result(who, market, "private", private)
            owners = {row["AssetOwner"] for row in rows(content)}
            assert owners <= {who}, f"{who} downloads results of {owners}"
            out.append((f"{PRIVATE}/{who}", name, content))
        return [f"{folder}/{market}/{name}" for folder, name, content in out if content]

    def crrs(self) -> tuple[Crr, ...]:
        return crrs(self._general(self.anybody, "public", PUBLIC_CRRS))

    def own_crrs(self, who: str) -> tuple[Crr, ...]:
        kinds = [kind for kind in DownloadType if kind.startswith(OWN_CRRS)]
        return tuple(crr for kind in kinds for crr in crrs(self._general(who, "private", kind)))

    def loads(self, who: str, window: str) -> tuple[str, set[Decimal]]:
        found = self._load(who, window, "loadData")
        assert found, f"{who} has no load on file in {window}"
        told = found[0]["loadSubmissionStatus"]["status"]
        return told, {Decimal(row["mw"]) for row in found[0]["hourlyLoad"]}

    def load_metric(self, who: str, window: str, sink: str) -> list[Decimal]:
        status, _ = self.loads(who, window)
        (found,) = self._load(who, window, "loadExceedanceValues")
        by_tou = {
            row["timeOfUse"]: Decimal(row["exceedance"])
            for row in found["loadExceedance"]
            if row["sinkName"] == sink
        }
        return [by_tou[tou.value] if status == "VALID" else Decimal(0) for tou in Tou]

    def n_hours(self, market: str) -> list[tuple[str, int, str]]:
        query = {"loadMigrationMarketName": market}
        found = self.look(self.anybody, "loadmigration", "nHourData", **query) or []
        return [
            (row["defaultLoadAggregationPoint"], row["seasonNumber"], row["tou"]) for row in found
        ]

    def download(
        self, who: str, operation: str, parameter: str, kind: str, **query: str
    ) -> tuple[str, bytes]:
        """The name and the content of the file in a ZIP; both empty where there is nothing yet."""
        asked = {parameter: str(kind), "fileFormat": "CSV", **query}
        reply = self._get(who, "marketdata", operation, asked)
        if reply is None:
            return "", b""
        with zipfile.ZipFile(io.BytesIO(reply.body)) as opened:
            (name,) = opened.namelist()
            return name, opened.read(name)

    def _result(self, who: str, market: str, whose: str, kind: str) -> tuple[str, bytes]:
        of = self.scenario.market(market).market.kind.value.capitalize()
        operation = f"{whose}{of}Result"
        return self.download(who, operation, f"{operation}DownloadType", kind, marketName=market)

    def _general(self, who: str, whose: str, kind: str) -> bytes:
        operation, parameter = f"{whose}GeneralData", f"{whose}GeneralDownloadType"
        return self.download(who, operation, parameter, kind)[1]

    def _load(self, who: str, window: str, operation: str) -> Any:
        spec = self.spec(window)
        assert spec is not None, f"the calendar has no window {window}"
        query = {"loadSubmissionWindowName": window, "periodName": spec.periods[0].name}
        return self.look(who, "historicalforecastedload", operation, **query)

    def _messages(self, whose: str, who: str) -> list[dict[str, Any]]:
        return self.look(who, "messages", whose, fromDate=EVER) or []

    def _journal(self, after: int) -> list[dict[str, Any]]:
        lines: list[dict[str, Any]] = []
        while found := self.sim("GET", f"journal?after={after}"):
            lines += found
            after = found[-1]["seq"]
        return lines

    def _get(self, who: str, service: str, name: str, query: dict[str, str]) -> Reply | None:
        asked = Asked("GET", f"/{service}/v1.0/{name}", query=_query(who, **query))
        reply = self.crr(who, asked)
        if reply.status == 200:
            return reply
        errors = reply.json["errorList"] if reply.body else [{"errorCode": str(reply.status)}]
        assert errors[0]["errorCode"] in NOT_YET, f"{who} cannot look at {name}: {errors}"
        return None


def _query(who: str, **query: str) -> dict[str, str]:
    return {"participantName": who, **query}
