"""What docs/clients.md shows is run as it stands, but for the port."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from api_commands import serving
from api_server import ROOT, THREE_AUCTIONS

from simulator.cli import execute

TEXT = (ROOT / "docs" / "clients.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", TEXT, re.DOTALL | re.MULTILINE))
BIN = Path(sys.executable).parent
PATH = os.pathsep.join([str(BIN), os.environ["PATH"]])
OPEN = "AUC_MN_2024_M05"


def shown(section: str, language: str) -> str:
    (block,) = re.findall(
        rf"^```{language}\n(.*?)^```$", SECTIONS[section], re.DOTALL | re.MULTILINE
    )
    return block


def needs(command: str):
    missing = shutil.which(command, path=PATH) is None
    return pytest.mark.skipif(missing, reason=f"no {command}; .ci/system-packages says why")


@pytest.fixture(scope="module", params=["market", "mock"])
def sandbox(request, tmp_path_factory):
    """The folder above `sb`, and the port of the server that the examples are to find."""
    folder = tmp_path_factory.mktemp(request.param)
    data = str(folder / "sb")
    assert execute(["certs", "init", "--data", data]) == 0
    assert execute(["certs", "issue", "CCA1", "--data", data]) == 0
    words = ["--mock"] if request.param == "mock" else [str(THREE_AUCTIONS), "--until", "next-open"]
    with serving(folder / "sb", *words) as said:
        yield request.param, folder, said["port"]


def run(sandbox, words, text=None):
    """What a program says; `text` is what it reads."""
    _, folder, _ = sandbox
    environment = {**os.environ, "PATH": PATH}
    done = subprocess.run(
        words, cwd=folder, env=environment, input=text, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def here(sandbox, text: str) -> str:
    return text.replace("localhost:8443", f"localhost:{sandbox[2]}").replace(
        "simulator/api/openapi", str(ROOT / "simulator" / "api" / "openapi")
    )


@needs("curl")
@pytest.mark.parametrize("pkcs12", [False, True], ids=["pem", "pkcs12"])
def test_curl(sandbox, pkcs12):
    text = shown("curl", "bash")
    if pkcs12:
        (instead,) = re.findall(r"`(--cert-type P12 [^`]+)`", SECTIONS["curl"])
        text = text.replace("--cert sb/pki/CCA1.pem --key sb/pki/CCA1.key", instead)
        assert instead in text
    said = run(sandbox, ["bash", "-s"], here(sandbox, text))
    assert said.startswith('[{"name":"AUC_')


def test_python(sandbox):
    run(sandbox, ["bash", "-s"], here(sandbox, shown("Python, generated", "bash")))
    said = run(
        sandbox, [str(BIN / "python"), "-"], here(sandbox, shown("Python, generated", "python"))
    )
    wanted = f"{OPEN} 2024-04-05 00:00:00+00:00" if sandbox[0] == "market" else "AUC_"
    assert said.startswith(wanted)


@needs("javac")
def test_java(sandbox):
    program = sandbox[1] / "Try.java"
    program.write_text(here(sandbox, shown("Java", "java")))
    assert run(sandbox, ["java", str(program)]) == '{"status":"up"}\n'


@needs("newman")
def test_postman(sandbox):
    if sandbox[0] == "market":
        pytest.skip("the examples' market is the mock's alone, as the text says")
    said = run(sandbox, ["bash", "-s"], here(sandbox, shown("Postman", "bash")))
    assert "getPortfolioRequiredCredit" in said
