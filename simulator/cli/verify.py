"""`marketsim verify`: a second opinion on a cleared or run folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulator.cli.shell import FAILED, OK, file_faults, say, say_json

EXAMPLE = "Example: marketsim verify out/market-sim"


def verify(
    folder: Annotated[Path, typer.Argument(help="A folder left by `clear` or `run`.")],
    json: Annotated[bool, typer.Option("--json", help="Every check as one JSON object.")] = False,
) -> int:
    """Re-check everything from the published files alone, with physics of its own."""
    from simulator.verify.folder import verify_folder

    with file_faults(folder):
        verification = verify_folder(folder)
    if json:
        say_json(verification.as_dict())
    else:
        shown = verification.failed or verification.checks
        for check in shown:
            say(str(check))
        say(f"{len(verification.checks)} checks, {len(verification.failed)} failed")
    return OK if verification.ok else FAILED
