"""Who calls: what a certificate of our authority says, never what a header says.

The TLS layer has checked the signature, the dates and the revocation list before a certificate
comes here; what is left is to read the name and whose kind it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from cryptography import x509
from cryptography.x509.oid import NameOID

from simulator.api.pki import Kind

REMEMBERED = 4096  # certificates; one is some 20 us to read


@dataclass(frozen=True)
class Identity:
    """The user whom a certificate names; `serial` is the certificate's number.

    `not_after` is the last epoch second of real time at which the certificate counts.
    """

    name: str
    kind: Kind
    serial: int
    not_after: int

    def __hash__(self) -> int:  # asked for with every request
        return self.serial

    @property
    def is_operator(self) -> bool:
        """Whether it may use the operator's side."""
        return self.kind is Kind.OPERATOR


@lru_cache(maxsize=REMEMBERED)
def identity_of(certificate_der: bytes) -> Identity | None:
    """The user of a certificate (DER); None for one that nobody can call with."""
    try:
        certificate = x509.load_der_x509_certificate(certificate_der)
        subject = certificate.subject
        (unit,) = subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
        (common,) = subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        kind = Kind(str(unit.value))
    except ValueError:
        return None
    if kind is Kind.SERVER:
        return None
    not_after = int(certificate.not_valid_after_utc.timestamp())
    return Identity(str(common.value), kind, certificate.serial_number, not_after)
