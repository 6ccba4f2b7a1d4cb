"""Real handshakes: who gets in, who is told, who is turned away at the door."""

from __future__ import annotations

import http.client
import json
import shutil
import socket
import ssl
import subprocess
import time
from datetime import UTC, datetime, timedelta

import pytest
from api_server import AUCTION, REQUEST_ID, Live, answer_of, read_to_end

from simulator.api import pki
from simulator.cli.pki_folder import PkiFolder

STATUS = "/crr/status"


def handshake(live: Live, context: ssl.SSLContext) -> str:
    """The TLS version of a call that was answered with 200."""
    connection = http.client.HTTPSConnection("localhost", live.port, timeout=20, context=context)
    try:
        connection.request("GET", STATUS, headers={"caiso-request-id": REQUEST_ID})
        version = connection.sock.version()
        answer = answer_of(connection.getresponse())
        assert answer.status == 200
        return version
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("version", "name"),
    [(ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.TLSv1_3, "TLSv1.3")],
)
def test_both_versions_serve(live, version, name):
    context = live.context("FIN1", minimum_version=version, maximum_version=version)
    assert handshake(live, context) == name


def test_java_8s_suite_serves(live):
    context = live.context("FIN1", maximum_version=ssl.TLSVersion.TLSv1_2)
    context.set_ciphers("ECDHE-RSA-AES256-GCM-SHA384")
    assert handshake(live, context) == "TLSv1.2"


def test_older_versions_are_refused(live):
    context = live.context("FIN1")
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        handshake(live, context)


def test_without_a_certificate_the_answer_is_an_empty_401(live):
    answer = live.call(None, "GET", STATUS)
    assert (answer.status, answer.body) == (401, b"")


def test_no_header_makes_anybody_somebody(live):
    claimed = {
        "x-client-cert": "FIN1", "x-forwarded-client-cert": "CN=FIN1",
        "x-ssl-client-s-dn": "CN=FIN1",
        "ssl-client-cert": live.folder.certificate("FIN1").read_text().replace("\n", " "),
        "authorization": "Bearer FIN1", "forwarded": "for=127.0.0.1",
    }  # fmt: skip
    assert live.call(None, "GET", STATUS, headers=claimed).status == 401


def other_context(live: Live, tmp_path, pair: pki.Pair) -> ssl.SSLContext:
    certificate, key = tmp_path / "other.pem", tmp_path / "other.key"
    certificate.write_bytes(pair.certificate_pem)
    key.write_bytes(pair.key_pem)
    context = live.context(None)
    context.load_cert_chain(certificate, key)
    return context


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_foreign_certificate_is_refused(live, tmp_path, version):
    now = datetime.now(UTC)
    foreign = pki.issue(pki.new_authority(now), pki.Kind.PARTICIPANT, "FIN1", now)
    context = other_context(live, tmp_path, foreign)
    context.minimum_version = context.maximum_version = version
    with pytest.raises((ssl.SSLError, ConnectionError, http.client.RemoteDisconnected)):
        handshake(live, context)


def test_an_expired_certificate_is_refused(live, tmp_path):
    then = datetime.now(UTC) - timedelta(days=3)
    expired = pki.issue(authority_of(live), pki.Kind.PARTICIPANT, "FIN1", then, days=2)
    with pytest.raises((ssl.SSLError, ConnectionError, http.client.RemoteDisconnected)):
        handshake(live, other_context(live, tmp_path, expired))


def test_a_certificate_that_expires_on_an_open_connection_counts_no_longer(live, tmp_path):
    # It ends so soon that the connection outlives it.
    soon = datetime.now(UTC) - timedelta(days=1) + timedelta(seconds=4)
    brief = pki.issue(authority_of(live), pki.Kind.PARTICIPANT, "FIN1", soon, days=1)
    connection = http.client.HTTPSConnection(
        "localhost", live.port, timeout=20, context=other_context(live, tmp_path, brief)
    )
    statuses = []
    ends = time.monotonic() + 15
    while 401 not in statuses and time.monotonic() < ends:
        connection.request("GET", STATUS, headers={"caiso-request-id": REQUEST_ID})
        statuses.append(answer_of(connection.getresponse()).status)
    connection.close()
    assert set(statuses) == {200, 401}


def authority_of(live: Live) -> pki.Pair:
    return pki.Pair(live.folder.certificate("ca").read_bytes(), live.folder.key("ca").read_bytes())


class Resuming:
    """A client of TLS 1.2 that goes on with its session on every new connection, as Java's does."""

    def __init__(self, live: Live, context: ssl.SSLContext) -> None:
        self._live = live
        self._context = context
        self._context.maximum_version = ssl.TLSVersion.TLSv1_2
        self._session: ssl.SSLSession | None = None

    def call(self, participant: str, resumed: bool) -> int:
        """The status of a call for a participant, 0 where the handshake already fails."""
        query = f"marketName={AUCTION}&participantName={participant}"
        request = (
            f"GET /crr/marketstatus/v1.0/marketStatus?{query} HTTP/1.1\r\nhost: x\r\n"
            f"caiso-request-id: {REQUEST_ID}\r\nconnection: close\r\n\r\n"
        )
        plain = socket.create_connection(("localhost", self._live.port), timeout=20)
        connection = self._context.wrap_socket(
            plain, server_hostname="localhost", session=self._session
        )
        with connection:
            assert connection.session_reused is resumed
            self._session = connection.session
            connection.sendall(request.encode())
            told = read_to_end(connection)
        return int(told.split()[1])


