"""The sandbox's certificate authority as its commands make it."""

from __future__ import annotations

import json
import re
import stat
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from simulator.api import pki
from simulator.cli import execute

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def made(tmp_path, capsys) -> Path:
    data = str(tmp_path)
    assert execute(["certs", "init", "--data", data, "--host", "sandbox.example.org"]) == 0
    assert execute(["certs", "issue", "SIM1", "SIM2", "--data", data, "--password", "pw"]) == 0
    capsys.readouterr()
    return tmp_path / "pki"


def certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def test_the_folder_is_as_the_contract_names_it(made):
    names = {path.name for path in made.iterdir()}
    assert names == {
        "ca.pem", "ca.key", "crl.pem", "server.pem", "server.key", "operator.pem", "operator.key",
        "SIM1.pem", "SIM1.key", "SIM1.p12", "SIM2.pem", "SIM2.key", "SIM2.p12",
    }  # fmt: skip


def test_secrets_are_for_the_owner_only(made):
    secrets = [path for path in made.iterdir() if path.suffix in (".key", ".p12")]
    assert len(secrets) == 7
    assert {stat.S_IMODE(path.stat().st_mode) for path in secrets} == {0o600}


def test_java_8_finds_rsa_where_it_looks(made):
    assert isinstance(certificate(made / "ca.pem").public_key(), rsa.RSAPublicKey)
    assert isinstance(certificate(made / "server.pem").public_key(), rsa.RSAPublicKey)
    assert isinstance(certificate(made / "SIM1.pem").public_key(), ec.EllipticCurvePublicKey)


def test_the_server_goes_by_its_names(made):
    extensions = certificate(made / "server.pem").extensions
    names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost", "sandbox.example.org"]
    addresses = names.get_values_for_type(x509.IPAddress)
    assert [str(address) for address in addresses] == ["127.0.0.1", "::1"]


def test_the_authority_signed_them_all(made):
    authority = certificate(made / "ca.pem")
    for name in ("ca", "server", "operator", "SIM1", "SIM2"):
        certificate(made / f"{name}.pem").verify_directly_issued_by(authority)


@pytest.mark.parametrize("legacy", [False, True])
def test_a_bundle_opens_with_its_password_alone(legacy):
    authority = pki.new_authority(NOW)
    pair = pki.issue(authority, pki.Kind.PARTICIPANT, "SIM1", NOW)
    content = pki.bundle(pair, authority, "SIM1", "pw", legacy)
    opened = pkcs12.load_pkcs12(content, b"pw")
    assert opened.cert is not None
    assert opened.cert.certificate == pair.certificate
    with pytest.raises(ValueError, match="password"):
        pkcs12.load_pkcs12(content, b"wrong")


def test_the_legacy_bundle_is_encrypted_as_older_java_reads_it():
    authority = pki.new_authority(NOW)
    pair = pki.issue(authority, pki.Kind.PARTICIPANT, "SIM1", NOW)
    three_des = bytes.fromhex("2a864886f70d010c0103")  # PBEWithSHA1And3-KeyTripleDES-CBC
    assert three_des in pki.bundle(pair, authority, "SIM1", "pw", legacy=True)
    assert three_des not in pki.bundle(pair, authority, "SIM1", "pw")


def test_a_revoked_name_may_have_a_new_certificate(made, capsys):
    data = str(made.parent)
    before = certificate(made / "SIM1.pem").serial_number
    assert execute(["certs", "issue", "SIM1", "--data", data]) == 2
    assert "CRT0004" in capsys.readouterr().err
    assert execute(["certs", "revoke", "SIM1", "--data", data]) == 0
    assert execute(["certs", "issue", "SIM1", "--data", data]) == 0
    assert certificate(made / "SIM1.pem").serial_number != before
    assert list(pki.revoked_serials((made / "crl.pem").read_bytes())) == [before]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["certs", "init"], "CRT0002"),
        (["certs", "issue", "a/b"], "CRT0001"),
        (["certs", "issue", "server"], "CRT0001"),
        (["certs", "issue", "CA"], "CRT0001"),
        (["certs", "issue", "é"], "CRT0001"),
        (["certs", "revoke", "NOBODY"], "CRT0005"),
    ],
)
def test_what_cannot_be_is_said(made, capsys, words, code):
    before = {path: path.read_bytes() for path in made.iterdir()}
    assert execute([*words, "--data", str(made.parent)]) == 2
    assert code in capsys.readouterr().err
    assert {path: path.read_bytes() for path in made.iterdir()} == before


def test_without_an_authority_nothing_is_issued(tmp_path, capsys):
    assert execute(["certs", "issue", "SIM1", "--data", str(tmp_path)]) == 2
    assert "certs init" in capsys.readouterr().err


def test_a_file_that_is_no_certificate_is_said(made, capsys):
    (made / "ca.pem").write_text("nothing")
    assert execute(["certs", "issue", "SIM3", "--data", str(made.parent)]) == 2
    assert "CRT0006" in capsys.readouterr().err


def test_what_was_written_as_json(tmp_path, capsys):
    assert execute(["certs", "init", "--data", str(tmp_path), "--json"]) == 0
    written = json.loads(capsys.readouterr().out)["written"]
    assert str(tmp_path / "pki" / "ca.pem") in written


def test_openssl_reads_the_bundle(made):
    done = subprocess.run(
        ["openssl", "pkcs12", "-in", made / "SIM1.p12", "-passin", "pass:pw", "-nokeys"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert len(re.findall("BEGIN CERTIFICATE", done.stdout)) == 2
