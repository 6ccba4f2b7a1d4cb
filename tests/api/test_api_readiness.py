"""Whether callers should be sent to a server, and what it tells those who measure it."""

from __future__ import annotations

import asyncio
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest
from api_sandbox import sandbox_server
from prometheus_client.parser import text_string_to_metric_families

from simulator.api.readiness import Readiness


def test_a_server_without_its_database_is_not_ready_and_says_so(tmp_path):
    with sandbox_server(tmp_path, "t1-open") as served:
        assert served.call(None, "GET", "/ready").json == {"ready": True}
        books = tmp_path / "market.db"
        books.rename(tmp_path / "elsewhere.db")
        gone = served.call(None, "GET", "/ready")
        assert (gone.status, gone.codes) == (503, ["SER0028"])
        said = gone.json["errorList"][0]["errorDescription"]
        assert said.startswith("database: the server is not ready; found: it cannot be used")
        assert str(tmp_path) not in said
        assert served.call(None, "GET", "/health").json == {"status": "up"}
        (tmp_path / "elsewhere.db").rename(books)
        assert served.call(None, "GET", "/ready").status == 200


def why_not(answer: Any, stuck: bool = False) -> list[str]:
    """What is not ready behind a door whose store answers so."""
    store = SimpleNamespace(clock_is_kept=answer)
    door: Any = SimpleNamespace(room=SimpleNamespace(store=store), stuck=stuck)
    return [each.where for each in asyncio.run(Readiness(door).findings())]


@pytest.mark.parametrize(
    ("kept", "stuck", "where"),
    [(True, False, []), (False, False, ["clock"]), (True, True, ["calendar"])],
)
def test_somebody_keeps_the_clock_and_the_calendar_goes_on(kept, stuck, where):
    assert why_not(lambda: kept, stuck) == where


def test_a_database_that_says_nothing_holds_up_one_thread_and_nobody():
    answers, asked = Event(), []

    def silent() -> bool:
        asked.append(1)
        return answers.wait(20)

    async def many() -> list[str]:
        store = SimpleNamespace(clock_is_kept=silent)
        door: Any = SimpleNamespace(room=SimpleNamespace(store=store), stuck=False)
        readiness = Readiness(door, 0.05)
        told = [await readiness.findings() for _ in range(3)]
        answers.set()
        assert await Readiness(door, 20).findings() == []
        return [each.where for findings in told for each in findings]

    assert asyncio.run(many()) == ["database"] * 3
    assert len(asked) == 2


def test_every_figure_that_is_told_is_measured(tmp_path):
    with sandbox_server(tmp_path, "t1-open") as served:
        served.call("FIN1", "GET", "/crr/status")
        page = served.call("operator", "GET", "/metrics").body.decode()
        told = {
            sample.name: sample.value
            for family in text_string_to_metric_families(page)
            for sample in family.samples
        }
        assert told["crr_commands"] == served.room.carried_out.total() > 0
        assert told["crr_requests_in_flight"] == 0
        assert told["crr_requests_total"] == 1
        main, meanwhile = served.sandbox.main, []
        view = main.door.view

        async def watched(*asked: Any) -> Any:
            meanwhile.append(main.application._metrics.page())
            return await view(*asked)

        main.door.view = watched
        served.call("FIN1", "GET", "/crr/status")
        assert b"crr_requests_in_flight 1.0" in meanwhile[0]
