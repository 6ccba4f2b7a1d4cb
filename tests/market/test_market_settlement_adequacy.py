"""Why rights were paid what they were, by constraint: the parts add up to what is missing."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import replace
from decimal import Decimal

import pytest
from market_played import room_at, short_world

from simulator.market.adequacy import CUT_OFFS, adequacy_files, adequacy_month, attribution
from simulator.market.report import report_view
from simulator.market.settlement_files import month_case
from simulator.settlement import settle
from simulator.store import tables

USD = 0.01


def april(room):
    with room.store.reading() as tx:
        month = room.world.scenario.trading_months()[0].period
        case = month_case(tx, room.world, month)
        result = settle(case)
        return case, result, attribution(tx, room.world, case, result)


def test_the_parts_of_every_constraint_add_up_to_its_offset(room):
    _, result, parts = april(room(None))
    assert set(parts) == {row.constraint for row in result.month.constraints}
    for row in result.month.constraints:
        of = parts[row.constraint]
        total = of.schedules + of.derate + of.unsold + of.topology + of.existing
        assert total == pytest.approx(row.offset_usd, abs=USD), row.constraint


def test_the_derate_is_the_day_ahead_markets_rating_scale(room):
    """Limits of 97 % of what was sold: 3 % of the sold limit at the shadow price is missing."""
    here = room(None)
    _, result, parts = april(here)
    share = here.world.settings.day_ahead.rating_scale
    whole = [name for name in parts if abs(parts[name].derate) > USD]
    assert whole
    revenue = {
        row.constraint: row.revenue_usd - parts[row.constraint].existing
        for row in result.month.constraints
    }
    exact = [
        name for name in whole
        if parts[name].derate == pytest.approx(-revenue[name] * (1 - share) / share, rel=1e-3)
    ]  # fmt: skip
    assert len(exact) > len(whole) / 2, "others are limited for part of the month in the CRR model"


def test_without_outages_of_its_own_the_day_ahead_market_has_the_sold_topology(kept, tmp_path):
    world = short_world()
    played = room_at(kept[None], world)
    with played.store.reading() as tx:
        month = world.scenario.trading_months()[0].period
        case = month_case(tx, world, month)
        quiet = replace(case, constraint_hours=())
        assert attribution(tx, world, quiet, settle(quiet)) == {}
        files = dict(adequacy_files(adequacy_month(tx, world, case, settle(case))))
    played.store.close()
    rows = list(csv.DictReader(io.StringIO(files["revenue_adequacy.csv"])))
    assert any(row["DayAheadOutages"] for row in rows)
    for row in rows:
        if not row["DayAheadOutages"]:
            assert abs(float(row["TopologyUSD"])) < 0.001 * float(row["RevenueUSD"])
        if row["UnrecoveredUSD"] == "0.000000":
            assert float(row["FundedShare"]) == 1


def test_the_lens_names_the_rights_whose_sign_a_cut_off_changes(room):
    here = room(None)
    case, result, _ = april(here)
    with here.store.reading() as tx:
        files = dict(adequacy_files(adequacy_month(tx, here.world, case, result)))
    rows = list(csv.DictReader(io.StringIO(files["cut_off_lens.csv"])))
    assert rows
    for row in rows:
        before, after = Decimal(row["WithoutCutOffUSD"]), Decimal(row["PaymentUSD"])
        assert (row["ChangesSign"] == "YES") == (before * after < 0)
    assert min(Decimal(row["CutOff"]) for row in rows) == min(CUT_OFFS)


def test_the_report_tells_what_the_files_tell(room):
    """One view for both: the page's rows are those of the published files, the parts add up."""
    here = room(None)
    case, result, _ = april(here)
    with here.store.reading() as tx:
        files = dict(adequacy_files(adequacy_month(tx, here.world, case, result)))
    (month,) = report_view(here).settlement.adequacy
    published = list(csv.DictReader(io.StringIO(files["revenue_adequacy.csv"])))
    assert [row.constraint for row in month.constraints] == [row["Constraint"] for row in published]
    for row in month.constraints:
        parts = row.schedules_usd + row.derate_usd + row.unsold_usd + row.topology_usd
        parts += row.existing_usd
        assert float(parts) == pytest.approx(float(row.offset_usd), abs=USD), row.constraint
    turned = list(csv.DictReader(io.StringIO(files["cut_off_lens.csv"])))
    assert sum(row.changes_sign for row in month.lens) == sum(
        row["ChangesSign"] == "YES" for row in turned
    )


def test_what_each_participant_got_in_all_is_the_sum_of_its_statement_lines(room):
    """The balancing account's shares included: nothing that is on a statement is left out."""
    here = room(None)
    stated: Counter[str] = Counter()
    with here.store.reading() as tx:
        for row in tx.rows(tables.statement):
            stated[row["owner"]] += row["amount_usd"]
    section = report_view(here).settlement
    assert {row.participant: row.net_usd for row in section.participants} == stated
    assert any(row.demand_usd for row in section.participants)
