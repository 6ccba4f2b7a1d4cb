"""Load metric, eligible quantities, caps and set-aside: C8, C9 and their edges."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.domain import (
    Crr,
    CrrType,
    Hedge,
    Market,
    MarketKind,
    MarketTerm,
    Period,
    Product,
    Tier,
    Tou,
)
from simulator.domain.settings import EligibilitySettings
from simulator.rules import eligibility as rule
from simulator.rules.caps import CapKey, PairKey, Standing, allocated_mw, signature_pairs, tier_cap
from simulator.rules.set_aside import set_aside
from simulator.rules.wheeling import Election, elected_quantity

MW = Decimal


def crr(
    crr_id: str = "1",
    crr_type: CrrType = CrrType.LSE,
    source: str = "G",
    sink: str = "L",
    period: str = "2024_S02",
    tou: Tou = Tou.ON,
    mw: str = "10",
) -> Crr:
    term = Period.parse(period)
    return Crr(
        crr_id, "LSE1", crr_type, Hedge.OBL, source, sink, tou, term.start, term.end, MW(mw), "M"
    )


def market(term: MarketTerm, tier: Tier) -> Market:
    return Market("ALLOC", MarketKind.ALLOCATION, term, tier, (), 1.0)


def test_c8_half_a_percent_of_a_thousand_hours_lies_above_995() -> None:
    assert rule.load_metric([MW(hour) for hour in range(1, 1001)], 0.005).value == 995


def test_c8_quarter_of_1216_hours_takes_the_seventh_largest() -> None:
    assert rule.load_metric([MW(hour) for hour in range(1, 1217)], 0.005).value == 1216 - 6


def test_load_metric_refuses_no_hours() -> None:
    with pytest.raises(ValueError, match="at least one hour"):
        rule.load_metric([], 0.005)


@given(
    st.lists(st.integers(0, 10**6).map(lambda kw: MW(kw) / 1000), min_size=1, max_size=400),
    st.sampled_from([0.0, 0.005, 0.01, 0.1, 0.5]),
)
def test_at_most_the_share_of_hours_exceeds_the_metric(
    hourly: list[Decimal], exceedance_share: float
) -> None:
    metric = rule.load_metric(hourly, exceedance_share).value
    assert metric in hourly
    assert sum(mw > metric for mw in hourly) <= MW(str(exceedance_share)) * len(hourly)
    assert metric == rule.load_metric(hourly[::-1], exceedance_share).value


def test_c9_annual_chain() -> None:
    alm = rule.adjusted_load_metric(MW(1000), MW(40))
    seq = rule.seasonal_eligible_quantity(alm)
    assert (alm.value, seq.value) == (960, 720)
    assert rule.priority_cap(seq, MW(500), MW(50)).value == 450
    assert rule.priority_cap(seq, MW(900), MW(50)).value == 480  # two thirds of SEQ
    assert rule.tier_2_cap(seq, MW(430), MW(50)).value == 240
    assert rule.tier_3_cap(seq, MW(430), MW(50), MW(200)).value == 40
    assert rule.long_term_cap(alm, MW(50)).value == 430


def test_c9_monthly_chain() -> None:
    meq = rule.monthly_eligible_quantity(MW(900), MW(680))
    assert meq.value == 220
    assert rule.monthly_tier_1_cap(meq).value == 220
    assert rule.monthly_tier_2_cap(meq, MW("219.999")).value == MW("0.001")


def test_caps_are_never_negative() -> None:
    assert rule.adjusted_load_metric(MW(10), MW(11)).value == 0
    assert rule.priority_cap(MW(720), MW(40), MW(50)).value == 0
    assert rule.monthly_eligible_quantity(MW(10), MW(11)).value == 0


def test_load_migration_lowers_the_priority_cap() -> None:
    assert rule.priority_cap(MW(720), MW(500), MW(50), MW("1.957")).value == MW("448.043")


def test_shares_are_settings() -> None:
    half = EligibilitySettings(seasonal_eligible_share=0.5, priority_share=1.0)
    assert rule.seasonal_eligible_quantity(MW(960), half).value == 480
    assert rule.priority_cap(MW(480), MW(900), MW(0), 0, half).value == 480


def test_a_cap_tells_how_it_came_about_down_to_the_load() -> None:
    lm = rule.load_metric([MW(1000)] * 10, 0.005)
    cap = tier_cap(
        market(MarketTerm.ANNUAL, Tier.PNP),
        Standing(rule.adjusted_load_metric(lm, MW(40)), MW(500), MW(50)),
    )
    told = str(cap)
    assert told.splitlines()[0].startswith("tier 1 cap 450.000 MW = min(")
    assert "SEQ 720.000 MW = share x ALM (rulebook 2.4)" in told
    assert "LM 1000.000 MW = hour 1 from the largest" in told
    assert cap.as_dict()["inputs"][0]["name"] == "SEQ"


@pytest.mark.parametrize(
    ("tier", "cap"),
    [(Tier.PNP, 60), (Tier.LT, 30), (Tier.T2, 40), (Tier.T3, 15)],
)
def test_an_elected_quantity_takes_the_place_of_seq_in_every_tier(tier: Tier, cap: int) -> None:
    """EQ 90 where SEQ would be 75: 2/3 x 90 = 60; LT stays half of ALM 100 less 20; 90 - 30 - 20
    = 40, less 25 of tier 2 = 15."""
    by_load = rule.seasonal_eligible_quantity(MW(100))
    elected = elected_quantity(Election.EQ, MW(100), MW(90), by_load)
    awards = {Tier.PNP: MW(30), Tier.T2: MW(25)}
    standing = Standing(MW(100), MW(500), MW(20), awards_mw=awards, elected=elected)
    found = tier_cap(market(MarketTerm.ANNUAL, tier), standing)
    assert found.value == cap
    assert ("EQ" in found.formula) == (tier != Tier.LT)


@pytest.mark.parametrize(
    ("term", "tier", "standing", "cap"),
    [
        (MarketTerm.ANNUAL, Tier.PNP, Standing(MW(960), MW(500), MW(50)), 450),
        (MarketTerm.ANNUAL, Tier.LT, Standing(MW(960), MW(500), MW(50)), 430),
        (
            MarketTerm.ANNUAL,
            Tier.T2,
            Standing(MW(960), MW(500), MW(50), awards_mw={Tier.PNP: MW(430)}),
            240,
        ),
        (
            MarketTerm.ANNUAL,
            Tier.T3,
            Standing(MW(960), 0, MW(50), awards_mw={Tier.PNP: MW(430), Tier.T2: MW(200)}),
            40,
        ),
        (MarketTerm.MONTHLY, Tier.T1, Standing(MW(900), MW(680)), 220),
        (MarketTerm.MONTHLY, Tier.T2, Standing(MW(900), MW(680), awards_mw={Tier.T1: MW(20)}), 200),
    ],
)
def test_every_tier_has_its_cap(term: MarketTerm, tier: Tier, standing: Standing, cap: int) -> None:
    assert tier_cap(market(term, tier), standing).value == cap


@pytest.mark.parametrize("term", list(MarketTerm))
def test_an_auction_has_no_cap(term: MarketTerm) -> None:
    with pytest.raises(ValueError, match="allocation tier"):
        tier_cap(market(term, Tier.NONE), Standing(MW(1)))


def test_allocated_mw_counts_allocated_rights_of_the_month_after_migration() -> None:
    month = Product(Period.parse("2024_M04"), Tou.ON)
    held = [
        crr("1", mw="40"),
        crr("2", crr_type=CrrType.AUC, mw="100"),
        crr("3", tou=Tou.OFF, mw="100"),
        crr("4", sink="ELSEWHERE", mw="100"),
        crr("5", period="2024_S01", mw="100"),
        crr("6", crr_type=CrrType.LMT_CNT, source="L", sink="G", mw="1.957"),
        crr("7", crr_type=CrrType.LSE_LMT, mw="0.500"),
    ]
    assert allocated_mw(held, "L", month) == MW("38.543")


def test_signature_pairs_are_last_years_of_the_same_season_and_time_of_use() -> None:
    held = [
        crr("1", mw="40"),
        crr("2", mw="2"),
        crr("3", tou=Tou.OFF, mw="7"),
        crr("4", crr_type=CrrType.AUC, mw="9"),
        crr("5", period="2024_S03", mw="5"),
    ]
    products = [Product(Period.parse(f"2025_S0{season}"), tou) for season in (2, 3) for tou in Tou]
    assert signature_pairs(held, products) == {
        PairKey("G", "L", "2025_S02", Tou.OFF): 7,
        PairKey("G", "L", "2025_S02", Tou.ON): 42,
        PairKey("G", "L", "2025_S03", Tou.ON): 5,
    }


def test_cap_keys_sort_and_name_their_parts() -> None:
    key = CapKey("R1", CrrType.LSE, "2025_S03", Tou.ON)
    assert (key.sink, key.period) == ("R1", "2025_S03")


def test_set_aside_holds_half_of_the_residual_back_for_the_auction() -> None:
    held = set_aside("MALIN500_ISL", MW(400), MW(200), MW(40))
    assert held.set_aside_mw.value == 80
    assert held.tier_2_limit_mw.value == 320
    assert held.auction_limit_mw.value == 400


@pytest.mark.parametrize(
    ("fixed", "tier_1", "held"), [("500", "0", "0"), ("-100", "50", "200"), ("400", "0", "0")]
)
def test_set_aside_at_the_edges(fixed: str, tier_1: str, held: str) -> None:
    result = set_aside("ITC", MW(400), MW(fixed), MW(tier_1))
    assert result.set_aside_mw.value == MW(held)
    assert result.tier_2_limit_mw.value == 400 - MW(held)


def test_a_year_has_leap_days_and_the_term_is_half_open() -> None:
    feb = Product(Period.parse("2024_M02"), Tou.ON)
    assert allocated_mw([crr(period="2024_S01")], "L", feb) == 10
    assert crr(period="2024_M02").end == date(2024, 3, 1)
