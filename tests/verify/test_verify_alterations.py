"""Every cell of every table and every leaf of every JSON file of an answer, altered one by one.

As it lies there no alteration passes: the check that fails names the file. Where the certificate
was made to fit again what is left is physics and arithmetic, and all that escapes is what nobody
can know, listed with its reason in `simulator.verify.stated`.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import verify_market as market
from verify_folders import reseal

from simulator.verify import verify_folder
from simulator.verify.stated import OF_A_PROBLEM, OF_THE_ANSWER

OUTPUTS = (
    "awards.csv", "binding_constraints.csv", "clearing_prices.csv", "relaxed_constraints.csv",
    "shadow_price_ranges.csv",
)  # fmt: skip
DIGESTED_ROWS = 1
"""Every column of so many rows of a table is altered where it is the digest that tells."""


class Altered(NamedTuple):
    place: str
    content: bytes


def altered_cells(path: Path, most: int | None = None) -> Iterator[Altered]:
    """The file once for each cell, the cell altered; and once without each row."""
    header, *rows = list(csv.reader(io.StringIO(path.read_text())))
    for number, row in enumerate(rows[:most]):
        yield Altered(f"row {number}", table([header, *rows[:number], *rows[number + 1 :]]))
        for column, cell in enumerate(row):
            other = [*row[:column], another(cell), *row[column + 1 :]]
            rest = [header, *rows[:number], other, *rows[number + 1 :]]
            yield Altered(f"row {number} {header[column]}", table(rest))


def another(cell: str) -> str:
    """Another text of the same kind: a figure of as many decimals, a word that is none here."""
    try:
        figure = Decimal(cell)
    except ArithmeticError:
        return f"{cell}X" if cell else "7"
    places = -figure.as_tuple().exponent
    return str(figure + (Decimal("0.002") if places else 1))


def table(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def altered_leaves(path: Path, garbled: bool = False) -> Iterator[Altered]:
    """The file once for each leaf, the leaf altered or, if `garbled`, of another kind."""
    content = json.loads(path.read_text())
    for keys, value in leaves((), content):
        changed = json.loads(path.read_text())
        inside = changed
        for key in keys[:-1]:
            inside = inside[key]
        inside[keys[-1]] = {} if garbled else other(value)
        yield Altered(".".join(map(str, keys)), json.dumps(changed).encode())


def leaves(keys: tuple[Any, ...], content: Any) -> Iterator[tuple[tuple[Any, ...], Any]]:
    items = content.items() if isinstance(content, dict) else enumerate(content)
    for key, value in items:
        if isinstance(value, dict | list) and value:
            yield from leaves((*keys, key), value)
        else:
            yield (*keys, key), value


def other(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    return f"{value}X" if isinstance(value, str) else "X"


def publish_small(folder: Path, kind: str) -> Path:
    """Options, sales, slopes, a relaxed limit, an interface, open prices, times: a dozen bids."""
    market.write_case(folder / "case", kind, seed=0)
    file = folder / "case" / ("bids.csv" if kind == "auction" else "nominations.csv")
    header, *rows = file.read_text().splitlines(keepends=True)
    kept = [row for row in rows if not row.startswith(("B1", "B2", "B3", "N1"))]
    file.write_text("".join([header, *kept]))
    market.clear_into(folder / "case", folder)
    summary = json.loads((folder / "summary.json").read_text())
    for problem in summary["problems"]:
        problem["seconds"] = {"read": 0.25, "solve": 0.5, "total": 1.0}
    (folder / "summary.json").write_text(json.dumps(summary))
    reseal(folder)
    return folder


@pytest.fixture(scope="module", params=["auction", "allocation"])
def published(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = publish_small(tmp_path_factory.mktemp("verify") / "market", request.param)
    assert "EAST,INTERFACE" in (folder / "binding_constraints.csv").read_text()
    for file in ("relaxed_constraints.csv", "shadow_price_ranges.csv"):
        assert len((folder / file).read_text().splitlines()) > 1, file
    assert verify_folder(folder).ok, [str(check) for check in verify_folder(folder).failed]
    return folder


def unnoticed(
    folder: Path, file: str, alterations: Iterator[Altered], forged: bool = False
) -> set[str]:
    """Places of the file whose alteration went unnoticed, or was noticed without its name.

    A forger makes the certificate fit again; then it is enough that something does not fit.
    """
    before = {path: path.read_bytes() for path in (folder / file, folder / "certificate.json")}
    missed = set()
    for place, content in alterations:
        (folder / file).write_bytes(content)
        if forged:
            reseal(folder)
        failed = verify_folder(folder).failed
        told = [check for check in failed if file in f"{check.worst} {check.found}"]
        if not (failed if forged else told):
            missed.add(place)
        for path, kept in before.items():
            path.write_bytes(kept)
    return missed


def files(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_nothing_can_be_altered_unnoticed(published: Path) -> None:
    """Times are no part of what is certified: they only have to be possible."""
    missed: dict[str, set[str]] = {}
    count = 0
    for file in files(published):
        path = published / file
        if path.suffix == ".csv":
            alterations = list(altered_cells(path, DIGESTED_ROWS))
        elif path.suffix == ".json":
            alterations = list(altered_leaves(path))
        else:
            alterations = [Altered("its end", path.read_bytes() + b"\n")]
        count += len(alterations)
        found = unnoticed(published, file, iter(alterations))
        missed |= {file: found} if found else {}
    assert count > 150
    assert set(missed) == {"summary.json"}
    assert all(".seconds." in place for place in missed["summary.json"]), missed


def possible_only(folder: Path) -> set[str]:
    """Leaves of `summary.json` that a forger who alters the certificate with it may change."""
    summary = json.loads((folder / "summary.json").read_text())
    free = {
        ".".join(map(str, keys))
        for keys, _ in leaves((), {key: summary[key] for key in OF_THE_ANSWER})
    }
    for number, problem in enumerate(summary["problems"]):
        own = {key: problem[key] for key in OF_A_PROBLEM}
        free |= {".".join(map(str, keys)) for keys, _ in leaves(("problems", number), own)}
    return free


def test_nothing_that_can_be_known_can_be_forged(published: Path) -> None:
    """Of the answer's tables every cell; of its summary every leaf."""
    for file in OUTPUTS:
        if (published / file).exists():
            cells = altered_cells(published / file)
            missed = unnoticed(published, file, cells, forged=True)
            assert not missed, (file, missed)
    figures = altered_leaves(published / "summary.json")
    missed = unnoticed(published, "summary.json", figures, forged=True)
    assert missed <= possible_only(published), missed - possible_only(published)
    garbled = altered_leaves(published / "summary.json", garbled=True)
    assert not unnoticed(published, "summary.json", garbled, forged=True)


EXTRA = ("notes.txt", "case/monitored.csv", "awards.csv.part", "case/more/bids.csv")


@pytest.mark.parametrize("extra", EXTRA)
def test_a_file_that_no_certificate_names_fails(published: Path, extra: str) -> None:
    (published / extra).parent.mkdir(exist_ok=True)
    (published / extra).write_text("FromBus,ToBus,Circuit\n1,2,1\n")
    failed = {check.worst for check in verify_folder(published).failed}
    (published / extra).unlink()
    assert extra in failed
    shutil.rmtree(published / "case/more", ignore_errors=True)


def test_a_file_that_is_missing_fails_by_its_name(published: Path) -> None:
    for file in files(published):
        content = (published / file).read_bytes()
        (published / file).unlink()
        failed = verify_folder(published).failed
        (published / file).write_bytes(content)
        assert any(file in f"{check.worst} {check.found}" for check in failed), file
