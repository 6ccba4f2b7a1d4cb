"""A view with one of everything, and awkward texts: what the report has to draw."""

from __future__ import annotations

from decimal import Decimal

from simulator.domain import (
    Award,
    BindingConstraint,
    Direction,
    Hedge,
    LocationPrice,
    Participant,
    RelaxedConstraint,
    Role,
    Tou,
    TransactionType,
)
from simulator.publish import report_view as view
from simulator.publish.adequacy_view import AdequacyMonth, AdequacyRow, CutOffRow

PERIOD = "2024_M04"


def sample() -> view.ReportView:
    """Two markets, five days, one refusal, settlement of two holders."""
    return view.ReportView(
        title="Market Sim <April>",
        scenario="market-sim",
        seed=42,
        simulated_from="2024-04-01",
        simulated_to="2024-05-03",
        state_digest="a1b2c3d4e5f6a7b8",
        journal_digest="0011223344556677",
        weeks=(_week(),),
        network=_network(),
        participants=(
            Participant("LSEP", "Harbor & Hill Light", Role.LSE, "DLAP"),
            Participant("FINX", "Example Trading", Role.TRADER),
        ),
        markets=(_auction(), _allocation()),
        refusals=(
            view.RefusalRow(
                at="2024-04-09 16:20",
                participant="FINX",
                market="AUC_MN_2024_M04",
                portfolio="late & rising",
                code="AUC1001",
                message="the price of a buy curve rises",
                found="12.00 after 10.00",
                allowed="prices that fall or stay",
                remedy="sort the points",
            ),
        ),
        eligibility=(
            view.EligibilityRow("LSEP", "DLAP", PERIOD, Tou.ON, "MEQ", Decimal("220"), "900 - 680"),
        ),
        credit=(
            view.CreditRow(
                "AUC_MN_2024_M04", "FINX", Decimal(126500), Decimal(100000), False, "26,500 short"
            ),
        ),
        settlement=_settlement(),
        known_limits=("No clawback.",),
    )


def _week() -> view.WeekRow:
    events = (
        view.EventRow(
            "t1-open", "2024-04-02 08:00", "open", "ALLOC_MN_2024_M04_T1", view.DONE, "9 portfolios"
        ),
        view.EventRow(
            "t1-close", "2024-04-02 17:00", "close", "ALLOC_MN_2024_M04_T1", view.PENDING
        ),
        view.EventRow(
            "load-open",
            "2024-04-02 09:00",
            "process",
            "",
            view.DONE,
            "send loads",
            "FCST_LOAD open",
        ),
    )
    words = ("Open and close by 5pm - T1 mini", "[ Post all preloaded data]")
    return view.WeekRow(1, (view.DayCell("Tuesday", "2024-04-02", words, events),))


def _network() -> view.NetworkMap:
    buses = (
        view.MapBus(1, "NORTH", 41.0, -122.0, 500.0),
        view.MapBus(2, "MIDDLE", 37.0, -120.0, 500.0),
        view.MapBus(3, "SOUTH", 33.0, -117.0, 230.0),
    )
    branches = (view.MapBranch(1, 2, "1"), view.MapBranch(2, 3, "1"), view.MapBranch(3, 9, "1"))
    locations = (
        view.MapLocation("NORTH_GEN", "GEN", ((1, 1.0),)),
        view.MapLocation("DLAP", "LAP", ((2, 0.25), (3, 0.75))),
        view.MapLocation("NOWHERE", "SP", ((99, 1.0),)),
    )
    return view.NetworkMap(buses, branches, locations)


def _auction() -> view.MarketSection:
    def award(bid: str, who: str, kind: TransactionType, mw: str) -> Award:
        return Award(
            bid, who, kind, Hedge.OBL, "NORTH_GEN", "DLAP", Tou.ON, PERIOD, Decimal(10),
            Decimal(mw), Decimal("62.5"),
        )  # fmt: skip

    place = ("2-3-1", "BRANCH", 2, 3, "1", "LINE 1-2", Direction.FROM_TO, Tou.ON, PERIOD)
    return view.MarketSection(
        name="AUC_MN_2024_M04",
        title="Monthly mini auction",
        kind="AUCTION",
        status="POSTED",
        limit_scale=Decimal(1),
        products=(
            view.ProductRow(
                PERIOD,
                Tou.ON,
                3,
                Decimal(30),
                Decimal("12.345"),
                Decimal("987.65"),
                0.0,
                0.0,
                40,
                1,
            ),
        ),
        awards=(
            award("B1", "FINX", TransactionType.BUY, "8.345"),
            award("B2", "LSEP", TransactionType.BUY, "4"),
            award("S1", "FINX", TransactionType.SELL, "2"),
        ),
        prices=tuple(
            LocationPrice(name, Tou.ON, PERIOD, Decimal(price))
            for name, price in (("NORTH_GEN", "40"), ("DLAP", "-22.5"), ("NOWHERE", "1"))
        ),
        binding=(BindingConstraint(*place, Decimal(100), Decimal(100), Decimal("321.99")),),
        relaxed=(RelaxedConstraint(*place, Decimal(90), Decimal(100), Decimal(100)),),
        verified="17 of 17 checks hold",
    )


def _allocation() -> view.MarketSection:
    return view.MarketSection(
        "ALLOC_MN_2024_M04_T1", "Monthly tier 1", "ALLOCATION", "CLOSED", Decimal("0.65")
    )


def _settlement() -> view.SettlementSection:
    return view.SettlementSection(
        to_measured_demand_usd=Decimal("600.06"),
        congestion_revenue_usd=Decimal("2425.00"),
        auction_net_usd=Decimal("646.56"),
        paid_to_holders_usd=Decimal("2425.00"),
        balancing_account_usd=Decimal("646.56"),
        residual_usd=Decimal("0.00"),
        participants=(
            view.ParticipantMoney(
                "FINX", 2, Decimal(2100), Decimal(-400), Decimal(150), Decimal("-396.56")
            ),
            view.ParticipantMoney("LSEP", 1, Decimal(-350), Decimal(0), Decimal(0), Decimal(-250)),
        ),
        constraints=(
            view.ConstraintMoney(
                "K", 3, Decimal(2425), Decimal(2800), Decimal(600), Decimal(225), Decimal(0)
            ),
        ),
        statements=(
            view.StatementRow("2024-04-11", "2024-04-16", 2, Decimal("1850.00")),
            view.StatementRow("2024-04-12", "2024-04-17", 2, Decimal("-75.50"), view.PENDING),
        ),
        adequacy=(_adequacy(),),
    )


def _adequacy() -> AdequacyMonth:
    """One constraint short by a derate, one in surplus; one right that a cut-off turns over."""
    rights = (("0.01", "7", "12", "11.5", False), ("0.05", "7", "12", "-3.25", True))
    flows = (70, 80, 50)
    short = (*flows, 2425, 2800, 0, Decimal("-475.5"), Decimal("100.5"), 0, 375, Decimal("0.8"))
    surplus = (5, 5, 9, 90, 50, 10, 0, 20, 10, 0, 1)
    return AdequacyMonth(
        PERIOD,
        (
            AdequacyRow("K", 3, *map(Decimal, short), ("1-2",)),
            AdequacyRow("SURPLUS", 1, *map(Decimal, surplus)),
        ),
        (Decimal("0.01"), Decimal("0.05")),
        tuple(
            CutOffRow(Decimal(cut_off), crr_id, "FINX", Decimal(without), Decimal(paid), changes)
            for cut_off, crr_id, without, paid, changes in rights
        ),
    )
