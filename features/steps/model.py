"""Steps about a market's model: versions of the source/sink list, islands, retirements, limits."""

from __future__ import annotations

from decimal import Decimal

from pytest_bdd import given, parsers, then, when

from simulator.domain import Bid, CurvePoint, Period, Portfolio, TransactionType
from simulator.market.base_loading import holdings
from simulator.market.outages import PlannedOutage
from simulator.network.branch import BranchKey
from simulator.network.raw.reader import read_raw
from simulator.store import books

from .door import Door, table
from .downloads import PUBLIC, rows
from .play import Books, Play
from .publication import replacements
from .submissions import hand_in

MODEL = "model/public"


@given(
    parsers.parse(
        'the calendar "{calendar}" is played with seed {seed:d} '
        'and {from_bus:d}-{to_bus:d} circuit {circuit} out in "{month}"'
    ),
    target_fixture="play",
)
def calendar_with_outage(
    stage: Books, calendar: str, seed: int, from_bus: int, to_bus: int, circuit: str, month: str
) -> Play:
    """The outage lasts the whole month, in the CRR model only, and was always known."""
    branch, period = BranchKey(from_bus, to_bus, circuit), Period.parse(month)
    outage = PlannedOutage(branch, period.start, period.end, "CRR", "added by the feature")
    return stage.play(calendar, seed, outage)


@given(parsers.parse('version {version:d} of the list of "{market}" is not out'))
def version_not_out(play: Play, market: str, version: int) -> None:
    assert not _versions(play, market, version)


@then(parsers.parse('version {version:d} of the list of "{market}" is out'))
def version_out(play: Play, market: str, version: int) -> None:
    assert _versions(play, market, version)


@then(parsers.parse('version {version:d} of the list of "{market}" says what changed:'))
def changes(play: Play, market: str, version: int, datatable: list[list[str]]) -> None:
    (path,) = [
        path
        for path in play.files()
        if path.startswith(f"{PUBLIC}/{market}/{MODEL}/")
        and path.endswith(f"_SOURCE_SINK_CHANGES_V{version - 1}_V{version}.csv")
    ]
    found = {(row["SourceSink"], row["Change"]): row["Reason"] for row in rows(play.files()[path])}
    expected = table(datatable, ("location", "change", "reason"))
    assert set(found) == {(row["location"], row["change"]) for row in expected}
    for row in expected:
        assert row["reason"] in found[row["location"], row["change"]]


@then(parsers.parse('"{retired}" is replaced by "{replacement}" in "{market}"'))
def is_replaced(play: Door, retired: str, replacement: str, market: str) -> None:
    moved = {old: new for old, (new, _) in replacements(play, market).items()}
    assert moved == {retired: replacement}
    loading = rows(play.file(f"{market}/{market}_GROUPED_BASE_LOADING.csv"))
    ends = {row[end] for row in loading for end in ("Source", "Sink")}
    assert retired not in ends
    assert replacement in ends


@then(parsers.parse('{who:w} holds in "{market}" a CRR from "{source}" to "{sink}", {words}'))
def holds(play: Play, who: str, market: str, source: str, sink: str, words: str) -> None:
    """`words` say where the inventory has it: `which its inventory has from "MORROBAY_7_N001"`."""
    listed = words.split('"')[1]
    with play.reading() as tx:
        held = [
            crr for crr in holdings(tx, market, who) if (crr.source, crr.sink) == (source, sink)
        ]
        own = {crr.crr_id: crr.source for crr in books.crrs(tx, owner=who)}
    assert held, f"{who} holds nothing from {source} to {sink}"
    assert listed in {own[crr.crr_id] for crr in held}


@when(parsers.parse('{who:w} offers its CRR from "{source}" in "{market}" as "{name}"'))
def offers(play: Play, who: str, source: str, market: str, name: str) -> None:
    with play.reading() as tx:
        crr = next(crr for crr in holdings(tx, market, who) if crr.source == source)
    period = Period.month(crr.start.year, crr.start.month).name
    curve = (CurvePoint(Decimal(0), Decimal(1)), CurvePoint(crr.mw, Decimal(1)))
    bid = Bid(
        "1", who, TransactionType.SELL, crr.hedge, crr.source, crr.sink, crr.tou, period, curve,
        crr.crr_id,
    )  # fmt: skip
    hand_in(play, Portfolio(name, market, who, (bid,)))


@then(parsers.parse('the case of "{market}" has these limits:'))
def case_limits(play: Play, market: str, datatable: list[list[str]]) -> None:
    found = play.files()
    for row in table(datatable, ("product", "branch", "rating A", "in service")):
        case = read_raw(found[f"{PUBLIC}/{market}/{row['product']}/case/network.raw"])
        ends = tuple(row["branch"].split("-"))
        (line,) = [
            line
            for line in case.lines
            if (str(line.from_bus), str(line.to_bus), line.circuit) == ends
        ]
        limit = round(Decimal(repr(line.rate_a_mva)), 2)
        assert limit == Decimal(row["rating A"]), f"{row['branch']}: {limit}"
        assert line.status == (row["in service"] == "yes")


def _versions(play: Play, market: str, version: int) -> list[str]:
    return [
        path
        for path in play.files()
        if path.startswith(f"{PUBLIC}/{market}/{MODEL}/")
        and path.endswith(f"_SOURCE_SINK_V{version}.csv")
    ]
