"""The folder `DIR/pki`: the authority's files as the outer contract names them (section 6)."""

from __future__ import annotations

import secrets
import ssl
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from simulator.api import pki
from simulator.api.sim_calls import Credentials
from simulator.api.tls import PkiFiles, server_context
from simulator.cli.shell import write_whole
from simulator.domain import Finding, Refused, refuse_if_any

LOCAL = ("localhost", "127.0.0.1", "::1")
SECRET = 0o600
SECRET_BYTES = 32


class PkiFolder:
    """What is in it, and the only one who writes there."""

    def __init__(self, data: Path) -> None:
        """`data` is the sandbox's folder."""
        self.path = data / "pki"

    def certificate(self, name: str) -> Path:
        """Where the certificate of `name` is."""
        return self.path / f"{name}.pem"

    def key(self, name: str) -> Path:
        """Where the private key of `name` is."""
        return self.path / f"{name}.key"

    @property
    def revocations(self) -> Path:
        """Where the revocation list is."""
        return self.path / "crl.pem"

    def check_complete(self) -> None:
        """Refused unless everything is there that a server needs."""
        self._authority()
        needed = [self.certificate("server"), self.key("server"), self.revocations]
        refuse_if_any(_no_authority(path) for path in needed if not path.exists())

    def server_context(self) -> ssl.SSLContext:
        """The TLS context of the server; Refused where a file is not what it should be."""
        try:
            return server_context(self.files)
        except (OSError, ssl.SSLError) as error:
            raise Refused([_unreadable(self.path, error)]) from error

    @property
    def files(self) -> PkiFiles:
        """The files that the TLS library reads."""
        paths = (
            self.certificate("server"), self.key("server"), self.certificate("ca"),
            self.revocations,
        )  # fmt: skip
        return PkiFiles(*map(str, paths))

    def secret(self, name: str) -> bytes:
        """Random bytes that only the sandbox knows, made when they are first asked for.

        Every server of the folder has the same: of two that make them at once one comes too late.
        """
        file = self.path / f"{name}.secret"
        if not file.exists():
            made = self.path / f".{name}.{secrets.token_hex(4)}"
            _write_secret(made, secrets.token_bytes(SECRET_BYTES))
            with suppress(FileExistsError):
                file.hardlink_to(made)
            made.unlink()
        return file.read_bytes()

    def revoked(self) -> dict[int, datetime]:
        """The serial numbers that count no longer, with the moments since when."""
        try:
            return pki.revoked_serials(self.revocations.read_bytes())
        except ValueError as error:
            raise Refused([_unreadable(self.revocations, error)]) from error

    def initialise(self, hosts: Iterable[str], at: datetime) -> list[Path]:
        """The authority, the server, the operator, an empty revocation list; the paths written.

        Refused where there is an authority already: its certificates would count no longer.
        """
        if self.certificate("ca").exists():
            raise Refused([_already(self.path)])
        self.path.mkdir(parents=True, exist_ok=True)
        self.path.chmod(0o700)
        authority = pki.new_authority(at)
        server = pki.issue(authority, pki.Kind.SERVER, "server", at, (*LOCAL, *hosts))
        operator = pki.issue(authority, pki.Kind.OPERATOR, "operator", at)
        write_whole(self.revocations, pki.revocation_list(authority, {}, at))
        written = [*self._write("server", server), *self._write("operator", operator)]
        # The authority last: a folder that was left half made is made again.
        return [*self._write("ca", authority), *written, self.revocations]

    def issue(
        self, names: Iterable[str], at: datetime, password: str, legacy: bool = False
    ) -> list[Path]:
        """A certificate, a key and a PKCS#12 file for each; the paths written.

        Refused for names whose certificate still counts.
        """
        authority = self._authority()
        names = list(dict.fromkeys(names))
        revoked = self.revoked()
        refuse_if_any(
            _still_counts(self.certificate(name))
            for name in names
            if self.certificate(name).exists() and self._serial(name) not in revoked
        )
        written = []
        for name in names:
            pair = pki.issue(authority, pki.Kind.PARTICIPANT, name, at)
            written += self._write(name, pair)
            file = self.path / f"{name}.p12"
            _write_secret(file, pki.bundle(pair, authority, name, password, legacy))
            written.append(file)
        return written

    def credentials(self, name: str, at: datetime, password: str, legacy: bool) -> Credentials:
        """What the client of `name` needs, made where there is nothing that still counts.

        The PKCS#12 file is made anew, with this password.
        """
        if self.missing([name]) or self._serial(name) in self.revoked():
            self.issue([name], at, password, legacy)
        authority = self._authority()
        pair = pki.Pair(self.certificate(name).read_bytes(), self.key(name).read_bytes())
        bundle = pki.bundle(pair, authority, name, password, legacy)
        _write_secret(self.path / f"{name}.p12", bundle)
        return Credentials(
            self._serial(name),
            pair.certificate_pem,
            pair.key_pem,
            authority.certificate_pem,
            bundle,
        )

    def missing(self, names: Iterable[str]) -> list[str]:
        """Those of `names` that have no certificate."""
        return [name for name in names if not self.certificate(name).exists()]

    def revoke(self, names: Iterable[str], at: datetime) -> list[Path]:
        """Put the certificates of `names` on the list; the list's path."""
        authority = self._authority()
        names = list(dict.fromkeys(names))
        refuse_if_any(_unknown(self.certificate(name)) for name in self.missing(names))
        revoked = self.revoked()
        for name in names:
            revoked.setdefault(self._serial(name), at)
        write_whole(self.revocations, pki.revocation_list(authority, revoked, at))
        return [self.revocations]

    def _authority(self) -> pki.Pair:
        refuse_if_any(_no_authority(self.certificate("ca")) for _ in self.missing(["ca"]))
        pair = pki.Pair(self.certificate("ca").read_bytes(), self.key("ca").read_bytes())
        try:
            assert pair.certificate
            assert pair.key
        except (ValueError, TypeError) as error:
            raise Refused([_unreadable(self.certificate("ca"), error)]) from error
        return pair

    def _serial(self, name: str) -> int:
        path = self.certificate(name)
        try:
            return pki.Pair(path.read_bytes(), b"").certificate.serial_number
        except ValueError as error:
            raise Refused([_unreadable(path, error)]) from error

    def _write(self, name: str, pair: pki.Pair) -> list[Path]:
        _write_secret(self.key(name), pair.key_pem)
        write_whole(self.certificate(name), pair.certificate_pem)
        return [self.certificate(name), self.key(name)]


