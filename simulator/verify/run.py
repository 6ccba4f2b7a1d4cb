"""A whole run: its journal's chain, its markets' sums and its money, from the files alone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from itertools import combinations
from pathlib import Path
from typing import Any

from simulator.verify.check import Check, Offence, judged
from simulator.verify.table import Row, read_json, read_rows, unreadable
from simulator.verify.tolerances import PRINTED

CENT = Decimal("0.01")
FIRST = "0" * 64
CHAINED = (
    *("seq", "key", "at", "actor", "command"),
    *("status", "arguments_digest", "effect_digest", "previous"),
)
AWARD_COLUMNS = ("AwardedMW",)
MONEY = (
    *("congestion_revenue_usd", "auction_net_usd", "paid_to_holders_usd"),
    *("balancing_account_usd", "residual_usd"),
)


def verify_run(folder: Path) -> list[Check]:
    """The checks of `summary.json` and `journal.jsonl` of a run; raises `Refused`."""
    summary = read_json(folder / "summary.json")
    return [
        _journal(folder / "journal.jsonl", summary),
        _markets(folder / "published", summary),
        *_money(folder / "published", summary.get("settlement", {})),
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


def _markets(published: Path, summary: Mapping[str, Any]) -> Check:
    """Submissions, MW and objective of every market are those of its products' files."""
    offences: list[Offence] = []
    markets = summary.get("markets", [])
    for market in markets:
        name = str(market.get("name"))
        awards = _awards(published / name)
        if not awards:
            continue
        products = [read_json(path) for path in sorted((published / name).glob("*/summary.json"))]
        objective = sum(
            (_exact(p["objective"]) for product in products for p in product["problems"]),
            Decimal(0),
        )
        awarded = sum((row.decimal("AwardedMW") for row in awards), Decimal(0))
        figures = {
            "submitted": Decimal(len(awards)), "awarded_mw": awarded, "objective": objective
        }  # fmt: skip
        offences.extend(
            Offence(0.0, f"summary.json {name} {key}", f"{market.get(key)} instead of {right}")
            for key, right in figures.items()
            if not _same(_exact(market.get(key)), right)
        )
    return judged("markets in the run's summary", "what was published", offences, len(markets))


def _money(published: Path, settlement: Mapping[str, Any]) -> list[Check]:
    """Money in is money out, to the cent; auction money is what the published awards cost."""
    if not settlement:
        return []
    revenue, auction, paid, account, residual = (_exact(settlement.get(key)) for key in MONEY)
    left = revenue + auction - paid - account
    closes = left == residual == 0
    nets = [_net(_awards(market)) for market in sorted(published.glob("*")) if market.is_dir()]
    nets = [net for net in nets if net]
    settled = {
        sum(part, Decimal(0)) for size in range(len(nets) + 1) for part in combinations(nets, size)
    }
    return [
        Check("settlement adds up", closes, f"{left} USD left, {residual} stated", "0.00 USD"),
        Check(
            "auction money is what awards cost",
            auction in settled,
            f"{auction} USD",
            f"{sum(nets, Decimal(0))} USD once every posted auction is settled",
            "summary.json settlement auction_net_usd",
        ),
    ]


def _awards(market: Path) -> list[Row]:
    return [
        row
        for path in sorted(market.glob("*/awards.csv"))
        for row in read_rows(path, AWARD_COLUMNS)
    ]


def _net(awards: list[Row]) -> Decimal:
    """Buyers pay, sellers receive, price times MW, each to the cent half up (rulebook 6.4)."""
    total = Decimal(0)
    for row in awards:
        if row.text("ClearingPrice"):
            price, mw = row.decimal("ClearingPrice"), row.decimal("AwardedMW")
            money = (price * mw).quantize(CENT, ROUND_HALF_UP)
            total += -money if row.text("TransactionType") == "SELL" else money
    return total


def _same(stated: Decimal, right: Decimal) -> bool:
    return stated.is_finite() and abs(stated - right) <= Decimal(str(PRINTED))


def _exact(figure: object) -> Decimal:
    """A figure of a JSON file as it is printed; not-a-number when it is none."""
    if isinstance(figure, bool) or not isinstance(figure, int | float):
        return Decimal("NaN")
    return Decimal(repr(figure))
