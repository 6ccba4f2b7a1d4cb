"""One market in this process, played along its calendar as a feature's scenarios ask for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from simulator.cli.scenario import read_scenario, scenario_file
from simulator.cli.shell import shipped
from simulator.domain import Crr, Participant, Portfolio, PortfolioStatus, Tou
from simulator.engine import Run
from simulator.market import load, messages, migration, processes
from simulator.market.command import OPERATOR, Command
from simulator.market.n_hours import posted_n_hours
from simulator.market.outages import PlannedOutage
from simulator.market.portfolios import create_arguments, submitted
from simulator.market.publication import run_files
from simulator.market.room import MarketRoom
from simulator.market.world import World
from simulator.market.world_folder import read_world_folder
from simulator.store import Entry, Store, Transaction, books, open_store, tables

from .door import CAP, Answer, CapKey, Door, Stage, Standing
from .downloads import OWN_CRRS, PRIVATE, PUBLIC, crrs, rows

FILES = "files at"
RESULTS = (
    "PUBLIC_ALLOCATION_RESULT",
    "PRIVATE_ALLOCATION_RESULT",
    "PUBLIC_AUCTION_RESULT",
    "PRIVATE_AUCTION_RESULT",
    "CLEARING_PRICE",
    "BINDING_CONSTRAINT",
    "awards.csv",
    "clearing_prices.csv",
    "binding_constraints.csv",
)


class Play(Door):
    """A market in this process, with a look at all of its books."""

    def __init__(self, store: Store, world: World) -> None:
        super().__init__(world.scenario)
        self.store = store
        self.world = world
        self.asked = 0
        self._room = MarketRoom(store, world)
        self._run = Run(self._room)

    def reading(self) -> AbstractContextManager[Transaction]:
        """A look at the market's books."""
        return self.store.reading()

    def go_to(self, moment: int) -> None:
        self._run.play_to(moment)

    def carry_out(self, kind: str, who: str, arguments: Mapping[str, Any], user: str = "") -> Entry:
        """A command, and the line that the journal has of it."""
        self.asked += 1
        key = f"feature/{self.asked}/{who}/{kind}"
        return self._room.carry_out(Command(key, kind, who, self.moment, arguments, user))

    def asked_for(self, kind: str, who: str, arguments: Mapping[str, Any]) -> Answer:
        before = self.digest()
        entry = self.carry_out(kind, who, arguments)
        return _answer(entry, Portfolio("", "", who), before)

    def handed(self, kind: str, portfolio: Portfolio, user: str) -> Answer:
        who, market = portfolio.participant, portfolio.market
        before, counted = self.digest(), self.counted(market, who)
        address = {"market": market, "participant": who, "portfolio": portfolio.name}
        whole = create_arguments(portfolio) if kind == "create_portfolio" else address
        return _answer(self.carry_out(kind, who, whole, user), portfolio, before, counted)

    def give(self, user: str, organisation: str, who: str, functions: list[list[str]]) -> None:
        given = {"user": user, "organisation": organisation, "participant": who}
        answer = self.ask("provision", OPERATOR, **given, functions=functions)
        assert not answer.refused, answer.reasons

    def people(self) -> Mapping[str, Participant]:
        return self.world.participants

    def digest(self) -> str:
        return self.store.state_digest()

    def first_break(self) -> int | None:
        broken = self.store.first_break()
        if broken is not None:
            return broken
        last = 0
        for entry in self.store.entries():
            if entry.at < last:
                return entry.seq
            last = entry.at
        return None

    def counted(self, market: str, who: str) -> tuple[Portfolio, ...]:
        with self.reading() as tx:
            return submitted(tx, market)

    def standing(self, market: str) -> Standing:
        with self.reading() as tx:
            state = books.market(tx, market)
            names = [other.market.name for other in books.markets(tx)]
        assert state is not None, f"there is no market {market}; there are {names}"
        return Standing(state.status, state.closes_at)

    def process(self, name: str) -> str:
        spec = self.spec(name)
        assert spec is not None, f"the calendar has no process {name}"
        with self.reading() as tx:
            return processes.status(tx, spec)

    def told_everybody(self) -> list[str]:
        with self.reading() as tx:
            return [row["text"] for row in tx.rows(tables.message, audience="")]

    def told(self, who: str) -> list[str]:
        with self.reading() as tx:
            return [item.text for item in messages.all_messages(tx) if item.recipient == who]

    def portfolios(self, who: str, market: str) -> dict[str, PortfolioStatus]:
        with self.reading() as tx:
            found = books.portfolios(tx, market=market, participant=who)
        return {item.name: item.status for item in found}

    def caps(self, who: str, market: str, kind: str = CAP) -> dict[CapKey, Decimal]:
        with self.reading() as tx:
            rows = tx.rows(tables.nomination_cap, market=market, participant=who, kind=kind)
        return {(row["sink"], row["period"], Tou(row["tou"])): row["mw"] for row in rows}

    def short_usd(self, who: str, market: str) -> Decimal:
        with self.reading() as tx:
            (row,) = tx.rows(tables.collateral_check, market=market, participant=who)
        return Decimal(0) if row["passed"] else row["required_usd"] - row["available_usd"]

    def rights(self, participant: str) -> list[dict[str, str]]:
        path = f"{PRIVATE}/{participant}/EFFECTIVE_RIGHTS_{participant}.csv"
        return [
            {
                "user": row["User"], "organisation": row["Organisation"],
                "function": row["Access"], "service": row["Service"],
            }
            for row in rows(self.files().get(path, b""))
            if row["Participant"] == participant
        ]  # fmt: skip

    def files(self) -> dict[str, bytes]:
        """Every file that could be downloaded at this moment, with its path; made once a moment."""
        key = f"{FILES} {self.moment} after {self.asked}"
        if key not in self.noted:
            kept = {name: value for name, value in self.noted.items() if not name.startswith(FILES)}
            with self.reading() as tx:
                self.noted = {**kept, key: dict(run_files(tx, self.world))}
        return dict(self.noted[key])

    def file(self, path: str) -> bytes:
        return self.files().get(f"{PUBLIC}/{path}", b"")

    def results(self, market: str) -> list[str]:
        return [
            path
            for path in self.files()
            if f"/{market}/" in path and any(kind in path for kind in RESULTS)
        ]

    def crrs(self) -> tuple[Crr, ...]:
        with self.reading() as tx:
            return books.crrs(tx)

    def own_crrs(self, who: str) -> tuple[Crr, ...]:
        own = f"{PRIVATE}/{who}/{OWN_CRRS}"
        texts = [text for path, text in self.files().items() if path.startswith(own)]
        return tuple(crr for text in texts for crr in crrs(text))

    def loads(self, who: str, window: str) -> tuple[str, set[Decimal]]:
        spec = self.spec(window)
        assert spec is not None
        with self.reading() as tx:
            stored = load.submissions(tx, window, spec.periods[0].name)
        found = [item for item in stored if item.owner == who]
        assert found, f"{who} has no load on file in {window}"
        return found[0].status.value, {record.mw for record in found[0].records}

    def load_metric(self, who: str, window: str, sink: str) -> list[Decimal]:
        spec = self.spec(window)
        assert spec is not None
        period = spec.periods[0]
        with self.reading() as tx:
            return [load.submitted_metric(tx, spec, period, who, sink, tou).value for tou in Tou]

    def n_hours(self, market: str) -> list[tuple[str, int, str]]:
        with self.reading() as tx:
            found = posted_n_hours(tx, market)
        return [(hour.dlap, hour.season, hour.tou.value) for hour in found]

    def upload(self, who: str, part: str, udc: str, market: str, day: str, rows: Any) -> Answer:
        numbers = {name: number for number, name in migration.duns_numbers(self.world).items()}
        records = [[numbers.get(cell, cell) for cell in row] for row in rows]
        given = {"market": market, "udc": udc, "part": part, "effective_date": day}
        return self.ask("upload_migration", who, **given, records=records)


