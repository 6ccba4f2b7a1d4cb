"""A PostgreSQL server of our own for a test: fresh, on this machine only, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PLACES = ("/usr/lib/postgresql", "/usr/local/pgsql", "/opt/homebrew/opt/postgresql")
SERVER_USER = "postgres"  # the server refuses to run as root


@contextmanager
def postgresql_server() -> Iterator[str]:
    """The address of an empty database; skips with a reason where there is no server."""
    programs = _programs()
    with tempfile.TemporaryDirectory(prefix="market-sim-pg-") as folder:
        data, log = Path(folder) / "data", Path(folder) / "log"
        user = _server_user(Path(folder))
        _run(user, programs / "initdb", "-D", data, "-U", "market", "-A", "trust", "-N")
        port = _free_port()
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
        _run(user, programs / "pg_ctl", "-D", data, "-l", log, "-w", "-o", options, "start")
        try:
            yield f"postgresql://market@127.0.0.1:{port}/postgres"
        finally:
            _run(user, programs / "pg_ctl", "-D", data, "-m", "immediate", "stop")


def _programs() -> Path:
    """The folder of the newest server's programs."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    homes = [home for place in PLACES for home in (Path(place), *Path(place).glob("*"))]
    installed = [home / "bin" for home in homes if (home / "bin" / "initdb").exists()]
    if not installed:
        pytest.skip("no PostgreSQL server is installed (initdb was not found)")
    return max(installed, key=lambda folder: [int(part) for part in _version(folder)])


def _version(folder: Path) -> list[str]:
    return [part for part in folder.parent.name.split(".") if part.isdigit()]


def _server_user(folder: Path) -> tuple[str, ...]:
    """What goes before a command so that it does not run as root."""
    if os.geteuid() != 0:
        return ()
    try:
        account = pwd.getpwnam(SERVER_USER)
    except KeyError:
        pytest.skip(f"PostgreSQL does not run as root, and there is no user {SERVER_USER}")
    os.chown(folder, account.pw_uid, account.pw_gid)
    return ("runuser", "-u", SERVER_USER, "--")


def _run(user: tuple[str, ...], *command: object) -> None:
    # Its own output goes nowhere: a server that inherits our pipe would keep it open.
    subprocess.run(
        [*user, *map(str, command)],
        cwd="/",
        check=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