def _write_secret(path: Path, content: bytes) -> None:
    """For the owner's eyes: the mode stands before the content does."""
    path.touch(SECRET)
    path.chmod(SECRET)
    with path.open("r+b") as file:
        file.write(content)
        file.truncate()


def _already(path: Path) -> Finding:
    return Finding(
        "CRT0002",
        "there is an authority already",
        where=str(path),
        found="ca.pem",
        allowed="a folder without one",
        remedy="use it, or remove the folder: all its certificates count no longer then",
    )


def _no_authority(path: Path) -> Finding:
    return Finding(
        "CRT0003",
        "there is no authority yet",
        where=str(path),
        found="no such file",
        allowed="the files of `marketsim certs init`",
        remedy=f"marketsim certs init --data {path.parent.parent}",
    )


def _still_counts(path: Path) -> Finding:
    return Finding(
        "CRT0004",
        "this name has a certificate that still counts",
        where=str(path),
        found=path.stem,
        allowed="a new name, or one whose certificate was revoked",
        remedy=f"use it, or: marketsim certs revoke {path.stem}",
    )


def _unknown(path: Path) -> Finding:
    return Finding(
        "CRT0005",
        "this name has no certificate",
        where=str(path),
        found="no such file",
        allowed="a name that got one",
        remedy="check the name; the certificates are the .pem files of this folder",
    )


def _unreadable(path: Path, error: Exception) -> Finding:
    return Finding(
        "CRT0006",
        "this file cannot be read as what it should be",
        where=str(path),
        found=str(error).splitlines()[0] if str(error) else type(error).__name__,
        allowed="what `marketsim certs` wrote",
        remedy="restore the file, or remove the folder and begin again",
    )
