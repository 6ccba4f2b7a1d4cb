"""A case and its answer as files: one canonical text for equal content (contract, section 3).

Rows are sorted by their keys and figures have one spelling, so that the order of anybody's rows
is not seen. Every file is written beside its place and then moved there, whole.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from simulator.clearing.case import ClearingCase
from simulator.clearing.certificate import certificate
from simulator.clearing.result import ClearingResult, ShadowPriceRange
from simulator.domain import Award, BindingConstraint, RelaxedConstraint, Tou
from simulator.domain.table import csv_text
from simulator.network.branch import BranchKey

PLACE = (
    *("ConstraintName", "DeviceType", "FromBus", "ToBus", "Circuit"),
    *("ContingencyName", "Direction", "TOU", "Period"),
)
RANGES = "shadow_price_ranges.csv"
SETTINGS = (
    "name",
    "kind",
    "objective",
    "limit_scale",
    "base_rating",
    "contingency_rating",
    "infeasible_base",
    "curve",
)

NOT_IN_EVERY_CASE = {
    "network.raw", "network.m", "bids.csv", "nominations.csv", "generator_contingencies.csv",
    "locations.csv", "monitored.csv",
}  # fmt: skip


def case_files(
    case: ClearingCase, network: bytes | str, network_name: str = "network.raw"
) -> dict[str, bytes]:
    """The files of a case by name; `network` is the power-flow case as it was read."""
    files = {
        "market.toml": _toml(case),
        network_name: network if isinstance(network, bytes) else network.encode(),
        "contingencies.csv": _contingencies(case),
        "interfaces.csv": _interfaces(case),
        "outages.csv": _branches(case.outages),
        "fixed_crrs.csv": _fixed(case),
        "bids.csv" if case.kind == "auction" else "nominations.csv": submissions_csv(case),
    }
    if any(item.machines for item in case.contingencies):
        files["generator_contingencies.csv"] = _generator_contingencies(case)
    if case.locations is not None:
        files["locations.csv"] = _locations(case)
    if case.monitored is not None:
        files["monitored.csv"] = _branches(case.monitored)
    return files


def result_files(result: ClearingResult) -> dict[str, bytes]:
    """The answer's tables by name (`summary.json` and the certificate not among them)."""
    auction = result.kind == "auction"
    files = {
        "awards.csv": awards_csv(result.awards, auction),
        "binding_constraints.csv": _limits(
            ("FlowMW", "LimitMW", "ShadowPrice"),
            ((b, b.flow_mw, b.limit_mw, b.shadow_price_usd_per_mw) for b in result.binding),
        ),
        "relaxed_constraints.csv": _limits(
            ("OriginalLimitMW", "LimitMW", "FixedFlowMW"),
            ((r, r.original_limit_mw, r.limit_mw, r.fixed_flow_mw) for r in result.relaxed),
        ),
    }
    if auction:
        files["clearing_prices.csv"] = _csv(
            ("SourceSink", "TOU", "Period", "ClearingPrice"),
            ((p.location, p.tou, p.period, p.price_usd_per_mw) for p in result.prices),
        )
    return files


def write_case_folder(
    case: ClearingCase,
    path: Path,
    raw_text: bytes | str,
    network_name: str = "network.raw",
    *,
    with_submissions: bool = True,
) -> dict[str, str]:
    """Write a case folder that `read_case_folder` reads back; SHA-256 by file name.

    What an earlier case left there and this one does not have is removed.
    """
    files = case_files(case, raw_text, network_name)
    if not with_submissions:
        files = {k: v for k, v in files.items() if k not in ("bids.csv", "nominations.csv")}
    for name in sorted(NOT_IN_EVERY_CASE - files.keys()):
        (path / name).unlink(missing_ok=True)
    return write_files(path, files)


def write_result(
    result: ClearingResult, path: Path, inputs: dict[str, str] | None = None
) -> dict[str, str]:
    """Write the tables, `summary.json` and `certificate.json`; SHA-256 by file name.

    `inputs` are the digests of the case's files by their name below `path`.
    """
    digests = write_files(path, {**result_files(result), RANGES: ranges_csv(result.ranges)})
    summary = result.summary()
    proof = certificate(summary, inputs or {}, digests)
    return digests | write_files(
        path, {"summary.json": json_bytes(summary), "certificate.json": json_bytes(proof)}
    )


def ranges_csv(ranges: Iterable[ShadowPriceRange]) -> bytes:
    """`shadow_price_ranges.csv`: no row where all shadow prices are unique; "" is no bound."""
    return _limits(
        ("ShadowPrice", "LeastShadowPrice", "GreatestShadowPrice"),
        ((r, r.shadow_price_usd_per_mw, r.least_usd_per_mw,
          "" if r.greatest_usd_per_mw is None else r.greatest_usd_per_mw) for r in ranges),
    )  # fmt: skip


def write_files(path: Path, files: dict[str, bytes]) -> dict[str, str]:
    """Write files whole or not at all, each; SHA-256 by file name."""
    path.mkdir(parents=True, exist_ok=True)
    for name, data in sorted(files.items()):
        beside = path / f".{name}.part"
        beside.write_bytes(data)
        beside.replace(path / name)
    return {name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items())}


