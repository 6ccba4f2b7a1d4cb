"""Every command that the documentation shows does what it says, run as a reader would run it."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import socket
import ssl
import subprocess
import sys
from pathlib import Path

import pytest
from docs_text import README, ROOT, WRITTEN_BY_US, shown_commands

SHOWN = [(file, line) for file in WRITTEN_BY_US for line in shown_commands(file)]
PROGRAM = [pair for pair in SHOWN if not pair[1].startswith("make ")]
MAKE = [line for _, line in SHOWN if line.startswith("make ")]
# A month is played in full by other tests; here every run stops when first results are posted.
SHORT = " --until w1-t1-post"
WITHOUT_A_SERVER = "--database postgresql://"


@pytest.fixture(scope="module")
def desk(tmp_path_factory) -> Path:
    """A folder that looks like a clone of the repository, with results of its own."""
    folder = tmp_path_factory.mktemp("desk")
    for name in ("docs", "fixtures", "features", "scenarios"):
        (folder / name).symlink_to(ROOT / name)
    (folder / "out").mkdir()
    return folder


def shake_hands(port: int) -> None:
    """A TLS handshake: whoever finishes one is being served."""
    anybody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", port), timeout=60) as plain,
        anybody.wrap_socket(plain),
    ):
        pass


def served(line: str, desk: Path) -> subprocess.CompletedProcess[str]:
    """A server that was started, has said that it serves, and was ended with control-C."""
    words = [*shlex.split(line), "--port", "0", "--json"]
    words[0] = str(Path(sys.executable).parent / words[0])
    with subprocess.Popen(
        words, cwd=desk, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        said = server.stdout.readline()
        if said:
            shake_hands(json.loads(said)["port"])
            server.send_signal(signal.SIGINT)
        out, err = server.communicate(timeout=60)
    return subprocess.CompletedProcess(words, server.returncode, said + out, err)


def typed(line: str, desk: Path) -> subprocess.CompletedProcess[str]:
    """The line as typed at a shell where `marketsim` is installed."""
    bin_folder = str(Path(sys.executable).parent)
    environment = {**os.environ, "PATH": os.pathsep.join([bin_folder, os.environ["PATH"]])}
    return subprocess.run(
        shlex.split(line), cwd=desk, env=environment, capture_output=True, text=True, timeout=300
    )


@pytest.mark.parametrize(
    ("file", "line"), PROGRAM, ids=[f"{file.stem}: {line}"[:90] for file, line in PROGRAM]
)
def test_the_command_does_what_it_says(file, line, desk):
    if line.startswith("marketsim run") and not re.search("--until|long-term", line):
        line += SHORT
    done = (served if line.startswith("marketsim serve") else typed)(line, desk)
    assert "Traceback" not in done.stderr
    if WITHOUT_A_SERVER in line:  # nobody listens there; tests/engine play it on a real server
        assert done.returncode == 2
        assert "RUN0001" in done.stderr
        assert "secret" not in done.stderr
    else:
        assert done.returncode == 0, done.stderr + done.stdout
        assert done.stdout or line.startswith("cp ")


@pytest.mark.parametrize("line", MAKE)
def test_make_knows_the_command(line):
    words = shlex.split(line)
    planned = subprocess.run(
        [words[0], "-n", *words[1:]], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert planned.returncode == 0, planned.stderr
    target = next(word for word in words[1:] if "=" not in word)
    expected = {"run": "marketsim run --out", "test": "-m pytest"}[target]
    assert expected in planned.stdout


def test_the_readme_names_both_make_commands_first():
    fenced = [line for line in shown_commands(README) if not line.startswith("marketsim")]
    assert fenced[:2] == ["make run", "make test"]
