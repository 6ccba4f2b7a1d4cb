"""Steps about what can be downloaded: by everybody, and by each participant for itself."""

from __future__ import annotations

from datetime import date

from pytest_bdd import given, parsers, then

from .door import Door, table
from .downloads import PRIVATE, PUBLIC, owner_of, rows
from .play import Play


@then("everybody can download:")
def can_download(play: Door, datatable: list[list[str]]) -> None:
    for row in table(datatable, ("file",)):
        content = play.file(row["file"])
        assert content, f"{row['file']} cannot be downloaded"
        assert len(content.splitlines()) > 1, f"{row['file']} has no rows"


@then("each holder can download its own CRRs and nobody else's")
def own_crrs(play: Door) -> None:
    everybody = play.crrs()
    assert everybody, "nobody has any"
    for who in play.people():
        held = {crr.crr_id for crr in everybody if crr.owner == who}
        assert {crr.crr_id for crr in play.own_crrs(who)} == held, who


@then(parsers.parse('{who:w} finds in its "{file}":'))
def finds_in_own(play: Play, who: str, file: str, datatable: list[list[str]]) -> None:
    """A blank cell may be anything."""
    own = own_rows(play, who, file)
    for line in table(datatable, datatable[0]):
        wanted = {name: cell for name, cell in line.items() if cell}
        found = [{name: row.get(name) for name in wanted} for row in own]
        assert wanted in found, f"there is no {wanted} among the {len(own)} rows"


@then(parsers.parse('{who:w} finds nothing of {other:w} in its "{file}"'))
def finds_nothing_of(play: Play, who: str, other: str, file: str) -> None:
    own = own_rows(play, who, file)
    assert own, f"{who} has no {file}"
    assert not [row for row in own if other in row.values()]


@given(parsers.parse('no result of "{market}" can be downloaded'))
@then(parsers.parse('no result of "{market}" can be downloaded'))
def no_results(play: Door, market: str) -> None:
    found = play.results(market)
    assert not found, f"{found} are there before the results are posted"


@then(parsers.parse('the results of "{market}" can be downloaded, each private one by its owner'))
def results_there(play: Door, market: str) -> None:
    found = play.results(market)
    assert any(path.startswith(f"{PUBLIC}/") for path in found), "no public results"
    private = [path for path in found if path.startswith(f"{PRIVATE}/")]
    assert private, "no private results"
    for path in private:
        assert path.endswith(f"_{owner_of(path)}.csv"), path


def own_rows(play: Play, who: str, file: str) -> list[dict[str, str]]:
    """The rows of a file that only `who` can download."""
    return rows(play.files().get(f"{PRIVATE}/{who}/{file}", b""))


def replacements(play: Door, market: str) -> dict[str, tuple[str, date]]:
    """Where each retired location went, and from which day on, as the market published it."""
    path = f"{market}/{market}_SOURCE_SINK_REPLACEMENT.csv"
    found: dict[str, tuple[str, date]] = {}
    for row in rows(play.file(path)):  # the earliest day of each comes first
        moved = (row["ReplacementSourceSink"], date.fromisoformat(row["EffectiveDate"]))
        found.setdefault(row["RetiredSourceSink"], moved)
    return found
