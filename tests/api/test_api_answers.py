"""Answers of reads are kept while nothing changes, and never what a change overtook."""

from __future__ import annotations

import asyncio
import io
import time
from datetime import UTC, datetime

import pytest
from api_in_process import in_process
from api_server import PASSWORD

from simulator.api.api import Api
from simulator.api.app import Application
from simulator.api.documents import load_documents
from simulator.api.door import FixedClock
from simulator.api.logs import request_log
from simulator.api.metrics import Metrics
from simulator.api.mock import NoMarket
from simulator.api.router import routes
from simulator.cli.pki_folder import PkiFolder

PATH = "/crr/marketstatus/v1.0/marketStatus"


async def nothing():
    pass


class Moving(NoMarket):
    """A market that another one changes."""

    version = 0


class Market:
    """What handlers read: how often they did, and what happens meanwhile."""

    def __init__(self, folder):
        self.folder = PkiFolder(folder)
        self.folder.initialise([], datetime.now(UTC))
        self.folder.issue(["ONE", "TWO"], datetime.now(UTC), PASSWORD)
        self.door = Moving(FixedClock(0))
        self.asked = 0
        self.meanwhile = nothing
        documents = load_documents()
        handlers = {
            (each.service, each.operation_id): self.answer
            for told in documents
            for each in told.operations
        }
        metrics, note = Metrics(), request_log(io.BytesIO())
        api = Api(routes(documents, handlers), self.door, note, metrics, time.perf_counter)
        self.application = Application(api, metrics)

    async def answer(self, call):
        self.asked += 1
        said = f"{self.asked} for {call.participant}"
        await self.meanwhile()
        return said

    def change(self):
        self.door.version += 1

    async def ask(self, who="ONE", market="A", participant="ONE"):
        query = f"marketName={market}&participantName={participant}".encode()
        return (await self.calling.asking(who, "GET", PATH, query)).json


@pytest.fixture
def market(tmp_path):
    made = Market(tmp_path)
    with in_process(made.application, made.folder) as made.calling:
        yield made


def played(market, play):
    market.calling.runner.run(asyncio.wait_for(play(), 10))


def test_an_answer_is_kept_for_its_caller_and_question_until_something_changes(market):
    async def play():
        assert [await market.ask(), await market.ask()] == ["1 for ONE", "1 for ONE"]
        assert await market.ask(participant="TWO") == "2 for TWO"
        assert await market.ask(market="B") == "3 for ONE"
        assert await market.ask(who="TWO") == "4 for ONE"
        market.change()
        assert [await market.ask(), await market.ask()] == ["5 for ONE", "5 for ONE"]

    played(market, play)


def test_what_was_read_before_a_change_is_not_kept_after_it(market):
    async def overtaken():
        market.meanwhile = nothing
        market.change()
        assert await market.ask(market="B") == "2 for ONE"  # the first since the change

    async def play():
        market.meanwhile = overtaken
        assert await market.ask() == "1 for ONE"
        assert [await market.ask(), await market.ask()] == ["3 for ONE", "3 for ONE"]

    played(market, play)
