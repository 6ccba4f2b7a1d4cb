"""Why one bid got what it got: its price limit by limit, who used them, what would have won.

Everything comes from the published answer and the case it belongs to, but for what would have
been, had this bid been put first (see `explain_first`).
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from simulator.clearing.case import BASE_CASE, ClearingCase
from simulator.clearing.curves import marginal_prices
from simulator.clearing.explain_first import lost_to, put_first
from simulator.clearing.folder import read_case_folder
from simulator.clearing.interior import SolverFailed
from simulator.clearing.problem import (
    Entry,
    Floats,
    Problem,
    all_entries,
    build_problem,
    entry_id,
    is_sale,
)
from simulator.clearing.rows import Rows, path_effect
from simulator.clearing.screen import Found, SecurityScreen
from simulator.clearing.write import PLACE, RANGES
from simulator.domain import Bid, Finding, Refused, usd

RIVALS = 10
"""How many of the bids that use the same limits are named."""
NEAR = 5
"""How many ids are shown where one is not known: the most alike, or else the first."""

Json = dict[str, Any]


@dataclass(frozen=True)
class _Answer:
    """What was published: the case, MW by id, and the binding rows of one product."""

    case: ClearingCase
    problem: Problem
    awarded_mw: dict[str, Decimal]
    price: Decimal | None
    binding: list[dict[str, str]]
    worth: dict[tuple[str, ...], tuple[float, float | None]]
    rows: Rows

    @property
    def shadow_price(self) -> Floats:
        return np.array([float(row["ShadowPrice"]) for row in self.binding])

    @cached_property
    def effect(self) -> Floats:
        """(M, E) MW on each binding limit per MW of each entry; sales take theirs away."""
        paths = path_effect(self.problem, self.rows.factor)
        return np.asarray(paths[:, self.problem.entry_path] * self.problem.entry_sign)


def explain_bid(folder: Path, bid_id: str) -> Json:
    """The reasons for one bid or nomination; raises `Refused` when the folder has none such.

    `folder` was left by `marketsim clear`, or by `marketsim run` (the market is found by the id).
    """
    market, submissions = _market_folder(folder, bid_id)
    try:
        return _reason(folder, market, submissions, bid_id)
    except (KeyError, ValueError, ArithmeticError) as error:
        raise Refused(
            [Finding("CLR0304", "the answer is not that of this case", str(market),
                     plain_id(f"{type(error).__name__}: {error}"), "files as they were published",
                     "clear the case again; `marketsim verify` names what was changed")]
        ) from error  # fmt: skip


def _reason(folder: Path, market: Path, submissions: list[Path], bid_id: str) -> Json:
    case = read_case_folder(market / "case", submissions)
    entries = {entry_id(entry): entry for entry in all_entries(case)}
    if bid_id not in entries:
        raise _unknown(folder, bid_id, entries)
    entry = entries[bid_id]
    answer = _answer(case, market, entry)
    place = [entry_id(item) for item in answer.problem.entries].index(bid_id)
    awarded = answer.awarded_mw[bid_id]
    parts = _components(answer, place)
    reason: Json = {
        "id": bid_id,
        "participant": entry.participant,
        "transaction": "SELL" if is_sale(entry) else "BUY",
        "source": entry.source,
        "sink": entry.sink,
        "period": entry.period,
        "tou": str(entry.tou),
        "submitted_mw": float(entry.mw),
        "awarded_mw": float(awarded),
        "verdict": _verdict(entry, awarded),
        "limits": parts,
    }
    if isinstance(entry, Bid):
        assert answer.price is not None
        below, above = marginal_prices(entry.curve, case.curve, awarded)
        reason |= {
            "hedge": str(entry.hedge),
            "clearing_price": float(usd(answer.price)),
            "own_price_of_last_mw_awarded": None if below is None else float(usd(below)),
            "own_price_of_next_mw": None if above is None else float(usd(above)),
        }
        reason |= _put_first(answer, entry)
    else:
        cut = entry.mw - awarded
        reason["cut_share"] = float(cut / entry.mw) if entry.mw else 0.0
    reason["others_on_the_same_limits"] = _rivals(answer, place) if awarded < entry.mw else []
    return reason


def _put_first(answer: _Answer, bid: Bid) -> Json:
    """What would have won all of the bid and whom it lost to, or why that is not known."""
    try:
        first = put_first(answer.case, bid)
    except SolverFailed as failure:
        return {"price_that_wins_all": None, "not_worked_out": str(failure)}
    reason: Json = {"price_that_wins_all": first.price}
    if answer.awarded_mw[bid.bid_id] < bid.mw:
        reason["lost_to"] = lost_to(answer.case, bid, answer.awarded_mw, first)
    return reason


def _verdict(entry: Entry, awarded: Decimal) -> str:
    if awarded >= entry.mw:
        return "all of it"
    return "none of it" if awarded == 0 else "part of it"


def _components(answer: _Answer, place: int) -> list[Json]:
    """Shift factor x shadow price of every binding limit on the path; cents add up to the price."""
    sign = answer.problem.entry_sign[place]
    factor = answer.effect[:, place] * sign
    amount = factor * answer.shadow_price
    cents = _adding_up(amount, answer.price)
    parts = []
    for row, binding in enumerate(answer.binding):
        if factor[row] != 0.0:
            price = float(binding["ShadowPrice"])
            worth = answer.worth.get(_limit(binding), (price, price))
            parts.append(
                {
                    "constraint": binding["ConstraintName"],
                    "contingency": binding["ContingencyName"],
                    "direction": binding["Direction"],
                    "shift_factor": round(float(factor[row]), 9),
                    "shadow_price": float(binding["ShadowPrice"]),
                    "one_more_mw_is_worth": worth[0],
                    "one_mw_less_would_cost": worth[1],
                    "usd_per_mw": cents[row],
                    "flow_mw": float(binding["FlowMW"]),
                    "limit_mw": float(binding["LimitMW"]),
                }
            )
    return parts


def _adding_up(amount: Floats, price: Decimal | None) -> list[float]:
    """Amounts in cents whose sum is the price in cents: the largest remainders are rounded up."""
    cents = np.floor(np.round(amount * 100, 4))
    if price is not None and np.any(amount):
        short = int(usd(price) * 100) - int(cents.sum())
        order = np.argsort(-(np.round(amount * 100, 4) - cents), kind="stable")
        order = order[amount[order] != 0.0]  # a limit that is not on the path shows no amount
        for position in range(abs(short)):
            cents[order[position % len(order)]] += 1 if short > 0 else -1
    return [float(value) + 0.0 for value in np.round(cents / 100, 2)]


def _rivals(answer: _Answer, place: int) -> list[Json]:
    """Awarded entries that load the limits this one needed, the heaviest users first."""
    needed = (answer.effect[:, place] > 0) & (answer.shadow_price > 0)
    worth = answer.shadow_price[needed] @ np.maximum(answer.effect[needed], 0.0)
    users = []
    for index, entry in enumerate(answer.problem.entries):
        mw = answer.awarded_mw[entry_id(entry)]
        use = round(float(worth[index]) * float(mw), 6)
        if index != place and use > 0:
            users.append((-use, entry_id(entry), entry.participant, mw))
    return [
        {"id": name, "participant": who, "awarded_mw": float(mw), "limit_use": -use}
        for use, name, who, mw in sorted(users)[:RIVALS]
    ]


def _answer(case: ClearingCase, market: Path, entry: Entry) -> _Answer:
    problem = build_problem(case, entry.period, entry.tou)
    view = SecurityScreen(case).view(problem)
    binding = [
        row
        for row in _table(market / "binding_constraints.csv")
        if (row["Period"], row["TOU"]) == (entry.period, str(entry.tou))
    ]
    column = "BidID" if isinstance(entry, Bid) else "NominationID"
    awards = {row[column]: row for row in _table(market / "awards.csv")}
    own = awards[entry_id(entry)]
    return _Answer(
        case=case,
        problem=problem,
        awarded_mw={name: Decimal(row["AwardedMW"]) for name, row in awards.items()},
        price=Decimal(own["ClearingPrice"]) if isinstance(entry, Bid) else None,
        binding=binding,
        worth=_worth(market / RANGES),
        rows=view.rows(_found(view.screen, binding)),
    )


def _worth(path: Path) -> dict[tuple[str, ...], tuple[float, float | None]]:
    """What one more and one less MW of a limit is worth, where its shadow price is not unique.

    The markets of a run do not publish this table.
    """
    rows = _table(path) if path.exists() else []
    return {
        _limit(row): (
            float(row["LeastShadowPrice"]),
            float(row["GreatestShadowPrice"]) if row["GreatestShadowPrice"] else None,
        )
        for row in rows
    }


def _limit(row: dict[str, str]) -> tuple[str, ...]:
    return tuple(row[column] for column in PLACE)


def _found(screen: SecurityScreen, binding: Sequence[dict[str, str]]) -> Found:
    """The published rows as positions, in the order of the file."""
    element = {(item.device_type, item.name): k for k, item in enumerate(screen.elements)}
    outage = {name: k for k, name in enumerate(screen.flows.outages.names)} | {BASE_CASE: -1}
    return Found(
        np.array([element[r["DeviceType"], r["ConstraintName"]] for r in binding], dtype=np.int64),
        np.array([outage[r["ContingencyName"]] for r in binding], dtype=np.int64),
        np.array([1 if r["Direction"] == "FROM_TO" else -1 for r in binding], dtype=np.int64),
        np.array([float(r["FlowMW"]) for r in binding]),
        np.array([float(r["LimitMW"]) for r in binding]),
    )


def _market_folder(folder: Path, bid_id: str) -> tuple[Path, list[Path]]:
    """The market that has the id, and where its submissions lie besides `case/`."""
    if (folder / "case").is_dir():
        return folder, []
    published = folder / "published"
    if not published.is_dir():
        raise Refused(
            [Finding("CLR0303", "nothing to explain here", str(folder),
                     "neither case/ nor published/", "a folder left by `clear` or `run`",
                     "name that folder")]
        )  # fmt: skip
    known: set[str] = set()
    for case in sorted(published.rglob("case")):
        table = case.parent / "awards.csv"
        ids = {next(iter(row.values()), "") for row in _table(table)} if table.exists() else set()
        known |= ids
        if bid_id in ids:
            market = case.parent.relative_to(published)
            return case.parent, sorted((folder / "private").glob(f"*/{market.as_posix()}"))
    raise _unknown(folder, bid_id, known)


def _table(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    except OSError as error:
        raise Refused(
            [Finding("CLR0301", f"{path.name} cannot be read", str(path), str(error),
                     "a folder left by `marketsim clear`", "clear the case first")]
        ) from error  # fmt: skip


def _unknown(folder: Path, bid_id: str, known: Collection[str]) -> Refused:
    near = get_close_matches(bid_id, sorted(known), NEAR) or sorted(known)[:NEAR]
    named = ", ".join(map(plain_id, near)) or "none"
    return Refused(
        [Finding("CLR0302", f"there is no bid or nomination {plain_id(bid_id)}", str(folder),
                 bid_id, f"an id of awards.csv, such as {named}", "correct the id")]
    )  # fmt: skip


def plain_id(text: str) -> str:
    """An id fit for one line of a message."""
    return " ".join(text.split())[:80]
