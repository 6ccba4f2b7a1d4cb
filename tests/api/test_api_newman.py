"""`marketsim serve --mock`, and Postman's own runner that sends every collection to it."""

from __future__ import annotations

import http.client
import json
import shutil
import ssl
import subprocess
import sys
from pathlib import Path

import pytest
from api_commands import serving
from api_server import REQUEST_ID, answer_of

from simulator.api.documents import load_documents
from simulator.api.postman import collection_name, collection_text
from simulator.cli import execute

DOCUMENTS = load_documents()
NEWMAN = shutil.which(str(Path(sys.executable).parent / "newman")) or shutil.which("newman")
needs_newman = pytest.mark.skipif(
    NEWMAN is None or shutil.which("node") is None,
    reason="no newman; .ci/system-packages installs it",
)


@pytest.fixture(scope="module")
def mocked(tmp_path_factory):
    """Folder and address of a mock."""
    data = tmp_path_factory.mktemp("mocked")
    assert execute(["certs", "init", "--data", str(data)]) == 0
    assert execute(["certs", "issue", "SIM1", "--data", str(data)]) == 0
    with serving(data, "--mock") as said:
        yield data, said


def get(data: Path, port: int, path: str, name: str | None = "SIM1"):
    context = ssl.create_default_context(cafile=str(data / "pki" / "ca.pem"))
    if name is not None:
        context.load_cert_chain(data / "pki" / f"{name}.pem", data / "pki" / f"{name}.key")
    connection = http.client.HTTPSConnection("localhost", port, timeout=20, context=context)
    connection.request("GET", path, headers={"caiso-request-id": REQUEST_ID})
    answer = answer_of(connection.getresponse())
    connection.close()
    return answer


def test_the_mock_says_where_it_is_and_answers_from_the_examples(mocked):
    data, said = mocked
    assert said["url"] == f"https://localhost:{said['port']}"
    path = "/crr/marketstatus/v1.0/marketStatus?marketName=AUC_MN_2099_M01&participantName=SIM1"
    answer = get(data, said["port"], path)
    assert (answer.status, answer.body) == (200, b'"OPEN"')
    assert answer.headers["caiso-request-id"] == REQUEST_ID


def test_the_mock_refuses_as_the_server_does(mocked):
    data, said = mocked
    assert get(data, said["port"], "/crr/status", None).status == 401
    assert get(data, said["port"], "/crr/nowhere").codes == ["SER0029"]
    assert get(data, said["port"], "/crr/auction/v1.0/portfolioList").codes == ["SER0017"] * 2


def test_a_mock_without_an_authority_is_refused(tmp_path, capsys):
    assert execute(["serve", "--mock", "--data", str(tmp_path)]) == 2
    assert "marketsim certs init" in capsys.readouterr().err


@needs_newman
@pytest.mark.parametrize("told", DOCUMENTS, ids=lambda told: told.service)
def test_newman_sends_every_request_and_its_tests_hold(mocked, tmp_path, told, record_property):
    data, said = mocked
    file, report = tmp_path / collection_name(told), tmp_path / "report.json"
    file.write_text(collection_text(told, f"{said['url']}/crr"))
    pki = data / "pki"
    words = [NEWMAN, "run", str(file), "--ssl-extra-ca-certs", str(pki / "ca.pem")]
    words += ["--ssl-client-cert", str(pki / "SIM1.pem"), "--ssl-client-key", str(pki / "SIM1.key")]
    words += ["--reporters", "json", "--reporter-json-export", str(report), "--timeout", "120000"]
    ran = subprocess.run(words, capture_output=True, text=True, timeout=180)
    done = json.loads(report.read_text())["run"]
    failures = [each["error"]["message"] for each in done["failures"]]
    assert (ran.returncode, failures) == (0, []), ran.stdout + ran.stderr
    assert done["stats"]["requests"]["total"] == len(told.operations)
    asserted = done["stats"]["assertions"]["total"]
    assert asserted == 3 * len(told.operations)
    record_property(
        "counted", f"newman: {told.service}: {len(told.operations)} requests, {asserted} checks"
    )


@needs_newman
def test_newman_fails_where_the_client_is_nobody(mocked, tmp_path):
    data, said = mocked
    told = DOCUMENTS[0]
    file = tmp_path / collection_name(told)
    file.write_text(collection_text(told, f"{said['url']}/crr"))
    trust = ["--ssl-extra-ca-certs", str(data / "pki" / "ca.pem")]
    ran = subprocess.run([NEWMAN, "run", str(file), *trust], capture_output=True, timeout=180)
    assert ran.returncode == 1