class Books(Stage):
    """The plays of one feature file in this process: same outages too, same market."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._plays: dict[tuple[str, int, tuple[PlannedOutage, ...]], Play] = {}

    def play(self, calendar: str, seed: int, *outages: PlannedOutage) -> Play:
        """`outages` come on top of those that the shipped network has."""
        key = calendar, seed, outages
        if key not in self._plays:
            fixtures = shipped("fixtures")
            folder = read_world_folder(
                fixtures / "california", fixtures / "participants", fixtures / "load_history"
            )
            folder = replace(folder, outages=(*folder.outages, *outages))
            world = World(read_scenario(scenario_file(calendar)), seed, folder)
            store = open_store(f"sqlite:///{self._folder / f'{len(self._plays)}.db'}")
            self._plays[key] = Play(store, world)
        return self._plays[key]

    def close(self) -> None:
        """Give the databases back."""
        for play in self._plays.values():
            play.store.close()


def _answer(entry: Entry, portfolio: Portfolio, before: str, counted: Any = ()) -> Answer:
    effect = json.loads(entry.effect)
    if entry.status == "refused":
        return Answer("refused", list(effect), {}, portfolio, before, counted)
    found, status = list(effect.get("findings", ())), str(effect.get("status", "done"))
    return Answer(status, found, effect, portfolio, before, counted)
