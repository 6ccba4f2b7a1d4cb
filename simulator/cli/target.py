"""The server that feature files are played on: its address, and the operator's certificate."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from simulator.domain import Finding, Refused, refuse_if_any

if TYPE_CHECKING:
    from simulator.api.client import Client

AUTHORITY = "ca.pem"  # beside the operator's certificate in a sandbox's pki/


@dataclass(frozen=True)
class Target:
    """A sandbox, as its operator calls it; `authority` is the PEM file that is trusted."""

    operator: Client
    authority: Path
    month: Month

    def at(self, base: str) -> Client:
        """The same server's fork at `base`."""
        parts = urlsplit(self.operator.url)
        return replace(self.operator, url=f"{parts.scheme}://{parts.netloc}{base}")

    def client(self, base: str, certificate: Path, key: Path) -> Client:
        """Another user of that fork."""
        return replace(self.at(base), context=context(self.authority, certificate, key))


@dataclass(frozen=True)
class Month:
    """Which calendar a server plays, and with which seed."""

    scenario: str
    scenario_sha256: str
    seed: int


def target(url: str | None, cert: Path | None, key: Path | None, cacert: Path | None) -> Target:
    """The server of the options; Refused when one is missing or does not go with it."""
    refuse_if_any(_option_findings(url, cert, key))
    assert url is not None
    assert cert is not None
    assert key is not None
    from simulator.api.client import Client

    authority = cacert or cert.with_name(AUTHORITY)
    operator = Client(url.rstrip("/"), context(authority, cert, key))
    return Target(operator, authority, _month(operator))


def context(authority: Path, cert: Path, key: Path) -> ssl.SSLContext:
    """A client's context; Refused where a file cannot be used."""
    refuse_if_any(_missing(path) for path in (authority, cert, key) if not path.is_file())
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    used = authority
    try:
        made.load_verify_locations(authority)
        used = cert
        made.load_cert_chain(cert, key, password="")
    except OSError as error:  # ssl.SSLError is one
        raise Refused([_unusable(used, error)]) from error
    return made


def _month(operator: Client) -> Month:
    reply = operator.call("GET", "/sim/v1/month")
    if reply.status in (401, 403):
        raise Refused([_not_the_operator(operator.url, reply.status)])
    try:
        told: dict[str, Any] = reply.json
        return Month(told["scenario"], told["scenario_sha256"], told["seed"])
    except (ValueError, KeyError, TypeError) as error:
        raise Refused([_no_sandbox(operator.url, reply.status)]) from error


def _option_findings(url: str | None, cert: Path | None, key: Path | None) -> list[Finding]:
    given = {"--target": url, "--cert": cert, "--key": key}
    findings = [
        Finding(
            "TGT0002", "a server needs all of these options", name, "nothing",
            "--target URL --cert PEM --key PEM", "give the operator's certificate and its key",
        )
        for name, value in given.items()
        if value is None
    ]  # fmt: skip
    try:
        fits = url is None or (urlsplit(url).scheme, bool(urlsplit(url).hostname)) == (
            "https",
            True,
        )
        fits = fits and (url is None or urlsplit(url).port != 0)
    except ValueError:
        fits = False
    if not fits:
        findings.append(
            Finding(
                "TGT0002",
                "this is no address of a server",
                "--target",
                str(url),
                "https://HOST:PORT, with /NAME for a fork",
                "name what `marketsim serve` told",
            )
        )
    return findings


def _missing(path: Path) -> Finding:
    return Finding(
        "TGT0002", "there is no such file", str(path), "nothing", "a PEM file",
        "name the files of the sandbox's pki/ folder: --cert, --key, --cacert",
    )  # fmt: skip


def _unusable(path: Path, error: OSError) -> Finding:
    found = getattr(error, "reason", None) or error.strerror or str(error)
    return Finding(
        "TGT0002", "the file cannot be used", str(path), found,
        "PEM: a certificate with the key that belongs to it, not encrypted",
        "name the files of the sandbox's pki/ folder",
    )  # fmt: skip


def _not_the_operator(url: str, status: int) -> Finding:
    return Finding(
        "TGT0001", "the certificate is not the operator's", url, f"answered with {status}",
        "operator.pem of the sandbox", "name it with --cert, and its key with --key",
    )  # fmt: skip


def _no_sandbox(url: str, status: int) -> Finding:
    return Finding(
        "TGT0001", "this server does not say which month it plays", url,
        f"answered with {status}", "a sandbox of this version, and no mock",
        "correct the address, or serve with this version",
    )  # fmt: skip
