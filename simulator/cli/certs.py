"""`marketsim certs`: the sandbox's own certificate authority, in `DIR/pki`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulator.cli.shell import OK, file_faults, say, say_json
from simulator.domain import Finding, refuse_if_any

if TYPE_CHECKING:  # cryptography takes a while to import: not before it is asked for
    from simulator.cli.pki_folder import PkiFolder

INIT_EXAMPLE = "Example: marketsim certs init --data out/sandbox --host sandbox.example.org"
ISSUE_EXAMPLE = "Example: marketsim certs issue SIM1 SIM2 --data out/sandbox"
REVOKE_EXAMPLE = "Example: marketsim certs revoke SIM1 --data out/sandbox"

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
RESERVED = ("ca", "crl", "server", "operator")
DEFAULT_PASSWORD = "marketsim"

app = typer.Typer(
    help="The sandbox's certificate authority: who may call, and no longer.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Data = Annotated[Path, typer.Option(help="The sandbox's folder; the files go to pki/ below it.")]
Json = Annotated[bool, typer.Option("--json", help="What was written, as one JSON object.")]
DATA = Path("out/sandbox")


@app.command("init", epilog=INIT_EXAMPLE)
def init(
    data: Data = DATA,
    host: Annotated[
        list[str] | None, typer.Option(help="Another name or address of the server; repeatable.")
    ] = None,
    json: Json = False,
) -> int:
    """Make the authority, the server's certificate and the operator's."""
    folder = _folder(data)
    with file_faults(data):
        written = folder.initialise(host or [], datetime.now(UTC))
    _tell(written, json)
    return OK


@app.command("issue", epilog=ISSUE_EXAMPLE)
def issue(
    names: Annotated[list[str], typer.Argument(help="Participants or other users.")],
    data: Data = DATA,
    password: Annotated[
        str, typer.Option(help="Of the PKCS#12 files; clients ask for it.")
    ] = DEFAULT_PASSWORD,
    legacy: Annotated[
        bool, typer.Option("--legacy-p12", help="PKCS#12 files that older Java 8 can read.")
    ] = False,
    json: Json = False,
) -> int:
    """Make a certificate, its key and a PKCS#12 file for each name."""
    refuse_if_any(name_findings(names))
    folder = _folder(data)
    with file_faults(data):
        written = folder.issue(names, datetime.now(UTC), password, legacy)
    _tell(written, json)
    return OK


@app.command("revoke", epilog=REVOKE_EXAMPLE)
def revoke(
    names: Annotated[list[str], typer.Argument(help="Whose certificates count no longer.")],
    data: Data = DATA,
    json: Json = False,
) -> int:
    """Put certificates on the revocation list; a running server takes it within a second."""
    refuse_if_any(name_findings(names, allowed=("operator",)))
    folder = _folder(data)
    with file_faults(data):
        written = folder.revoke(names, datetime.now(UTC))
    _tell(written, json)
    return OK


def _folder(data: Path) -> PkiFolder:
    from simulator.cli.pki_folder import PkiFolder

    return PkiFolder(data)


def name_findings(names: Iterable[str], allowed: tuple[str, ...] = ()) -> list[Finding]:
    """What is wrong with names of users; `allowed` are reserved ones that will do."""
    return [
        Finding(
            "CRT0001",
            "this is no name for a certificate",
            where="NAME",
            found=name,
            allowed="letters, digits, . _ - (at most 64), and none of " + ", ".join(RESERVED),
            remedy="take the participant's id, for instance",
        )
        for name in names
        if not NAME.fullmatch(name) or (name.lower() in RESERVED and name not in allowed)
    ]


def _tell(written: list[Path], json: bool) -> None:
    if json:
        say_json({"written": [str(path) for path in written]})
        return
    for path in written:
        say(str(path))
