"""`marketsim serve` as a process of its own, for tests with clients of other makers."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def serving(data: Path, *words: str) -> Iterator[dict[str, Any]]:
    """A server on a free port; what it says of itself. Its folder has an authority already."""
    command = [sys.executable, "-m", "simulator", "serve", *words, "--data", str(data)]
    process = subprocess.Popen(
        [*command, "--port", "0", "--json", "--log", str(data / "log")],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, process.communicate()[1]
    said = json.loads(line)
    try:
        _until_it_listens(said["port"])
        yield said
    finally:
        process.send_signal(signal.SIGINT)
        _, complaints = process.communicate(timeout=60)
    assert (process.returncode, complaints) == (0, "")


def _until_it_listens(port: int) -> None:
    """It says where it will be a moment before it is there."""
    for _ in range(200):
        try:
            socket.create_connection(("localhost", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return
