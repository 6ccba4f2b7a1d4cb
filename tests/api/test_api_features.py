"""`marketsim feature --target`: somebody's feature files, played on a sandbox over mutual TLS."""

from __future__ import annotations

import json
import shlex
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest
from api_sandbox import Served, sandbox_server
from api_server import ROOT, SHORT_RUN

from simulator.api.client import Client
from simulator.cli.target import context, target
from simulator.domain import Refused

README = ROOT / "features" / "README.md"
SKIP = "--skip-unreachable"
LOOK = 'Then the awards of "ALLOC_MN_2024_M04_T1" keep every limit that they use up'
BEGUN = f'Given the calendar "{SHORT_RUN}" is played with seed 1'
MONTH = f"""\
Feature: Tier 1 of a utility

  Background:
    {BEGUN}
    And these participants take part:
      | participant | role | serves load at |
      | LSEP        | LSE  | DLAP_PGAE-APND |

  Scenario: The window is open
    Given it is Tuesday of week 1 at 09:00
    And the market "ALLOC_MN_2024_M04_T1" is in state OPEN
    And LSEP has no portfolio "mine" in "ALLOC_MN_2024_M04_T1"
    When LSEP nominates in "ALLOC_MN_2024_M04_T1" as "mine":
      | source         | sink           | period   | TOU | MW |
      | DIABLO1_7_N001 | DLAP_PGAE-APND | 2024_M04 | ON  | 1  |
    Then it is answered SUBMITTED
    And the portfolio "mine" of LSEP in "ALLOC_MN_2024_M04_T1" is SUBMITTED
    When LSEP nominates in "ALLOC_MN_2024_M04_T1" as "too much":
      | source         | sink           | period   | TOU | MW      |
      | DIABLO1_7_N001 | DLAP_PGAE-APND | 2024_M04 | ON  | its cap |
    Then it is answered INVALID
    And what counts in the market is what counted before
    When LSEP deletes the portfolio "mine" of "ALLOC_MN_2024_M04_T1"
    Then it is refused with POR0010, "is submitted and cannot be deleted"
    And nothing in the market has changed
    When the operator enters 0.01 USD as the collateral of FIN1
    And OPERATOR writes to FIN1 "Please call"
    Then FIN1 has the private message "Please call"
    And no result of "ALLOC_MN_2024_M04_T1" can be downloaded

  Scenario: The books are looked into
    Given it is Tuesday of week 1 at 09:00
    Then the awards of "ALLOC_MN_2024_M04_T1" keep every limit that they use up

  Scenario: The window is closed
    When it is Tuesday of week 1 at 17:00
    Then the market "ALLOC_MN_2024_M04_T1" is in state CLOSED
    And everybody can download:
      | file                                                      |
      | PUBLIC_EXISTING_CRR.csv                                   |
      | ALLOC_MN_2024_M04_T1/ALLOC_MN_2024_M04_T1_SOURCE_SINK.csv |
    And each holder can download its own CRRs and nobody else's
    And the journal holds every step from the first to the last
"""
FAULTY = f"""\
Feature: What does not hold

  Scenario: Not open
    {BEGUN}
    Then the market "ALLOC_MN_2024_M04_T1" is in state CLOSED

  Scenario: Too late
    {BEGUN}
    When it is Tuesday of week 1 at 08:59

  Scenario: Not so
    {BEGUN}
    When LSEP creates the portfolio "mine" of "ALLOC_MN_2024_M04_T1" with nothing in it
    Then nothing in the market has changed

  Scenario: It counts
    {BEGUN}
    When LSEP nominates in "ALLOC_MN_2024_M04_T1" as "counts":
      | source         | sink           | period   | TOU | MW |
      | DIABLO1_7_N001 | DLAP_PGAE-APND | 2024_M04 | ON  | 1  |
    Then it is answered SUBMITTED
    And what counts in the market is what counted before
"""
BEYOND = """\
Feature: Beyond

  Scenario: Another seed
    Given the calendar "market-sim" is played with seed 2
    Then the awards of "ALLOC_MN_2024_M04_T1" keep every limit that they use up
    And it is answered NEW
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Iterator[Served]:
    with sandbox_server(tmp_path_factory.mktemp("sandbox")) as running:
        yield running


def url(served: Served) -> str:
    return f"https://localhost:{served.port}"


def run(served: Served, folder: Path, text: str, *options: str) -> subprocess.CompletedProcess[str]:
    """As features/README.md shows it, but for the address and the sandbox's folder."""
    (folder / "mine.feature").write_text(text, encoding="utf-8")
    shown = README.read_text("utf-8").partition("## On a server")[2]
    line = shown.partition("```bash\n")[2].partition("```")[0].replace("\\\n", "")
    line = line.replace("https://localhost:8443", url(served))
    _, *words = shlex.split(line.replace("out/april/pki", str(served.folder.path)))
    words.remove(SKIP)
    command = [sys.executable, "-m", "simulator", *words, *options]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)


