"""One server for all tests of this folder: a market whose auction is open."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from api_server import Live, live_server
from api_special_kit import Stand, Start, preloaded


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
