"""`marketsim serve --mock`: the participant API from the examples of its documents, no market."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # what a server needs takes a second to import: not before it is asked for
    from simulator.api.logs import LogSink
    from simulator.api.server import Server
    from simulator.cli.pki_folder import PkiFolder


class WallClock:
    """The machine's own time: a mock has no calendar."""

    behind = False

    def now(self) -> int:
        """Epoch seconds."""
        return int(time.time())

    def catch_up(self) -> int:
        """Nothing becomes due."""
        return self.now()


def mock_server(folder: PkiFolder, stream: LogSink) -> Server:
    """The server; it takes every certificate of the folder's authority that is not revoked."""
    from simulator.api.api import Api
    from simulator.api.app import Application
    from simulator.api.logs import request_log, server_faults
    from simulator.api.metrics import Metrics
    from simulator.api.mock import NoMarket, mock_routes
    from simulator.api.server import Server
    from simulator.cli.files import connections_allowed
    from simulator.cli.revocation import RevocationWatch

    server_faults(stream)
    metrics = Metrics()
    clock = WallClock()
    api = Api(mock_routes(), NoMarket(clock), request_log(stream), metrics, time.perf_counter)
    context = folder.server_context()
    watch = RevocationWatch(folder, context, api)

    def every_second() -> None:
        stream.flush()
        watch.look()

    application = Application(api, metrics)
    return Server(application, context, clock.now, every_second, connections_allowed())
