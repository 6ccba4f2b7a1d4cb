"""Steps about what can be downloaded: by everybody, and by each participant for itself."""

from __future__ import annotations

import csv
import io
from datetime import date

from pytest_bdd import given, parsers, then

from simulator.market.publication import PRIVATE, PUBLIC, run_files
from simulator.store import books

from .play import Play, table

FILES = "files at"
RESULTS = (
    "PUBLIC_ALLOCATION_RESULT",
    "PRIVATE_ALLOCATION_RESULT",
    "PUBLIC_AUCTION_RESULT",
    "PRIVATE_AUCTION_RESULT",
    "CLEARING_PRICE",
    "BINDING_CONSTRAINT",
    "awards.csv",
    "clearing_prices.csv",
    "binding_constraints.csv",
)


@then("everybody can download:")
def can_download(play: Play, datatable: list[list[str]]) -> None:
    published = files(play)
    for row in table(datatable, ("file",)):
        path = f"{PUBLIC}/{row['file']}"
        assert path in published, f"{path} is not among {sorted(published)}"
        assert len(published[path].splitlines()) > 1, f"{path} has no rows"


@then("each holder can download its own CRRs and nobody else's")
def own_crrs(play: Play) -> None:
    with play.reading() as tx:
        holders = {crr.owner for crr in books.crrs(tx)}
    found = {path: text for path, text in files(play).items() if "PRIVATE_EXISTING_CRR" in path}
    assert {_owner(path) for path in found} == holders
    for path, text in found.items():
        header, *rows = (line.split(",") for line in text.decode().splitlines())
        owner = header.index("AssetOwner")
        assert {row[owner] for row in rows} == {_owner(path)}, path


@then(parsers.parse('{who:w} finds in its "{file}":'))
def finds_in_own(play: Play, who: str, file: str, datatable: list[list[str]]) -> None:
    """A blank cell may be anything."""
    rows = own_rows(play, who, file)
    for line in table(datatable, datatable[0]):
        wanted = {name: cell for name, cell in line.items() if cell}
        found = [{name: row.get(name) for name in wanted} for row in rows]
        assert wanted in found, f"there is no {wanted} among the {len(rows)} rows"


@then(parsers.parse('{who:w} finds nothing of {other:w} in its "{file}"'))
def finds_nothing_of(play: Play, who: str, other: str, file: str) -> None:
    rows = own_rows(play, who, file)
    assert rows, f"{who} has no {file}"
    assert not [row for row in rows if other in row.values()]


@given(parsers.parse('no result of "{market}" can be downloaded'))
@then(parsers.parse('no result of "{market}" can be downloaded'))
def no_results(play: Play, market: str) -> None:
    found = result_files(play, market)
    assert not found, f"{found} are there before the results are posted"


@then(parsers.parse('the results of "{market}" can be downloaded, each private one by its owner'))
def results_there(play: Play, market: str) -> None:
    found = result_files(play, market)
    assert any(path.startswith(f"{PUBLIC}/") for path in found), "no public results"
    private = [path for path in found if path.startswith(f"{PRIVATE}/")]
    assert private, "no private results"
    for path in private:
        assert path.endswith(f"_{_owner(path)}.csv"), path


def files(play: Play) -> dict[str, bytes]:
    """Every file that could be downloaded at this moment, with its path; made once a moment."""
    key = f"{FILES} {play.moment} after {play.asked}"
    if key not in play.noted:
        with play.reading() as tx:
            play.noted = {
                **{name: value for name, value in play.noted.items() if not name.startswith(FILES)},
                key: dict(run_files(tx, play.world)),
            }
    return dict(play.noted[key])


def own_rows(play: Play, who: str, file: str) -> list[dict[str, str]]:
    """The rows of a file that only `who` can download."""
    text = files(play).get(f"{PRIVATE}/{who}/{file}", b"").decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def result_files(play: Play, market: str) -> list[str]:
    """The paths of a market's results, public and private."""
    return [
        path
        for path in files(play)
        if f"/{market}/" in path and any(kind in path for kind in RESULTS)
    ]


def replacements(play: Play, market: str) -> dict[str, tuple[str, date]]:
    """Where each retired location went, and from which day on, as the market published it."""
    path = f"{PUBLIC}/{market}/{market}_SOURCE_SINK_REPLACEMENT.csv"
    rows = csv.DictReader(io.StringIO(files(play).get(path, b"").decode(), newline=""))
    found: dict[str, tuple[str, date]] = {}
    for row in rows:  # the earliest day of each comes first
        moved = (row["ReplacementSourceSink"], date.fromisoformat(row["EffectiveDate"]))
        found.setdefault(row["RetiredSourceSink"], moved)
    return found


def _owner(path: str) -> str:
    return path.split("/")[1]
