"""An auction run again after a correction: new awards and a new version, the old ones kept."""

from __future__ import annotations

import csv
import io
import json
import shutil
import zipfile
from collections import Counter
from decimal import Decimal

import pytest
from market_played import AUCTION, MONTH, SHORT_RUN, TIER_1, answer, ask, codes, room_at

from simulator.domain import Period, TransactionType
from simulator.engine import Run
from simulator.market import inventory
from simulator.market.posting import market_awards
from simulator.market.publication import run_files
from simulator.market.replay import replay
from simulator.market.report_events import outcome
from simulator.market.rerun_auction import Posting
from simulator.market.settlement_files import settlement_files
from simulator.market.summary import settlement_sums
from simulator.market.world import World
from simulator.settlement import compare, settle
from simulator.settlement.folder import read_settlement_case
from simulator.store import books, tables
from simulator.timeline.scenario import load_scenario

RESULT = f"{AUCTION}_PUBLIC_AUCTION_RESULT.csv"


def rows(room, table) -> list[dict]:
    with room.store.reading() as tx:
        return tx.rows(table)


def held(room) -> dict:
    with room.store.reading() as tx:
        return {crr.crr_id: crr for crr in books.crrs(tx)}


def awards(room):
    with room.store.reading() as tx:
        return market_awards(tx, AUCTION)


def winner(room) -> str:
    """Who bought most."""
    bought: Counter[str] = Counter()
    for award in awards(room):
        if award.transaction == TransactionType.BUY:
            bought[award.participant] += award.awarded_mw
    return bought.most_common(1)[0][0]


def files(room) -> dict[str, bytes]:
    with room.store.reading() as tx:
        return dict(settlement_files(tx, room.world))


def rerun(room, **correction):
    return ask(room, "rerun_auction", market=AUCTION, reason="bids came in late", **correction)


def test_whom_it_leaves_out_has_nothing_of_it_and_the_money_adds_up(room):
    market = room(None)
    out, before, stated = winner(market), awards(market), rows(market, tables.statement)
    told = answer(rerun(market, exclude=[out]))

    assert told["run"] == 1
    after = awards(market)
    assert out in {award.participant for award in before}
    assert out not in {award.participant for award in after}
    crrs = held(market)
    assert not [c for c in crrs.values() if c.owner == out and c.market == AUCTION]
    for award in after:
        if award.transaction == TransactionType.BUY and award.awarded_mw:
            assert (crrs[award.crr_id].owner, crrs[award.crr_id].mw) == (
                award.participant,
                award.awarded_mw,
            )
    now = rows(market, tables.statement)
    assert [line for line in now if line in stated] == stated, "what was stated stays"
    new = [line for line in now if line not in stated]
    assert {line["version"] for line in new} == {2}
    assert out in {line["owner"] for line in new if line["item"] == "AUCTION"}
    with market.store.reading() as tx:
        assert settlement_sums(tx)["residual_usd"] == 0


def test_the_same_bids_and_limits_give_the_same_market_and_no_new_version(room):
    """Run again with the scale that it had: what a rerun shows is its correction's alone."""
    market = room(None)
    before, sold = awards(market), mw_days(market)
    told = answer(rerun(market, limit_scale="1"))
    same = [(a.bid_id, a.awarded_mw, a.clearing_price_usd_per_mw) for a in awards(market)]
    assert same == [(a.bid_id, a.awarded_mw, a.clearing_price_usd_per_mw) for a in before]
    assert mw_days(market) == sold
    assert (told["changed_lines"], told["versions"]) == (0, [])


def mw_days(room) -> Counter:
    sums: Counter = Counter()
    for crr in held(room).values():
        sums[crr.owner, crr.source, crr.sink, crr.tou] += crr.mw * (crr.end - crr.start).days
    return sums


def test_all_versions_together_are_what_the_published_month_settles_to(room):
    market = room(None)
    kits = {path: kit for path, kit in files(market).items() if path.endswith("_v1.zip")}
    answer(rerun(market, limit_scale="0.8"))
    found = files(market)
    assert {path: found[path] for path in kits} == kits, "kits of the first version stay"
    folder = next(path.rpartition("/")[0] for path in found if path.endswith("/crrs.csv"))
    texts = {
        path.rpartition("/")[2]: text.decode()
        for path, text in found.items()
        if path.rpartition("/")[0] == folder
    }
    lines = settle(read_settlement_case(texts)).lines
    owners = {path.split("/")[1] for path in found if path.endswith("_v2.zip")}
    assert owners
    for owner in owners:
        _changes_lead_from_kit_to_kit(found, owner)
    statements = [path for path in found if path.endswith("/statements.csv")]
    assert statements
    for path in statements:
        assert compare(found[path].decode(), lines, path) == (), path


