"""A whole run: its journal's chain, its markets' sums and its money, from the files alone."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from simulator.verify.balancing import verify_balancing
from simulator.verify.check import Check, Offence, judged
from simulator.verify.hubs import leg_ids, verify_hubs
from simulator.verify.left_out import verify_left_out
from simulator.verify.money import statements, verify_money
from simulator.verify.run_files import verify_downloads
from simulator.verify.table import Row, exact, read_json, read_rows, unreadable
from simulator.verify.tolerances import PRINTED

FIRST = "0" * 64
CHAINED = (
    *("seq", "key", "at", "actor", "user", "command"),
    *("status", "arguments_digest", "effect_digest", "previous"),
)
PENDING = "pending"
EVENT = re.compile(r"w\d+-[^/]*")
"""Events of a scenario are named by their week; other commands by what they are about."""
AWARD_COLUMNS = ("AwardedMW",)


def verify_run(folder: Path) -> list[Check]:
    """The checks of `summary.json` and `journal.jsonl` of a run; raises `Refused`."""
    summary = read_json(folder / "summary.json")
    return [
        _journal(folder / "journal.jsonl", summary),
        _events(folder / "journal.jsonl", summary),
        _markets(folder / "published", summary),
        verify_hubs(folder / "published"),
        verify_left_out(folder / "published"),
        verify_downloads(folder / "published", summary),
        *verify_money(folder, summary.get("settlement") or {}),
        *verify_balancing(folder, statements(folder)),
    ]


def _journal(path: Path, summary: Mapping[str, Any]) -> Check:
    """Every line carries the hash of the line before; the last one is the run's digest."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise unreadable(str(path), str(error), "the journal of a run") from error
    previous, offences = FIRST, []
    for number, text in enumerate(lines, 1):
        try:
            entry = json.loads(text)
            chained = [number, *(entry[name] for name in CHAINED[1:-1]), previous]
            stated = (entry["seq"], entry["previous"], entry["hash"])
        except (ValueError, KeyError, TypeError) as error:
            offences.append(Offence(1.0, f"{path.name} line {number}", f"unreadable: {error}"))
            break
        line = json.dumps(chained, separators=(",", ":"))
        right = hashlib.sha256(line.encode()).hexdigest()
        if stated != (number, previous, right):
            offences.append(Offence(1.0, f"{path.name} line {number}", "does not follow"))
            break
        previous = right
    if not offences and summary.get("journal_digest") != previous:
        offences.append(Offence(1.0, "summary.json journal_digest", "not the last line's hash"))
    return judged("journal", "every line follows from the one before", offences, len(lines))


def _events(path: Path, summary: Mapping[str, Any]) -> Check:
    """An event is as done as the journal says; one without a line there is still pending."""
    status: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            entry = json.loads(line)
            status[str(entry["key"])] = str(entry["status"])
        except (ValueError, KeyError, TypeError):
            continue  # the chain's check says so
    events = summary.get("events", [])
    ids = [str(event.get("id")) for event in events]
    offences = [
        Offence(1.0, f"summary.json event {name}", f"{event.get('status')} instead of {right}")
        for name, event in zip(ids, events, strict=True)
        if event.get("status") != (right := status.get(name, PENDING))
    ]
    offences += [
        Offence(1.0, f"summary.json event {name}", "listed twice")
        for name in sorted({name for name in ids if ids.count(name) > 1})
    ]
    offences += [
        Offence(1.0, f"journal.jsonl {name}", "no event of the summary")
        for name in sorted(status)
        if EVENT.fullmatch(name) and name not in ids
    ]
    return judged("events of the run's summary", "the journal's", offences, len(events))


def _markets(published: Path, summary: Mapping[str, Any]) -> Check:
    """Submissions, MW and objective of every market are those of its products' files."""
    offences: list[Offence] = []
    markets = summary.get("markets", [])
    for market in markets:
        name = str(market.get("name"))
        awards = _awards(published / name)
        posted = market.get("status") == "POSTED"
        products = sorted((published / name).glob("*/case"))
        if posted != bool(products):
            found = f"{market.get('status')} with {len(products)} products published"
            offences.append(Offence(1.0, f"summary.json {name} status", found))
        objective = _objective(product.parent for product in products)
        awarded = sum((row.decimal("AwardedMW") for row in awards), Decimal(0))
        submitted = len(awards) - _more_legs(published / name)
        figures = {
            "submitted": Decimal(submitted), "awarded_mw": awarded, "objective": objective
        }  # fmt: skip
        offences.extend(
            Offence(0.0, f"summary.json {name} {key}", f"{market.get(key)} instead of {right}")
            for key, right in figures.items()
            if not _same(exact(market.get(key)), right)
        )
    names = [str(market.get("name")) for market in markets]
    cleared = sorted({case.parent.parent.name for case in published.glob("*/*/case")})
    offences.extend(
        Offence(1.0, f"published/{name}", f"{names.count(name)} times in the summary")
        for name in sorted({*names, *cleared})
        if names.count(name) != 1
    )
    return judged("markets in the run's summary", "what was published", offences, len(markets))


def _objective(products: Iterable[Path]) -> Decimal:
    problems = [
        problem
        for product in products
        for problem in read_json(product / "summary.json").get("problems", ())
    ]
    return sum((exact(problem.get("objective")) for problem in problems), Decimal(0))


def _awards(market: Path) -> list[Row]:
    return [
        row
        for path in sorted(market.glob("*/awards.csv"))
        for row in read_rows(path, AWARD_COLUMNS)
    ]


def _more_legs(market: Path) -> int:
    """How many more awards there are than nominations, because a hub has several legs."""
    awarded = {row.text("NominationID") for row in _awards(market)}
    legs = [leg_ids(path.parent) for path in sorted(market.glob("*/awards.csv"))]
    cleared = [nomination for ids in legs for leg, nomination in ids.items() if leg in awarded]
    return len(cleared) - len(set(cleared))


def _same(stated: Decimal, right: Decimal) -> bool:
    return stated.is_finite() and abs(stated - right) <= Decimal(str(PRINTED))
