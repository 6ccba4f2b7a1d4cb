"""What everybody may read of a market's model, and what the non-disclosure agreement keeps."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from dataclasses import replace
from decimal import Decimal

import pytest
from market_played import AUCTION

from simulator.domain import Period
from simulator.market import model_publication
from simulator.market.outages import PlannedOutage
from simulator.market.publication import run_files
from simulator.market.world import World
from simulator.network.branch import BranchKey
from simulator.store import books, tables

APRIL, PLANT, SUMMIT = Period.month(2024, 4), "SUMMIT_7_N001", BranchKey(3701, 3731, "1")

OF_THE_GRID = {
    "FromBus", "ToBus", "Circuit", "FromName", "ToName", "DeviceType", "ReactancePU", "RateA",
    "RateB", "RateC", "InService", "Monitored", "ID", "MW", "MaxMW", "Weight", "ForwardLimitMW",
    "ReverseLimitMW", "ReleasedMW", "LimitMW",
}  # fmt: skip


@pytest.fixture
def published(room) -> dict[str, bytes]:
    here = room(None)
    with here.store.reading() as tx:
        return {
            path.removeprefix("published/"): content
            for path, content in run_files(tx, here.world)
            if path.startswith("published/")
        }


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("latin-1"))))


def test_nothing_of_the_grid_stands_in_a_public_model_set(published):
    headings = {
        path: set(content.decode("latin-1").splitlines()[0].split(","))
        for path, content in published.items()
        if "/model/" in path and path.endswith(".csv")
    }
    public = {path: found for path, found in headings.items() if "/model/public/" in path}
    kept = {path: found for path, found in headings.items() if "/model/nda/" in path}
    assert public
    assert not [path for path, found in public.items() if found & OF_THE_GRID]
    assert [path for path, found in kept.items() if not found & OF_THE_GRID] == []
    assert set().union(*kept.values()) & OF_THE_GRID == OF_THE_GRID
    cases = [path for path in published if path.lower().endswith(".raw")]
    assert cases
    assert all("/case/" in path or "/model/nda/" in path for path in cases)


def test_public_factors_are_those_of_the_public_download(published):
    told = {
        (row["SourceSink"], row["TOU"], int(row["EMSBusName"].removeprefix("1-BUS-"))): Decimal(
            row["ParticipationFactor"]
        )
        for row in rows(published[f"{AUCTION}/{AUCTION}_SOURCE_SINK.csv"])
    }
    kinds = {("TradingHub", "GEN"): "TH_", ("LoadAggregationPoint", "LOAD"): "LAP_"}
    for (heading, kind), part in kinds.items():
        for tou in ("ON", "OFF"):
            name = f"{AUCTION}_2024_M04_{tou}_{kind}_DISTRIBUTION_FACTOR.csv"
            table = rows(published[f"{AUCTION}/model/public/{name}"])
            shares: dict[str, Decimal] = defaultdict(Decimal)
            for row in table:
                factor, place = Decimal(row["Factor"]), row[heading]
                assert part in place
                assert abs(factor - told[place, tou, int(row["Bus"])]) <= Decimal("0.0005")
                shares[place] += factor
            of_kind = {name for name, time, _ in told if part in name and time == tou}
            assert set(shares) == of_kind
            assert all(abs(share - 1) < Decimal("1e-9") for share in shares.values())


def test_the_readers_of_a_run_are_told_which_folders_the_agreement_covers(published):
    """The case of a product is the network of the kept set, so it is named beside it."""
    case = published[f"{AUCTION}/2024_M04_ON/case/network.raw"]
    assert case == published[f"{AUCTION}/model/nda/{AUCTION}_2024_M04_ON_NETWORK_MODEL.RAW"]
    text = published["README.md"].decode()
    assert "- `MARKET/model/nda/`" in text
    assert "- each `case/`" in text


def test_each_version_is_compared_with_the_base_loading_of_its_own_market(room):
    """Summit is out in both versions; the tiers' models have nothing on it, the auction's has."""
    here = room(None)
    outage = PlannedOutage(SUMMIT, APRIL.start, APRIL.end, "CRR", "test")
    folder = replace(here.world.folder, outages=(outage,), retirements=())
    world = World(here.world.scenario, here.world.seed, folder)

    def effect(tx):
        version = {"period": APRIL.name, "version": 1}
        opens_at = books.market(tx, AUCTION).opens_at
        tx.insert(tables.source_sink_release, [{**version, "released_at": opens_at}])
        tx.delete(tables.base_loading, {"sink": PLANT})  # a hub's counter CRR
        row = tx.rows(tables.base_loading, market=AUCTION)[0]
        tx.insert(tables.base_loading, [{**row, "crr_id": "9999999", "source": PLANT}])

    here.store.record(key="load", at=0, actor="TEST", command="load", arguments={}, effect=effect)
    with here.store.reading() as tx:
        market = books.market(tx, AUCTION).market
        files = dict(model_publication.files(tx, world, market))
    path = f"model/public/{AUCTION}_2024_M04_SOURCE_SINK_CHANGES_V0_V1.csv"
    assert rows(files[path]) == [
        {
            "SourceSink": PLANT,
            "Change": "CHANGED",
            "What": "sell only",
            "Reason": "CRRs load it now",
            "TOU": "BOTH",
        }
    ]
