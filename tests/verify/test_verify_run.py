"""A run folder: submissions joined from private folders, the journal's chain, the money."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest
import verify_market as market
import verify_settled as settled
from verify_settled import write_rows

from simulator.verify import verify_folder

SUMS = "SHA256SUMS"
PLACE = Path("AUC_MN_2024_M04") / "2024_M04"
DOWNLOAD = f"published/{PLACE.parts[0]}/{PLACE.parts[0]}"
CASE = "published/settlement/2024_M04"
STATEMENTS = "private/P6/settlement/2024_M04"


def write_run(folder: Path) -> Path:
    """One auction of two products in one folder, its bids apart by participant."""
    place = folder / "published" / PLACE
    market.publish(place)
    bids = place / "case" / "bids.csv"
    with bids.open(newline="") as stream:
        header, *rows = list(csv.reader(stream))
    rows.sort(key=lambda row: (row[0], int(row[9])))
    write_rows(bids, [header, *rows])
    market.reseal(place)
    own: dict[str, list[list[str]]] = defaultdict(list)
    for row in rows:
        own[row[1]].append(row)
    for participant, lines in own.items():
        write_rows(folder / "private" / participant / PLACE / "bids.csv", [header, *lines])
    bids.unlink()
    journal = write_journal(folder / "journal.jsonl")
    settled.write_downloads(place)
    money = settled.write_settlement(folder, place)
    content = settled.summary(place, journal, money)
    (folder / "summary.json").write_text(json.dumps(content))
    (folder / "report.html").write_text("<!doctype html>")
    write_sums(folder)
    return folder


def write_sums(folder: Path) -> None:
    """The list of files that a run leaves."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != SUMS)
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder)}\n"
        for path in files
    ]
    (folder / SUMS).write_text("".join(lines))


def write_journal(path: Path) -> str:
    """Three chained lines; the last hash."""
    previous, lines = "0" * 64, []
    for seq, command in enumerate(("setup", "open", "clear"), 1):
        chained = [seq, f"w1-{command}", 1711983600 + seq, *2 * ["OPERATOR"], command, "done"]
        chained += ["a", "b"]
        text = json.dumps([*chained, previous], separators=(",", ":"))
        digest = hashlib.sha256(text.encode()).hexdigest()
        names = ("seq", "key", "at", "actor", "user", "command", "status")
        entry = dict(zip(names, chained, strict=False)) | {
            "arguments_digest": "a", "effect_digest": "b", "previous": previous, "hash": digest
        }  # fmt: skip
        lines.append(json.dumps(entry, sort_keys=True))
        previous = digest
    path.write_text("\n".join(lines) + "\n")
    return previous


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("verify") / "run")


def test_a_right_run_passes(run: Path) -> None:
    verification = verify_folder(run)
    assert verification.ok, [str(check) for check in verification.failed]
    assert {check.name for check in verification.checks} >= {
        "journal",
        "settlement adds up",
        "AUC_MN_2024_M04/2024_M04: awards feasible with every outage",
    }


