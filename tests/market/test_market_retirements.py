"""A retired location: what stands for it when it is cut off, or when the operator chose."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from market_played import ROOT

from simulator.domain import MarketTerm, Period, Product, Refused, Tou
from simulator.market.model_data import PeriodModel, period_model
from simulator.market.retirements import Retirement
from simulator.market.world import World
from simulator.market.world_folder import WorldFolder, read_world_folder

APRIL = Period.month(2024, 4)
FIXTURES = ROOT / "fixtures"


def april(world: World, *retirements: Retirement) -> PeriodModel:
    folder = replace(world.folder, retirements=retirements)
    product, as_of = Product(APRIL, Tou.ON), APRIL.start - timedelta(days=24)
    changed = World(world.scenario, world.seed, folder)
    return period_model(changed, MarketTerm.MONTHLY, product, 1, as_of)


def retired(name: str, replacement: str = "") -> Retirement:
    return Retirement(name, date(2024, 4, 1), date(2024, 2, 1), "", replacement)


def read_with(tmp_path: Path, rows: str) -> WorldFolder:
    network = tmp_path / "california"
    shutil.copytree(FIXTURES / "california", network)
    heading = "SourceSink,Retired,Announced,Reason,Replacement\n"
    (network / "retirements.csv").write_text(heading + rows)
    return read_world_folder(network, FIXTURES / "participants", FIXTURES / "load_history")


def test_a_node_that_retires_while_an_outage_cuts_it_off_has_a_replacement(
    market_world: World,
) -> None:
    """Summit's transformer is out in April, so it is measured from on the network without that."""
    model = april(market_world, retired("SUMMIT_7_N001"))
    (item,) = model.replacements
    assert item.retired == "SUMMIT_7_N001"
    assert not model.listed.entries[item.replacement].islanded
    assert model.locations[item.replacement].biddable
    whole = april(replace_outages(market_world), retired("SUMMIT_7_N001"))
    assert whole.here("SUMMIT_7_N001") == item.replacement


def replace_outages(world: World) -> World:
    return World(world.scenario, world.seed, replace(world.folder, outages=()))


def test_the_replacement_that_the_operator_chose_stands(
    market_world: World, tmp_path: Path
) -> None:
    assert april(market_world, retired("MORROBAY_7_N001")).here("MORROBAY_7_N001") != (
        "DIABLO1_7_N001"
    )
    row = "MORROBAY_7_N001,2024-04-01,2024-02-01,test,DIABLO1_7_N001\n"
    read = read_with(tmp_path, row).retirements
    assert read == (replace(retired("MORROBAY_7_N001", "DIABLO1_7_N001"), reason="test"),)
    assert april(market_world, *read).here("MORROBAY_7_N001") == "DIABLO1_7_N001"


@pytest.mark.parametrize(
    "replacement",
    ["NOWHERE", "TH_NP15_GEN-APND", "BELLOTA_2_N001", "MORROBAY_7_N001", "SUMMIT_7_N001"],
)
def test_a_replacement_that_cannot_be_one_is_refused_with_the_folder(
    tmp_path: Path, replacement: str
) -> None:
    """Unknown, of several buses, of another kind, the location itself, one that retires too."""
    rows = (
        f"MORROBAY_7_N001,2024-04-01,2024-02-01,test,{replacement}\n"
        "SUMMIT_7_N001,2025-01-01,2024-02-01,test,\n"
    )
    with pytest.raises(Refused) as refusal:
        read_with(tmp_path, rows)
    (finding,) = refusal.value.findings
    assert (finding.code, finding.found) == ("NET0008", replacement)
    assert "column Replacement" in finding.where


def test_when_nothing_is_left_to_replace_it_the_folder_is_refused(
    tmp_path: Path, market_world: World
) -> None:
    """All plants retire at once: that is said when the folder is read, not weeks later."""
    plants = [name for name, at in market_world.locations.items() if at.type == "GEN"]
    rows = "".join(f"{name},2024-04-01,2024-02-01,test,\n" for name in plants)
    with pytest.raises(Refused) as refusal:
        read_with(tmp_path, rows)
    assert {finding.where for finding in refusal.value.findings} == set(plants)
    assert all("column Replacement" in finding.remedy for finding in refusal.value.findings)