def awards_csv(awards: Iterable[Award], auction: bool) -> bytes:
    """`awards.csv`, also of a part of the awards (one participant's own)."""
    if auction:
        return _csv(
            ("BidID", "Participant", "TransactionType", "Source", "Sink", "TOU", "Period",
             "AwardedMW", "ClearingPrice", "HedgeType", "CRRID", "BidMW"),
            (
                (a.bid_id, a.participant, a.transaction, a.source, a.sink, a.tou, a.period,
                 a.awarded_mw, a.clearing_price_usd_per_mw, a.hedge, a.crr_id,
                 plain(a.submitted_mw))
                for a in awards
            ),
        )  # fmt: skip
    return _csv(
        ("NominationID", "Participant", "Source", "Sink", "TOU", "Period", "NominatedMW",
         "AwardedMW"),
        (
            (a.bid_id, a.participant, a.source, a.sink, a.tou, a.period, plain(a.submitted_mw),
             a.awarded_mw)
            for a in awards
        ),
    )  # fmt: skip


def submissions_csv(case: ClearingCase) -> bytes:
    """`bids.csv` or `nominations.csv`, sorted by id and point."""
    if case.kind == "auction":
        return _csv(
            ("BidID", "Participant", "TransactionType", "HedgeType", "Source", "Sink", "TOU",
             "Period", "CRRID", "Point", "MW", "Price"),
            (
                (b.bid_id, b.participant, b.transaction, b.hedge, b.source, b.sink, b.tou,
                 b.period, b.crr_id, number, plain(point.mw), plain(point.price_usd_per_mw))
                for b in sorted(case.bids, key=lambda bid: bid.bid_id)
                for number, point in enumerate(b.curve, 1)
            ),
        )  # fmt: skip
    return _csv(
        ("NominationID", "Participant", "Source", "Sink", "TOU", "Period", "MW"),
        (
            (n.nomination_id, n.participant, n.source, n.sink, n.tou, n.period, plain(n.mw))
            for n in sorted(case.nominations, key=lambda item: item.nomination_id)
        ),
    )


def plain(value: Decimal) -> str:
    """A decimal in its one spelling: no exponent, no idle zeros."""
    return format(value.normalize() + Decimal(0), "f")


def _toml(case: ClearingCase) -> bytes:
    lines = [f"{key} = {json.dumps(getattr(case, key), ensure_ascii=False)}\n" for key in SETTINGS]
    if not case.impedance_correction:
        lines.append("impedance_correction = false\n")
    return "".join(lines).encode()


def _contingencies(case: ClearingCase) -> bytes:
    return _csv(
        ("Contingency", "FromBus", "ToBus", "Circuit"),
        (
            (item.name, *key)
            for item in sorted(case.contingencies, key=lambda c: c.name)
            for key in sorted(item.branches)
        ),
    )


def _generator_contingencies(case: ClearingCase) -> bytes:
    return _csv(
        ("Contingency", "Bus", "ID"),
        (
            (item.name, *key)
            for item in sorted(case.contingencies, key=lambda c: c.name)
            for key in sorted(item.machines)
        ),
    )


def _interfaces(case: ClearingCase) -> bytes:
    return _csv(
        ("Interface", "FromBus", "ToBus", "Circuit", "Weight", "ForwardLimitMW", "ReverseLimitMW"),
        (
            (
                item.name,
                *key,
                repr(weight),
                _limit(item.forward_limit_mw),
                _limit(item.reverse_limit_mw),
            )
            for item in sorted(case.interfaces, key=lambda i: i.name)
            for key, weight in sorted(item.terms)
        ),
    )


def _limit(value: float | None) -> str:
    return "" if value is None else repr(value)


def _locations(case: ClearingCase) -> bytes:
    assert case.locations is not None
    return _csv(
        ("SourceSink", "Type", "Biddable", "Bus", "Factor", "TOU"),
        (
            (name, item.type, "Yes" if item.biddable else "No", bus, repr(share), tou)
            for name, item in sorted(case.locations.items())
            for tou in Tou
            for bus, share in sorted(item.factors.get(tou, ()))
        ),
    )


def _branches(keys: Iterable[BranchKey]) -> bytes:
    return _csv(("FromBus", "ToBus", "Circuit"), sorted(keys))


def _fixed(case: ClearingCase) -> bytes:
    return _csv(
        ("CRRID", "Owner", "Source", "Sink", "HedgeType", "TOU", "Period", "MW"),
        (
            (c.crr_id, c.owner, c.source, c.sink, c.hedge, c.tou, c.period, plain(c.mw))
            for c in sorted(case.fixed_crrs, key=lambda item: item.crr_id)
        ),
    )


def _limits(figures: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """A table of limits: each row a limit and its figures."""
    return _csv((*PLACE, *figures), ((*_place(item), *values) for item, *values in rows))


def _place(item: BindingConstraint | RelaxedConstraint | ShadowPriceRange) -> tuple[object, ...]:
    """The columns of `PLACE`; an interface has no buses."""
    branch = item.device_type == "BRANCH"
    return (
        item.name,
        item.device_type,
        item.from_bus if branch else "",
        item.to_bus if branch else "",
        item.circuit,
        item.contingency,
        item.direction,
        item.tou,
        item.period,
    )


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    return csv_text(header, rows).encode()


def json_bytes(data: Any) -> bytes:
    """JSON as files write it: keys in the order given, no NaN, a line feed at the end."""
    return (json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()