def test_a_resumed_session_calls_as_the_certificate_that_began_it(live):
    client = Resuming(live, live.context("FIN1"))
    assert [client.call("FIN1", resumed) for resumed in (False, True, True)] == [200] * 3
    assert client.call("GEN1", True) == 403
    nobody = Resuming(live, live.context(None))
    assert [nobody.call("FIN1", resumed) for resumed in (False, True)] == [401] * 2


def test_a_session_does_not_outlive_the_revocation_of_its_certificate(live, tmp_path):
    now = datetime.now(UTC)
    pair = pki.issue(authority_of(live), pki.Kind.PARTICIPANT, "FIN1", now)
    client = Resuming(live, other_context(live, tmp_path, pair))
    assert [client.call("FIN1", resumed) for resumed in (False, True)] == [200] * 2
    revoked = {**live.folder.revoked(), pair.certificate.serial_number: now}
    signed = pki.revocation_list(authority_of(live), revoked, now)
    live.folder.revocations.write_bytes(signed)
    ends = time.monotonic() + 2.5  # it is looked at once a second
    while (status := client.call("FIN1", True)) == 200 and time.monotonic() < ends:
        time.sleep(0.05)
    assert status == 401


def test_a_session_does_not_outlive_its_certificate(live, tmp_path):
    soon = datetime.now(UTC) - timedelta(days=1) + timedelta(seconds=3)
    brief = pki.issue(authority_of(live), pki.Kind.PARTICIPANT, "FIN1", soon, days=1)
    client = Resuming(live, other_context(live, tmp_path, brief))
    assert client.call("FIN1", False) == 200
    ends = time.monotonic() + 10
    while (status := client.call("FIN1", True)) == 200 and time.monotonic() < ends:
        time.sleep(0.05)
    assert status == 401


def test_tls_1_3_has_no_tickets_to_resume_by(live):
    context = live.context("FIN1", minimum_version=ssl.TLSVersion.TLSv1_3)
    with (
        socket.create_connection(("localhost", live.port), timeout=20) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        connection.sendall(
            f"GET {STATUS} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".encode()
        )
        assert read_to_end(connection).startswith(b"HTTP/1.1 400")
        assert not connection.session.has_ticket


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_a_session_is_not_negotiated_anew(live):
    words = ["openssl", "s_client", "-tls1_2", "-connect", f"localhost:{live.port}", "-CAfile",
             live.folder.certificate("ca"), "-cert", live.folder.certificate("FIN1"),
             "-key", live.folder.key("FIN1")]  # fmt: skip
    asked = subprocess.run(
        [str(word) for word in words], input="R\n", capture_output=True, text=True, timeout=20
    )
    assert "Verify return code: 0 (ok)" in asked.stdout
    assert "RENEGOTIATING" in asked.stderr + asked.stdout
    assert "no renegotiation" in asked.stderr
    assert asked.returncode != 0


def test_the_servers_own_certificate_calls_nobody(live):
    with pytest.raises((ssl.SSLError, ConnectionError, http.client.RemoteDisconnected)):
        handshake(live, live.context("server"))  # it is not for clients


def test_a_revoked_certificate_is_refused_at_once_also_on_an_open_connection(live):
    connection = http.client.HTTPSConnection(
        "localhost", live.port, timeout=20, context=live.context("LEAVER")
    )
    header = {"caiso-request-id": REQUEST_ID}
    connection.request("GET", STATUS, headers=header)
    assert answer_of(connection.getresponse()).status == 200
    live.folder.revoke(["LEAVER"], datetime.now(UTC))
    live.watch.look()
    connection.request("GET", STATUS, headers=header)
    assert answer_of(connection.getresponse()).status == 401
    connection.close()
    with pytest.raises((ssl.SSLError, ConnectionError, http.client.RemoteDisconnected)):
        handshake(live, live.context("LEAVER"))
    assert handshake(live, live.context("FIN1"))


def test_a_server_that_was_not_asked_for_is_not_trusted(live):
    context = live.context("FIN1")
    connection = http.client.HTTPSConnection("127.0.0.2", live.port, timeout=20, context=context)
    with pytest.raises((ssl.SSLError, ConnectionError, OSError)):
        connection.request("GET", STATUS)


def test_connections_stay_open_between_calls(live):
    connection = http.client.HTTPSConnection(
        "localhost", live.port, timeout=20, context=live.context("FIN1")
    )
    path = f"/crr/marketstatus/v1.0/marketStatus?marketName={AUCTION}&participantName=FIN1"
    used = set()
    for _ in range(3):
        connection.request("GET", path, headers={"caiso-request-id": REQUEST_ID})
        answer = answer_of(connection.getresponse())
        assert json.loads(answer.body) == "OPEN"
        used.add(id(connection.sock))
    assert len(used) == 1
    assert live.server.config.timeout_keep_alive == 75
    connection.close()


def test_a_pki_folder_of_another_authority_is_another_world(live, tmp_path):
    other = PkiFolder(tmp_path)
    other.initialise([], datetime.now(UTC))
    context = ssl.create_default_context(cafile=str(other.certificate("ca")))
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(live, context)