def _changes_lead_from_kit_to_kit(found: dict[str, bytes], owner: str) -> None:
    """All charge codes, auction money too; what came out later carries the date it came out on."""
    later = [path for path in found if f"/{owner}/" in path and path.endswith("_v2.zip")]
    for path in later:
        now = kit_lines(found[path], "statements.csv")
        changed = kit_lines(found[path], "changes.csv")
        dates = {row["StatementDate"] for row in changed}
        assert not dates or {row["StatementDate"] for row in now} in (set(), dates)
        first = found.get(path.replace("_v2.zip", "_v1.zip"))
        if first is None or "true_up" in path:
            continue
        total: Counter = Counter()
        for sign, rows_of in ((1, kit_lines(first, "statements.csv")), (1, changed), (-1, now)):
            for row in rows_of:
                total[row["ChargeCode"]] += sign * Decimal(row["AmountUSD"])
        assert not any(total.values()), path


def kit_lines(kit: bytes, name: str) -> list[dict[str, str]]:
    with zipfile.ZipFile(io.BytesIO(kit)) as archive:
        return list(csv.DictReader(io.StringIO(archive.read(name).decode())))


def test_the_first_results_can_be_downloaded_as_their_version(room):
    market = room(None)
    with market.store.reading() as tx:
        before = dict(run_files(tx, market.world))
    answer(rerun(market, limit_scale="0.8"))
    answer(rerun(market, limit_scale="0.7"))
    with market.store.reading() as tx:
        after = dict(run_files(tx, market.world))
    first = f"published/{AUCTION}"
    assert after[f"{first}/version_1/{RESULT}"] == before[f"{first}/{RESULT}"]
    texts = [after[f"{first}/{part}{RESULT}"] for part in ("version_1/", "version_2/", "")]
    assert len(set(texts)) == 3
    mw = [
        sum(Decimal(row["AwardedMW"]) for row in csv.DictReader(io.StringIO(text.decode())))
        for text in texts
    ]
    assert mw[0] > mw[2]


def test_a_crr_that_changed_hands_stops_it_and_is_named(room):
    market = room(None)
    award = next(
        item for item in awards(market)
        if item.transaction == TransactionType.BUY and item.awarded_mw >= 1
    )  # fmt: skip
    with market.store.reading() as tx:
        last = market.store.entries()[-1].at
        month = Period.parse(MONTH)
        inventory.sell(tx, market.world, award.crr_id, Decimal(1), month, "ELSEWHERE", last)
        posting = Posting.of(tx, market_awards(tx, AUCTION))
        state = books.market(tx, AUCTION)
        (finding,) = posting.findings(tx, state.market)
    assert f"CRR {award.crr_id} of {award.participant}" in finding.found


def test_a_later_market_that_was_loaded_with_its_crrs_stops_it(room):
    market = room(None)
    with market.store.reading() as tx:
        row = tx.rows(tables.base_loading, market=AUCTION)[0]
        crr_id = next(
            item.crr_id for item in market_awards(tx, AUCTION)
            if item.awarded_mw and item.transaction == TransactionType.BUY
        )  # fmt: skip
        tx.insert(tables.base_loading, [{**row, "market": "AUC_LATER", "crr_id": crr_id}])
        posting = Posting.of(tx, market_awards(tx, AUCTION))
        (finding,) = posting.findings(tx, books.market(tx, AUCTION).market)
    assert finding.found == "its CRRs load AUC_LATER"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, "SET0007"),
        ({"limit_scale": "2"}, "SET0007"),
        ({"limit_scale": "some"}, "SER0017"),
        ({"exclude": ["NOBODY"]}, "SET0007"),
        ({"market": TIER_1, "limit_scale": "0.5"}, "SET0007"),
        ({"market": "AUC_MN_2031_M01", "limit_scale": "0.5"}, "MKT0001"),
    ],
)
def test_a_rerun_that_cannot_be_is_refused_and_changes_nothing(room, change, code):
    market = room(None)
    state = market.store.state_digest()
    entry = ask(market, "rerun_auction", **{"market": AUCTION, **change})
    assert code in codes(entry)
    assert market.store.state_digest() == state
    assert all(finding["remedy"] for finding in json.loads(entry.effect))


def test_only_the_operator_runs_an_auction_again(room):
    market = room(None)
    somebody = next(iter(market.world.participants))
    entry = ask(market, "rerun_auction", somebody, market=AUCTION, limit_scale="0.8")
    assert codes(entry) == ["SEC0001"]


def test_a_replay_of_the_journal_runs_it_again_too(room, market_world, tmp_path):
    market = room(None)
    answer(rerun(market, limit_scale="0.8"))
    again = room_at(tmp_path / "again.db", market_world)
    replay(market.store.entries(), again)
    assert again.store.state_digest() == market.store.state_digest()
    again.store.close()


def test_a_calendar_can_have_it(kept, market_world, tmp_path):
    event = """
[[event]]
id = "rerun"
week = 3
day = "wed"
time = "10:00"
kind = "rerun_auction"
market = "AUC_MN_{month}"
change = { limit_scale = "0.9", reason = "too much was released" }
note = "The limits were too wide."
done_when = "The auction has new results, and statements a second version."
"""
    shutil.copy(kept[None], tmp_path / "market.db")
    scenario = load_scenario(SHORT_RUN.read_text() + event, "short_run.toml")
    market = room_at(tmp_path / "market.db", World(scenario, 1, market_world.folder))
    Run(market).play()
    told = answer(market.store.entry("rerun"))
    assert told["changed_lines"] > 0
    assert outcome(scenario.event("rerun"), told).endswith("participants, run again")
    market.store.close()
