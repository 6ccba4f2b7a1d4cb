"""One server for all tests of this folder: a market whose auction is open."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from api_server import Live, live_server


@pytest.fixture(scope="session")
def live(tmp_path_factory) -> Iterator[Live]:
    with live_server(tmp_path_factory.mktemp("sandbox"), "auction-open") as running:
        yield running
