"""The program as a user has it: arguments in a folder, two streams, an exit code."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

from simulator.cli import execute

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "docs" / "examples"
CALIFORNIA = ROOT / "fixtures" / "california" / "network.raw"
SHARED = ROOT / "../shared/data"


class Answer:
    """What a command left: `code`, `out`, `err`."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self) -> dict[str, Any]:
        """Standard output, which is one JSON object and nothing else; NaN is no JSON."""
        assert self.code == 0, self.err
        return json.loads(self.out, parse_constant=_no_json)


def _no_json(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def marketsim(*arguments: object, cwd: Path = ROOT) -> Answer:
    """The command line with these arguments, without the second that a new process takes."""
    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.chdir(cwd),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        code = execute([str(argument) for argument in arguments])
    assert "Traceback" not in out.getvalue() + err.getvalue()
    return Answer(code, out.getvalue(), err.getvalue())
