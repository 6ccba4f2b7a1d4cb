"""Files that are what they were and no others, and figures that are repeated as they have to be."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from simulator.verify.answer import Answer
from simulator.verify.check import Check, Offence, judged
from simulator.verify.feasibility import Swept
from simulator.verify.optimality import Worth
from simulator.verify.question import Question
from simulator.verify.stated import check_stated
from simulator.verify.submission import Problem
from simulator.verify.table import exact, unreadable
from simulator.verify.tolerances import AWARD_STEP_MW, PRINTED, RELATIVE_GAP, RELATIVE_PRINTED

TIMES = "seconds"
DIGESTS = ("inputs", "outputs")
CERTIFIED = ("summary.json", "certificate.json")
KNOWN = {
    *("awards.csv", "clearing_prices.csv", "binding_constraints.csv", "relaxed_constraints.csv"),
    *("shadow_price_ranges.csv", "case/market.toml", "case/network.raw", "case/network.m"),
    *("case/contingencies.csv", "case/generator_contingencies.csv", "case/locations.csv"),
    *("case/interfaces.csv", "case/outages.csv", "case/monitored.csv", "case/fixed_crrs.csv"),
    *("case/bids.csv", "case/nominations.csv"),
}
"""The files of a case and of its answer (contract section 3)."""
BESIDE = ("hub_legs.csv",)
"""What a run puts beside an answer; `hubs` holds it to the answer's awards."""
STEP = Decimal(str(AWARD_STEP_MW))


def check_digests(
    folder: Path, case: Path, certificate: Mapping[str, Any], private: Sequence[Path] = ()
) -> list[Check]:
    """Every file that the certificate names is there with its digest.

    Submissions that lie apart in the folders `private` are put together again first.
    """
    return [
        _digests("input digests", case, certificate.get("inputs"), private),
        _digests("output digests", folder, certificate.get("outputs"), ()),
        _strangers(folder, certificate),
    ]


def _strangers(folder: Path, certificate: Mapping[str, Any]) -> Check:
    """Only files of a case and an answer lie in the folder, and all are certified."""
    named = {name for key in DIGESTS for name in _listed(certificate.get(key))}
    named |= {f"case/{name}" for name in _listed(certificate.get("inputs"))}
    found = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()]
    offences = [
        Offence(1.0, name, f"{name}, which is none of an answer or not certified")
        for name in sorted(set(found) - (named & KNOWN) - {*CERTIFIED, *BESIDE})
    ]
    return judged("no other files", "what the certificate names", offences, len(found))


def _listed(digests: object) -> Iterator[str]:
    return map(str, digests if isinstance(digests, Mapping) else ())


def _digests(name: str, folder: Path, listed: object, private: Sequence[Path]) -> Check:
    if not isinstance(listed, Mapping) or not listed:
        return Check(name, False, "none in certificate.json", "SHA-256 of every file")
    offences = []
    case = "case/" if name.startswith("input") else ""
    for relative, digest in sorted(listed.items()):
        path = folder / str(relative).removeprefix(case)
        named = f"{case}{str(relative).removeprefix(case)}"
        apart = [own / path.name for own in private if (own / path.name).exists()]
        if not path.exists() and not apart:
            offences.append(Offence(1.0, named, "missing"))
            continue
        content = path.read_bytes() if path.exists() else _together(apart)
        if hashlib.sha256(content).hexdigest() != digest:
            offences.append(Offence(1.0, named, "not the file that certificate.json names"))
    return judged(name, "SHA-256", offences, len(listed))


def _together(files: Sequence[Path]) -> bytes:
    """One table of several participants' rows, by submission and point."""
    header: list[str] = []
    rows: list[list[str]] = []
    for path in files:
        try:
            with path.open(encoding="utf-8", newline="") as stream:
                header, *own = list(csv.reader(stream)) or [[]]
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise unreadable(str(path), str(error), "a CSV file in UTF-8") from error
        rows += [row for row in own if row and len(row) == len(header)]
    point = header.index("Point") if "Point" in header else None
    rows.sort(key=lambda row: (row[0], 0 if point is None else _order(row[point])))
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    return text.getvalue().encode()


def _order(point: str) -> int:
    return int(point) if point.isdigit() else 0