def test_what_can_be_told_over_the_wire_is_played_in_a_fork(served, tmp_path):
    before = served.journalled()
    done = run(served, tmp_path, MONTH, SKIP, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert (told["passed"], told["failed"], told["skipped"]) == (2, 0, 1)
    skipped = told["scenarios"][1]
    assert (skipped["scenario"], skipped["status"]) == ("The books are looked into", "skipped")
    assert skipped["step"] == LOOK
    assert "played in-process only" in skipped["reason"]
    assert served.journalled() == before
    (fork,) = served.sandbox._forked
    lines = served.sim("GET", "journal", base=f"/{fork}").json
    assert any(line["key"].startswith("ALLOC_MN_2024_M04_T1/LSEP/") for line in lines), "played on"
    assert served.sim("GET", "clock").json["now"] == "2024-04-02T16:00:00Z"


def test_what_does_not_hold_is_told_and_exits_1(served, tmp_path):
    done = run(served, tmp_path, FAULTY, "--json")
    assert done.returncode == 1, done.stderr
    told = json.loads(done.stdout)
    assert (told["passed"], told["failed"], told["skipped"]) == (0, 4, 0)
    reasons = [item["reason"] for item in told["scenarios"]]
    assert reasons[0] == "it is OPEN"
    assert "Tuesday of week 1 at 08:59 is over" in reasons[1]
    assert "marketsim serve --until" in reasons[1]
    assert reasons[2] == "the market's books are not what they were"
    assert told["scenarios"][3]["step"] == "And what counts in the market is what counted before"
    assert "Traceback" not in done.stdout + done.stderr


def test_all_that_no_server_can_play_is_refused_before_the_first_step(served, tmp_path):
    before = served.sandbox._forked.copy()
    done = run(served, tmp_path, BEYOND)
    assert (done.returncode, done.stdout) == (2, "")
    lines = done.stderr.splitlines()
    assert [line.split()[:2] for line in lines] == [
        [f"{tmp_path}/mine.feature:4:", "FEA0008"], [f"{tmp_path}/mine.feature:5:", "FEA0007"]
    ]  # fmt: skip
    assert "allowed: short-run" in lines[0]
    assert "with seed 1" in lines[0]
    assert "looks into the market's books and is played in-process only" in lines[1]
    only = BEYOND.replace(
        '"market-sim" is played with seed 2', f'"{SHORT_RUN}" is played with seed 1'
    )
    done = run(served, tmp_path, only, SKIP)
    assert done.returncode == 2, "nothing is left to play"
    assert served.sandbox._forked == before


def refusal(
    served: Served, address: str | None = None, name: str = "operator", **paths: Path
) -> str:
    given = {"cert": served.folder.certificate(name), "key": served.folder.key(name), **paths}
    with pytest.raises(Refused) as refused:
        target(address or url(served), given["cert"], given["key"], given.get("cacert"))
    (finding,) = refused.value.findings
    assert all((finding.where, finding.found, finding.allowed, finding.remedy))
    return str(finding)


def test_only_the_operator_plays_on_a_server(served):
    assert "the certificate is not the operator's" in refusal(served, name="FIN1")


def test_the_server_is_known_by_its_authority_and_its_name(served, tmp_path):
    with sandbox_folder(tmp_path) as other:
        assert "not of the authority that is trusted" in refusal(served, cacert=other)
    operator = context(*(served.folder.certificate("ca"), served.folder.certificate("operator"),
                         served.folder.key("operator")))  # fmt: skip
    with listening(served.folder.server_context()) as port, pytest.raises(Refused) as refused:
        Client(f"https://127.0.0.2:{port}", operator).call("GET", "/")
    assert "is for another name" in str(refused.value)


def test_what_is_no_sandbox_is_told(served):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        operator = target(
            url(served), served.folder.certificate("operator"), served.folder.key("operator"), None
        ).operator
        with pytest.raises(Refused, match="does not answer"):
            Client(f"https://localhost:{port}", operator.context).call("GET", "/", seconds=0.2)
    assert "no server can be reached" in refusal(served, f"https://localhost:{port}")
    assert "does not say which month" in refusal(served, f"{url(served)}/nowhere")
    assert "no address of a server" in refusal(served, f"http://localhost:{served.port}")


def test_options_and_files_that_are_missing_or_do_not_fit_are_named(served, tmp_path):
    with pytest.raises(Refused) as refused:
        target(None, None, tmp_path / "key", None)
    assert [finding.where for finding in refused.value.findings] == ["--target", "--cert"]
    assert str(tmp_path / "no.key") in refusal(served, key=tmp_path / "no.key")
    assert "the file cannot be used" in refusal(served, key=served.folder.key("FIN1"))


@contextmanager
def sandbox_folder(folder: Path) -> Iterator[Path]:
    """The authority of another sandbox."""
    from datetime import UTC, datetime

    from simulator.cli.pki_folder import PkiFolder

    made = PkiFolder(folder)
    made.initialise([], datetime.now(UTC))
    yield made.certificate("ca")


@contextmanager
def listening(server: ssl.SSLContext) -> Iterator[int]:
    """A server of the right authority at an address that its certificate does not have."""
    with socket.create_server(("127.0.0.2", 0)) as plain:

        def greet() -> None:
            taken, _ = plain.accept()
            with taken, pytest.raises(OSError):  # noqa: PT011
                server.wrap_socket(taken, server_side=True).recv(1)

        thread = Thread(target=greet, daemon=True)
        thread.start()
        yield plain.getsockname()[1]
        thread.join(timeout=5)
