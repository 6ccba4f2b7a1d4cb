"""`marketsim`, the one program: every door for people at a terminal."""

from __future__ import annotations

import gc
import io
import os
import sys
import traceback
from typing import NoReturn

from simulator.cli.shell import FAILED, REFUSED, complain, complain_about_usage
from simulator.domain import Refused

# Small matrices are solved sooner by one thread than by many that wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

DEBUG = "--debug"
INTERRUPTED = 130
COLLECT_SELDOM = (200_000, 20, 20)


def main() -> NoReturn:
    """Run the command line and leave with 0 (done), 1 (failed), or 2 (refused)."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that lacks a letter shows its number
            stream.reconfigure(errors="backslashreplace")
    arguments = [argument for argument in sys.argv[1:] if argument != DEBUG]
    sys.exit(execute(arguments, debug=DEBUG in sys.argv[1:]))


def execute(arguments: list[str], debug: bool = False) -> int:
    """The exit code of one command line; what goes wrong is said on standard error."""
    from simulator.cli.app import app

    # Tables of a million cells hold no cycles: looking for them often costs more than all else.
    gc.set_threshold(*COLLECT_SELDOM)
    try:
        code = int(app(arguments, standalone_mode=False) or 0)
        return _interrupted() if code == INTERRUPTED else code  # how the parser tells control-C
    except Refused as refusal:
        complain(refusal.findings)
        return REFUSED
    except KeyboardInterrupt:
        return _interrupted()
    except BrokenPipeError:
        return FAILED
    except OSError as error:
        sys.stderr.write(f"{error.filename or 'the system'}: {error.strerror or error}\n")
        return FAILED
    except Exception as error:
        if hasattr(error, "show"):  # a usage error: the parser knows how to say it
            complain_about_usage(error)
            return REFUSED
        if debug:
            traceback.print_exc()
        sys.stderr.write(f"failed: {error} ({type(error).__name__}); --debug shows where\n")
        return FAILED


def _interrupted() -> int:
    sys.stderr.write("interrupted; what was committed is kept, --resume goes on\n")
    return INTERRUPTED
