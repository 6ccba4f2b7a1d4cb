"""The one door: a folder left by `marketsim clear`, or by `marketsim run`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from simulator.domain import Finding, Refused
from simulator.verify.check import Check, Verification, prefixed
from simulator.verify.market import unread, verify_market
from simulator.verify.run import verify_run
from simulator.verify.run_files import verify_listed


def verify_folder(path: Path) -> Verification:
    """Re-checks everything in `path`; raises `Refused` when it is neither kind of folder.

    A folder with `case/` and `awards.csv` is one cleared market; a folder with `published/` is a
    run, whose markets are joined with the submissions in `private/`.
    """
    if (path / "case").is_dir():
        return Verification(verify_market(path))
    if not (path / "published").is_dir():
        raise Refused(
            [
                Finding(
                    "VER0003",
                    "nothing to verify here",
                    where=str(path),
                    found="neither case/ nor published/",
                    allowed="a folder left by `marketsim clear` or `marketsim run`",
                    remedy="name that folder",
                )
            ]
        )
    checks = [
        *_readable(path, lambda folder: [verify_listed(folder)]),
        *_readable(path, verify_run),
    ]
    published = path / "published"
    for case in sorted(published.rglob("case")):
        market = case.parent.relative_to(published)
        private = sorted((path / "private").glob(f"*/{market.as_posix()}"))
        checks += prefixed(f"{market.as_posix()}: ", verify_market(case.parent, private))
    return Verification(tuple(checks))


def _readable(path: Path, check: Callable[[Path], list[Check]]) -> list[Check]:
    try:
        return check(path)
    except Refused as refused:
        return list(unread(refused))