def change_text(path: str, old: str, new: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        text = (folder / path).read_text()
        assert old in text
        (folder / path).write_text(text.replace(old, new, 1))

    return change


def change_summary(*keys: str | int, by: float) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        content = json.loads((folder / "summary.json").read_text())
        item = content
        for key in keys[:-1]:
            item = item[key]
        item[keys[-1]] += by
        (folder / "summary.json").write_text(json.dumps(content))

    return change


def change_event(number: int, key: str, value: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        content = json.loads((folder / "summary.json").read_text())
        content["events"][number][key] = value
        (folder / "summary.json").write_text(json.dumps(content))

    return change


def drop_event(folder: Path) -> None:
    content = json.loads((folder / "summary.json").read_text())
    content["events"].pop(1)
    (folder / "summary.json").write_text(json.dumps(content))


def drop_market(folder: Path) -> None:
    content = json.loads((folder / "summary.json").read_text())
    content["markets"].pop()
    (folder / "summary.json").write_text(json.dumps(content))


def shift_money(*moved: tuple[str, float]) -> Callable[[Path], None]:
    """Changes of summary money that still add up."""

    def change(folder: Path) -> None:
        for key, by in moved:
            change_summary("settlement", key, by=by)(folder)

    return change


def drop_row(path: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        lines = (folder / path).read_text().splitlines(keepends=True)
        (folder / path).write_text("".join(lines[:-1]))

    return change


def drop_line(folder: Path) -> None:
    lines = (folder / "journal.jsonl").read_text().splitlines(keepends=True)
    (folder / "journal.jsonl").write_text("".join(lines[:1] + lines[2:]))


def drop_last_line(folder: Path) -> None:
    lines = (folder / "journal.jsonl").read_text().splitlines(keepends=True)
    (folder / "journal.jsonl").write_text("".join(lines[:-1]))


def left_out(name: str) -> Callable[[Path], None]:
    """The market says that it did not enforce the contingency of that name."""

    def change(folder: Path) -> None:
        public = folder / "published" / PLACE.parts[0] / "model" / "public"
        public.mkdir(parents=True)
        (public / f"{'_'.join(PLACE.parts)}_CONTINGENCY_LEFT_OUT.csv").write_text(
            f"Contingency,ConstraintName,ShiftFactor,LargestShiftFactor\n{name},1-3-1,39.5,25.0\n"
        )
        write_sums(folder)

    return change


def forgotten(path: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / path).unlink()
        write_sums(folder)

    return change


ALTERATIONS: dict[str, tuple[str, Callable[[Path], None]]] = {
    "a private bid": (
        "input digests",
        change_text(f"private/HOLDER/{PLACE}/bids.csv", ",600\n", ",601\n"),
    ),
    "a participant's bids gone": (
        "every submission has one award",
        lambda folder: shutil.rmtree(folder / "private" / "P1"),
    ),
    "a journal line changed": ("journal", change_text("journal.jsonl", '"open"', '"post"')),
    "a journal line dropped": ("journal", drop_line),
    "the journal's end cut off": ("journal", drop_last_line),
    "a kilowatt more": ("markets in", change_summary("markets", 0, "awarded_mw", by=0.001)),
    "a submission more": ("markets in", change_summary("markets", 0, "submitted", by=1)),
    "a cent of revenue": (
        "settlement adds up",
        change_summary("settlement", "congestion_revenue_usd", by=0.01),
    ),
    "a cent left over": (
        "settlement adds up",
        change_summary("settlement", "residual_usd", by=0.01),
    ),
    "auction money": (
        "auction money is",
        lambda folder: [
            change_summary("settlement", key, by=1.0)(folder)
            for key in ("auction_net_usd", "balancing_account_usd")
        ]
        and None,
    ),
    "a posted market gone": (
        "markets in",
        lambda folder: shutil.rmtree(folder / "published" / PLACE.parts[0]),
    ),
    "a posted market's products gone": (
        "markets in",
        lambda folder: shutil.rmtree(folder / "published" / PLACE),
    ),
    "a market left out": ("markets in", drop_market),
    "a statement's cent": (
        "statements sum",
        change_text(f"{STATEMENTS}/statements.csv", ",6700,10.00,", ",6700,10.01,"),
    ),
    "a right's MW": (
        "statements settled again",
        change_text(f"{CASE}/crrs.csv", "A,B,OFF,1,", "A,B,OFF,1.01,"),
    ),
    "a shadow price": (
        "statements settled again",
        change_text(f"{CASE}/shadow_prices.csv", ",E,10\n", ",E,10.01\n"),
    ),
    "the rights gone": ("files can be read", lambda folder: (folder / CASE / "crrs.csv").unlink()),
    "a statement gone": (
        "statements sum",
        lambda folder: shutil.rmtree(folder / STATEMENTS),
    ),
    "a charge code unknown": (
        "statements sum",
        change_text(f"{STATEMENTS}/statements.csv", ",CRR_ADJUSTMENT,", ",6701,"),
    ),
    "a statement more in the summary": (
        "statements sum",
        change_summary("settlement", "statements", by=1),
    ),
    "paid and account": (
        "statements sum",
        shift_money(("paid_to_holders_usd", 50.0), ("balancing_account_usd", -50.0)),
    ),
    "revenue and account": (
        "congestion revenue published",
        shift_money(("congestion_revenue_usd", 50.0), ("balancing_account_usd", 50.0)),
    ),
    "an hour's revenue": (
        "congestion revenue published",
        change_text(f"{CASE}/congestion_revenue.csv", ",68.00\n", ",68.01\n"),
    ),
    "a month's case gone": (
        "congestion revenue published",
        lambda folder: shutil.rmtree(folder / CASE),
    ),
    "a settled award gone": ("settled auctions", drop_row(f"{CASE}/auction_awards.csv")),
    "auction money of another owner": (
        "settled auctions",
        change_text(f"{CASE}/auction_awards.csv", ",P6,", ",P5,"),
    ),
    "a result's price": (
        "downloads",
        change_text(f"{DOWNLOAD}_PUBLIC_AUCTION_RESULT.csv", ",789.76\n", ",789.77\n"),
    ),
    "a result's MW": (
        "downloads",
        change_text(f"{DOWNLOAD}_PUBLIC_AUCTION_RESULT.csv", ",35.421,", ",35.422,"),
    ),
    "a result gone": ("downloads", drop_row(f"{DOWNLOAD}_PUBLIC_AUCTION_RESULT.csv")),
    "a price gone": ("downloads", drop_row(f"{DOWNLOAD}_CLEARING_PRICE.csv")),
    "a price a cent up": (
        "downloads",
        change_text(f"{DOWNLOAD}_CLEARING_PRICE.csv", ",86.44\n", ",86.45\n"),
    ),
    "a constraint's limit": (
        "downloads",
        change_text(f"{DOWNLOAD}_BINDING_CONSTRAINT.csv", ",90.000,1573", ",91.000,1573"),
    ),
    "the binding constraints gone": (
        "downloads",
        lambda folder: (folder / f"{DOWNLOAD}_BINDING_CONSTRAINT.csv").unlink(),
    ),
    "revenue of the account": (
        "balancing account",
        change_text(f"{CASE}/balancing_account.csv", ",,1000.25,", ",,1000.26,"),
    ),
    "a posting gone": ("balancing account", drop_row(f"{CASE}/balancing_account.csv")),
    "auction money of another month": (
        "balancing account",
        change_text(f"{CASE}/balancing_account.csv", ",2024_M04,", ",2024_M05,"),
    ),
    "what a constraint left": (
        "balancing account by constraint",
        change_text(f"{CASE}/balancing_constraints.csv", ",12.00,0,0,0\n", ",12.00,0,0.01,0\n"),
    ),
    "a constraint left out": (
        "balancing account by constraint",
        lambda folder: (folder / CASE / "balancing_constraints.csv").write_text(
            "Constraint,RevenueUSD,NotionalValueUSD,DeficitUSD,GivenBackUSD,ResidualUSD,"
            "UnborneUSD\n"
        )
        and None,
    ),
    "somebody's demand": (
        "shares of measured demand",
        change_text(
            "private/OPERATOR/settlement/2024_M04/measured_demand.csv", "LSE,3,1,", "LSE,3,0,"
        ),
    ),
    "the list of demand gone": (
        "shares of measured demand",
        lambda folder: (
            folder / "private/OPERATOR/settlement/2024_M04/measured_demand.csv"
        ).unlink(),
    ),
    "the account gone": (
        "files can be read",
        lambda folder: (folder / CASE / "balancing_account.csv").unlink(),
    ),
    "a contingency left out without a reason": (
        "contingencies left out",
        change_text(f"{CASE}/contingencies_left_out.csv", ",39.5,", ",24.9,"),
    ),
    "a price after a contingency that was left out": (
        "contingencies left out",
        change_text(f"{CASE}/shadow_prices.csv", ",E,10\n", ",E|LOST|FROM_TO,10\n"),
    ),
    "a contingency both enforced and left out": ("contingencies left out", left_out("OUT 1-2")),
    "the list of what was left out gone": (
        "files can be read",
        forgotten(f"{CASE}/contingencies_left_out.csv"),
    ),
    "a word of the report": ("files of the run", change_text("report.html", "html", "htm")),
    "another seed": ("files of the run", change_summary("seed", by=1)),
    "a file among the downloads": (
        "files of the run",
        lambda folder: (folder / "published" / "notes.csv").write_text("a,b\n") and None,
    ),
    "a file among one's own": (
        "files of the run",
        lambda folder: (folder / "private" / "P1" / "more.csv").write_text("a,b\n") and None,
    ),
    "a file gone and forgotten": ("downloads", forgotten(f"{DOWNLOAD}_CLEARING_PRICE.csv")),
    "the list of files gone": ("files can be read", lambda folder: (folder / SUMS).unlink()),
    "an event's status": ("events of", change_event(1, "status", "pending")),
    "an event that never was": ("events of", change_event(1, "id", "w1-shut")),
    "an event left out": ("events of", drop_event),
}  # fmt: skip


def test_a_contingency_that_no_case_has_may_be_left_out(run: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(run, folder)
    left_out("OUT 9-9")(folder)
    assert verify_folder(folder).ok


@pytest.mark.parametrize("alteration", ALTERATIONS)
def test_an_altered_run_fails_the_check_it_concerns(
    run: Path, tmp_path: Path, alteration: str
) -> None:
    folder = tmp_path / "run"
    shutil.copytree(run, folder)
    expected, change = ALTERATIONS[alteration]
    change(folder)
    failed = [check.name for check in verify_folder(folder).failed]
    assert any(expected in name for name in failed), failed


def test_a_run_without_its_journal_fails_without_a_traceback(run: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(run, folder)
    (folder / "journal.jsonl").unlink()
    verification = verify_folder(folder)
    failed = [check.name for check in verification.failed]
    assert failed == ["files of the run", "files can be read"]