def check_summary(
    question: Question, answer: Answer, found: Swept, worths: list[Worth]
) -> list[Check]:
    """`summary.json` counts and adds up; `certificate.json` repeats it to the last digit."""
    summary = answer.summary
    stated = {
        Problem(str(item.get("period")), str(item.get("tou"))): item
        for item in summary.get("problems", ())
    }
    offences = []
    for name, word in (("name", question.rules.name), ("kind", question.rules.kind)):
        if summary.get(name) != word:
            offences.append(Offence(0.0, f"summary.json {name}", f"{summary.get(name)!r}"))
    if list(stated) != list(question.problems) or len(stated) != len(summary.get("problems", ())):
        offences.append(Offence(0.0, "summary.json problems", ", ".join(map(str, stated))))
    for worth in worths:
        item = stated.get(worth.problem, {})
        for key, right in _counted(question, answer, found, worth).items():
            offences.extend(_figure(f"summary.json {worth.problem} {key}", item.get(key), right))
    for key in ("objective", "awarded_value", "awarded_mw"):
        if key in summary:
            total = sum((exact(item.get(key)) for item in stated.values()), Decimal(0))
            offences.extend(_figure(f"summary.json {key}", summary[key], float(total)))
    return [
        judged("summary adds up", "recounted", offences, len(worths)),
        _repeated(summary, answer.certificate),
        check_stated(summary, [stated.get(worth.problem, {}) for worth in worths]),
        *(_proved(worth, stated.get(worth.problem, {})) for worth in worths),
    ]


def _counted(question: Question, answer: Answer, found: Swept, worth: Worth) -> dict[str, float]:
    problem, awards = worth.problem, answer.award_mw()
    mine = [item for item in question.submissions if item.problem == problem]
    got = [(item.mw, awards.get(item.submission_id, item.mw * 0)) for item in mine]
    full = [mw for asked, mw in got if asked - mw < STEP]  # not another step fits
    return {
        "bids": len(mine),
        "binding": sum(item.problem == problem for item in answer.bound),
        "max_violation_mw": found.worst[problem][0],
        "constraints_screened": found.constraints[problem],
        "awarded_value": float(worth.awarded),
        "awarded_mw": float(sum(mw for _, mw in got)),
        "fully_awarded": len(full),
        "partly_awarded": sum(mw > 0 for _, mw in got) - sum(mw > 0 for mw in full),
        "not_awarded": sum(mw == 0 for _, mw in got) - sum(mw == 0 for mw in full),
    }


def _proved(worth: Worth, item: Mapping[str, Any]) -> Check:
    """The stated objectives lie where awards and prices put them, and meet."""
    name = f"{worth.problem}: awards are the best there are"
    if not item:
        return Check(name, False, "no figures in summary.json", "value meets bound")
    objective, dual, gap = item["objective"], item["dual_objective"], item["relative_gap"]
    scale = max(1.0, abs(worth.bound), abs(float(worth.awarded)))
    faults = [
        text
        for wrong, text in (
            (not worth.gap <= worth.slack, f"awards {worth.gap:.6g} short of the best"),
            (not worth.gap >= -worth.slack, f"awards {-worth.gap:.6g} beyond what is possible"),
            (not worth.brackets(objective), f"objective {objective} outside awards and bound"),
            (
                not abs(dual - worth.bound) <= RELATIVE_GAP * scale + worth.printed,
                f"dual objective {dual} instead of {worth.bound:.6f}",
            ),
            (not 0 <= gap <= RELATIVE_GAP, f"relative gap {gap}"),
            (
                not abs(gap - abs(objective - dual) / scale) <= RELATIVE_GAP,
                f"relative gap {gap} is not that of {objective} and {dual}",
            ),
        )
        if wrong
    ]
    found = "; ".join(faults) or f"{float(worth.awarded):.6f} of at most {worth.bound:.6f}"
    return Check(name, not faults, found, "value meets bound", str(worth.problem))


def _repeated(summary: Mapping[str, Any], certificate: Mapping[str, Any]) -> Check:
    """The certificate says all that the summary says but for the times, and nothing else."""
    said = dict(_leaves("", summary))
    rest = {key: value for key, value in certificate.items() if key not in DIGESTS}
    certified = dict(_leaves("", rest))
    offences = [
        Offence(
            1.0,
            f"summary.json or certificate.json, {place}",
            f"{said.get(place, 'nothing')} beside {certified.get(place, 'nothing')}",
        )
        for place in sorted({*said, *certified})
        if said.get(place) != certified.get(place)
    ]
    return judged("certificate repeats the summary", "the same figures", offences, len(said))


def _leaves(place: str, content: object) -> Iterator[tuple[str, str]]:
    """Every figure and word as it is printed, with its place; times are left out."""
    items: list[tuple[str, object]] = []
    if isinstance(content, Mapping):
        items = [(f".{key}", value) for key, value in content.items() if key != TIMES]
    elif isinstance(content, list):
        items = [(f"[{number}]", value) for number, value in enumerate(content)]
    for step, value in items:
        yield from _leaves(f"{place}{step}", value)
    if not items:
        yield place.lstrip("."), json.dumps(content)


def _figure(where: str, stated: object, right: float) -> list[Offence]:
    if isinstance(stated, bool) or not isinstance(stated, int | float):
        return [Offence(0.0, where, f"{stated!r} instead of {right:.6f}")]
    off = abs(float(stated) - right)
    if off <= PRINTED + RELATIVE_PRINTED * abs(right):
        return []
    return [Offence(off, where, f"{stated} instead of {right:.6f}")]
