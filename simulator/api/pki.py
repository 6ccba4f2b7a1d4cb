"""The sandbox's own certificate authority: certificates, PKCS#12 bundles, the revocation list.

The authority and the server have RSA keys: that is what Java 8 clients have been seen to accept
(wire contract, rule C10), whatever their elliptic-curve support. The keys of those who call are on
P-256: a market of hundreds of participants gets its certificates in a second, and TLS takes both.

Nothing here reads a clock or a file: `at` is the moment from which a certificate holds, in UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

ORGANISATION = "CRR Market Sim"
AUTHORITY_NAME = "CRR Market Sim authority"
RSA_BITS = 2048
AUTHORITY_DAYS = 3650
CERTIFICATE_DAYS = 825  # the longest that browsers accept
# Clocks of clients differ: what is issued now holds since a little while.
CLOCK_SKEW = timedelta(minutes=5)
LEGACY_ROUNDS, ROUNDS = 2048, 20_000

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class Kind(StrEnum):
    """Whose certificate it is; stands in it as the organisational unit."""

    SERVER = "server"
    OPERATOR = "operator"
    PARTICIPANT = "participant"


@dataclass(frozen=True)
class Pair:
    """A certificate and its private key, both PEM; the key is not encrypted."""

    certificate_pem: bytes
    key_pem: bytes

    @cached_property
    def certificate(self) -> x509.Certificate:
        """The certificate, read."""
        return x509.load_pem_x509_certificate(self.certificate_pem)

    @cached_property
    def key(self) -> PrivateKey:
        """The private key, read."""
        key = serialization.load_pem_private_key(self.key_pem, password=None)
        assert isinstance(key, PrivateKey)
        return key


def new_authority(at: datetime) -> Pair:
    """A certificate authority, signed by itself."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
    name = _name(AUTHORITY_NAME, "authority")
    usage = _usage(key_cert_sign=True, crl_sign=True)
    builder = (
        _builder(name, name, key, at, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
    )
    return _pair(builder.sign(key, hashes.SHA256()), key)


def issue(
    authority: Pair,
    kind: Kind,
    name: str,
    at: datetime,
    hosts: Iterable[str] = (),
    days: int = CERTIFICATE_DAYS,
) -> Pair:
    """A certificate for `name`, its common name; `hosts` are the names and addresses of a server.

    `days` is how long it holds from `at`.
    """
    server = kind is Kind.SERVER
    key: PrivateKey
    if server:
        key = rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
    else:
        key = ec.generate_private_key(ec.SECP256R1())
    issuer = authority.certificate
    purpose = ExtendedKeyUsageOID.SERVER_AUTH if server else ExtendedKeyUsageOID.CLIENT_AUTH
    builder = (
        _builder(_name(name, kind.value), issuer.subject, key, at, days)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True, key_encipherment=server), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()),
            critical=False,
        )
    )
    names = [_host(host) for host in dict.fromkeys(hosts)]
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return _pair(builder.sign(authority.key, hashes.SHA256()), key)


def bundle(pair: Pair, authority: Pair, name: str, password: str, legacy: bool = False) -> bytes:
    """The PKCS#12 file of a certificate, its key and the authority.

    `legacy` takes the encryption that older Java 8 builds can read (wire contract, rule C12).
    """
    encryption = serialization.PrivateFormat.PKCS12.encryption_builder()
    if legacy:
        chosen = pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC
        encryption = encryption.kdf_rounds(LEGACY_ROUNDS).key_cert_algorithm(chosen)
        encryption = encryption.hmac_hash(hashes.SHA1())
    else:
        chosen = pkcs12.PBES.PBESv2SHA256AndAES256CBC
        encryption = encryption.kdf_rounds(ROUNDS).key_cert_algorithm(chosen)
        encryption = encryption.hmac_hash(hashes.SHA256())
    return pkcs12.serialize_key_and_certificates(
        name.encode(),
        pair.key,
        pair.certificate,
        [authority.certificate],
        encryption.build(password.encode()),
    )


def revocation_list(authority: Pair, revoked: Mapping[int, datetime], at: datetime) -> bytes:
    """The PEM list of revoked serial numbers, each with the moment of its revocation."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.certificate.subject)
        .last_update(at)
        .next_update(at + timedelta(days=AUTHORITY_DAYS))
    )
    for serial, moment in sorted(revoked.items()):
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(moment)
        builder = builder.add_revoked_certificate(entry.build())
    signed = builder.sign(authority.key, hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.PEM)


def revoked_serials(revocation_list_pem: bytes) -> dict[int, datetime]:
    """What a revocation list holds; ValueError when it is none."""
    listed = x509.load_pem_x509_crl(revocation_list_pem)
    return {entry.serial_number: entry.revocation_date_utc for entry in listed}


def _name(common: str, unit: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANISATION),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: PrivateKey, at: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - CLOCK_SKEW)
        .not_valid_after(at + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(**allowed: bool) -> x509.KeyUsage:
    usages = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
        "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{usage: allowed.get(usage, False) for usage in usages})


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _pair(certificate: x509.Certificate, key: PrivateKey) -> Pair:
    return Pair(
        certificate.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )
