"""One server for all tests of this folder: a market whose auction is open."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from api_in_process import in_process
from api_server import PASSWORD, Answer, Live, live_server
from api_special_kit import Stand, Start, preloaded

from simulator.api.api import Api
from simulator.api.app import Application
from simulator.api.documents import Operation
from simulator.api.door import FixedClock
from simulator.api.logs import request_log
from simulator.api.metrics import Metrics
from simulator.api.mock import NoMarket, mock_routes
from simulator.cli.pki_folder import PkiFolder

NOW = 1_770_746_709  # 2026-02-10T18:05:09Z


@pytest.fixture(scope="session")
def live(tmp_path_factory) -> Iterator[Live]:
    with live_server(tmp_path_factory.mktemp("sandbox"), "auction-open") as running:
        yield running


@pytest.fixture(scope="session")
def special_start(tmp_path_factory) -> Start:
    return preloaded(tmp_path_factory.mktemp("special"))


@pytest.fixture
def stand(special_start, tmp_path) -> Iterator[Stand]:
    """A market of one's own in which no special process has begun."""
    with special_start.copied(tmp_path) as standing:
        yield standing


@pytest.fixture(scope="session")
def mock(tmp_path_factory) -> Iterator[Callable[[Operation, bytes, bytes], Answer]]:
    """The mock's answer to one request of an operation: raw query and raw body."""
    folder = PkiFolder(tmp_path_factory.mktemp("mock"))
    now = datetime.now(UTC)
    folder.initialise([], now)
    folder.issue(["ANYBODY"], now, PASSWORD)
    metrics = Metrics()
    door = NoMarket(FixedClock(NOW))
    api = Api(mock_routes(), door, request_log(io.BytesIO()), metrics, time.perf_counter)
    with in_process(Application(api, metrics), folder) as calling:

        def answer(operation: Operation, query: bytes, body: bytes) -> Answer:
            path = f"/crr{operation.path}"
            return calling.call("ANYBODY", operation.method.upper(), path, query, body)

        yield answer
