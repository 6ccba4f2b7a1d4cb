"""Downloads: the columns of the wire contract, exact numbers, and no trace of the input's order."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.domain import (
    Award,
    BindingConstraint,
    Crr,
    CrrType,
    Direction,
    Hedge,
    LocationPrice,
    Period,
    Tou,
    TransactionType,
)
from simulator.publish.download import COLUMNS, DownloadType, FileFormat, file_name, render
from simulator.publish.market_data import (
    LocationBus,
    Replacement,
    SetAsideRow,
    category,
    existing_crrs,
    grouped_base_loading,
    set_asides,
    source_sink_replacements,
    source_sinks,
)
from simulator.publish.tables import (
    NominationCap,
    binding_constraints,
    clearing_prices,
    nomination_caps,
    private_allocation_results,
    private_auction_results,
    public_allocation_results,
    public_auction_results,
    signatures,
)

APRIL = Period.month(2024, 4)
MARKET = "AUC_MN_2024_M04"


def crr(crr_id: str, mw: str, **changes: object) -> Crr:
    values: dict[str, object] = {
        "crr_id": crr_id,
        "owner": "LSE1",
        "crr_type": CrrType.LSE,
        "hedge": Hedge.OBL,
        "source": "TH_NP15_GEN-APND",
        "sink": "DLAP_PGAE-APND",
        "tou": Tou.ON,
        "start": APRIL.start,
        "end": APRIL.end,
        "mw": Decimal(mw),
        "market": "ALLOC_MN_2024_M04_T1",
    }
    return Crr(**{**values, **changes})  # type: ignore[arg-type]


def award(bid_id: str, mw: str, price: str | None, **changes: object) -> Award:
    values: dict[str, object] = {
        "bid_id": bid_id,
        "participant": "TRADER1",
        "transaction": TransactionType.BUY,
        "hedge": Hedge.OBL,
        "source": "GEN_A",
        "sink": "DLAP_SCE-APND",
        "tou": Tou.OFF,
        "period": "2024_M04",
        "submitted_mw": Decimal("20"),
        "awarded_mw": Decimal(mw),
        "clearing_price_usd_per_mw": None if price is None else Decimal(price),
    }
    return Award(**{**values, **changes})  # type: ignore[arg-type]


def as_rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_source_sink_has_exactly_the_eight_columns_on_record():
    bus = LocationBus(
        "DLAP_PGAE-APND",
        "LAP",
        True,
        "PGAE-30",
        "BusbarSection_3408_N1",
        "1-BUS-60",
        Decimal("0.0027"),
        Tou.OFF,
    )
    text = render(DownloadType.SOURCE_SINK, source_sinks([bus]), FileFormat.JSON)
    assert text == (
        '[{"SourceSink":"DLAP_PGAE-APND","Type":"LAP","BiddableFlag":"Yes","Zone":"PGAE-30",'
        '"AugmentedBusName":"BusbarSection_3408_N1","EMSBusName":"1-BUS-60",'
        '"ParticipationFactor":0.003,"TOU":"OFF"}]\n'
    )


def test_existing_crrs_as_csv():
    text = render(
        DownloadType.PUBLIC_EXISTING_CRR,
        existing_crrs([crr("10", "5"), crr("9", "1.5", parent_crr_id="3")]),
        FileFormat.CSV,
    )
    assert text == (
        "CRRID,ParentCRRID,AssetOwner,MarketName,Category,CRRType,HedgeType,Source,Sink,TOU,"
        "StartDate,EndDate,MW\r\n"
        "9,3,LSE1,ALLOC_MN_2024_M04_T1,ALLOCATION,LSE,OBL,TH_NP15_GEN-APND,DLAP_PGAE-APND,ON,"
        "2024-04-01,2024-04-30,1.500\r\n"
        "10,,LSE1,ALLOC_MN_2024_M04_T1,ALLOCATION,LSE,OBL,TH_NP15_GEN-APND,DLAP_PGAE-APND,ON,"
        "2024-04-01,2024-04-30,5.000\r\n"
    )


@pytest.mark.parametrize(
    ("crr_type", "market", "expected"),
    [
        (CrrType.LSE, "ALLOC_AN_2024_PNP", "ALLOCATION"),
        (CrrType.OBAALSE, "ALLOC_AN_2024_PNP", "ALLOCATION"),
        (CrrType.LSE_THCNT, "ALLOC_AN_2024_PNP", "ALLOCATION"),
        (CrrType.AUC, "AUC_AN_2024", "AUCTION"),
        (CrrType.AUC, "SECONDARY_MARKET", "SECONDARY_MARKET"),
        (CrrType.MT, "SYSTEM", "SYSTEM"),
        (CrrType.MT_TOR, "SYSTEM", "SYSTEM"),
        (CrrType.LSE_LMT, "LOAD_MIGRATION", "LOAD_MIGRATION"),
        (CrrType.LMT_CNT, "LOAD_MIGRATION", "LOAD_MIGRATION"),
    ],
)
def test_every_type_of_crr_has_its_category(crr_type, market, expected):
    assert category(crr("1", "1", crr_type=crr_type, market=market)).value == expected


def test_base_loading_is_summed_over_owners_and_names_none():
    spring = Period.season(2024, 2)
    held = [
        crr("1", "5"),
        crr("2", "2.5", owner="LSE2", start=spring.start, end=spring.end),
        crr("3", "7", tou=Tou.OFF),
        crr("4", "1", hedge=Hedge.OPT),
        crr("5", "100", start=date(2024, 4, 2)),  # not held through the month
    ]
    text = render(
        DownloadType.GROUPED_BASE_LOADING,
        grouped_base_loading(MARKET, [APRIL], held),
        FileFormat.CSV,
    )
    assert [(row["TOU"], row["HedgeType"], row["MW"]) for row in as_rows(text)] == [
        ("OFF", "OBL", "7.000"),
        ("ON", "OBL", "7.500"),
        ("ON", "OPT", "1.000"),
    ]
    assert "LSE" not in text


AWARDS = (
    award("2", "12.5", "-7.35"),
    award("1", "0", "-7.35"),
    award("3", "4", "7.345", transaction=TransactionType.SELL, crr_id="77", crr_type=CrrType.LSE),
)


def test_public_auction_results_show_what_changed_hands():
    rows = public_auction_results(MARKET, AWARDS, {"2": "101"})
    text = render(DownloadType.PUBLIC_AUCTION_RESULT, rows, FileFormat.CSV)
    shown = as_rows(text)
    assert [(r["CRRID"], r["TransactionType"], r["AwardedMW"]) for r in shown] == [
        ("77", "SELL", "4.000"),
        ("101", "BUY", "12.500"),
    ]
    assert [r["ClearingPrice"] for r in shown] == ["7.35", "-7.35"]
    assert {(r["StartDate"], r["EndDate"]) for r in shown} == {("2024-04-01", "2024-04-30")}


def test_private_auction_results_also_show_what_got_nothing():
    names = {"1": "first", "2": "first", "3": "second"}
    rows = private_auction_results(MARKET, AWARDS, {"2": "101"}, names, {"1": 'a "low" bid'})
    shown = as_rows(render(DownloadType.PRIVATE_AUCTION_RESULT, rows, FileFormat.CSV))
    assert {(r["BidID"], r["PortfolioName"], r["CRRID"], r["AwardedMW"]) for r in shown} == {
        ("1", "first", "", "0.000"),
        ("2", "first", "101", "12.500"),
        ("3", "second", "77", "4.000"),
    }
    assert {r["Description"] for r in shown} == {"", 'a "low" bid'}


def test_allocation_results_have_no_price():
    awards = [award("1", "10", None, crr_type=CrrType.LSE), award("2", "0", None)]
    public = public_allocation_results(MARKET, awards, {"1": "5"})
    private = private_allocation_results(MARKET, awards, {"1": "5"}, {"1": "p", "2": "p"})
    text = render(DownloadType.PUBLIC_ALLOCATION_RESULT, public, FileFormat.CSV)
    assert [(r["CRRID"], r["CRRType"]) for r in as_rows(text)] == [("5", "LSE")]
    assert "ClearingPrice" not in text
    shown = as_rows(render(DownloadType.PRIVATE_ALLOCATION_RESULT, private, FileFormat.CSV))
    assert [(r["NominationID"], r["NominatedMW"], r["AwardedMW"]) for r in shown] == [
        ("1", "20.000", "10.000"),
        ("2", "20.000", "0.000"),
    ]


def test_prices_constraints_set_asides_replacements_and_caps():
    price = LocationPrice("GEN_A", Tou.ON, "2024_M04", Decimal("-0.001"))
    binding = BindingConstraint(
        "A-B", "BRANCH", 1, 2, "1", "", Direction.TO_FROM, Tou.ON, "2024_M04",
        Decimal("-100"), Decimal("100"), Decimal("13.5"),
    )  # fmt: skip
    kept = SetAsideRow("MALIN500_ISL", Direction.FROM_TO, "2024_M04", Tou.ON, Decimal("80"))
    cap = NominationCap("LSE1", CrrType.LSE, "SLAP_PGST-APND", "2024_M04", Tou.ON, Decimal("220"))
    pair = NominationCap(
        "LSE1", CrrType.LSE, "SLAP_PGST-APND", "2025_S01", Tou.ON, Decimal("9"), "GEN_A"
    )
    retired = Replacement("G7", "G8", MARKET, date(2024, 4, 1))
    made = {
        DownloadType.CLEARING_PRICE: (clearing_prices(MARKET, [price]), "GEN_A,0.00"),
        DownloadType.BINDING_CONSTRAINT: (
            binding_constraints(MARKET, [binding]),
            "A-B,BRANCH,,TO_FROM,-100.000,100.000,13.50",
        ),
        DownloadType.SET_ASIDE: (set_asides(MARKET, [kept]), "MALIN500_ISL,FROM_TO,80.000"),
        DownloadType.MEQ: (nomination_caps("NOMCAP_MN_2024_M04_T2", [cap]), "ON,220.000"),
        DownloadType.SIGNATURE: (
            signatures("NOMCAP_AN_2025_T1", [pair]),
            "GEN_A,SLAP_PGST-APND,2025_S01,ON,9.000",
        ),
        DownloadType.SOURCE_SINK_REPLACEMENT: (
            source_sink_replacements([retired]),
            f"G7,G8,{MARKET},2024-04-01",
        ),
    }
    for kind, (rows, expected) in made.items():
        header, row, end = render(kind, rows, FileFormat.CSV).split("\r\n")
        assert tuple(header.split(",")) == COLUMNS[kind]
        assert row.endswith(expected)
        assert end == ""


def test_every_download_type_has_columns_and_an_empty_file_keeps_them():
    for kind in DownloadType:
        assert render(kind, (), FileFormat.CSV) == ",".join(COLUMNS[kind]) + "\r\n"
        assert json.loads(render(kind, (), FileFormat.JSON)) == []


def test_the_order_of_the_input_leaves_no_trace():
    crrs = [crr("2", "1"), crr("10", "1"), crr("TOR1", "1", owner="MUNI")]
    for file_format in FileFormat:
        texts = {
            render(DownloadType.PUBLIC_EXISTING_CRR, existing_crrs(order), file_format)
            for order in permutations(crrs)
        }
        assert len(texts) == 1
    grouped = {
        render(
            DownloadType.GROUPED_BASE_LOADING,
            grouped_base_loading(MARKET, [APRIL], order),
            FileFormat.CSV,
        )
        for order in permutations(crrs)
    }
    assert len(grouped) == 1


@given(
    st.decimals(min_value=-(10**9), max_value=10**9, places=3),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=20),
)
def test_numbers_and_texts_survive_both_formats_exactly(mw, owner):
    rows = existing_crrs([crr("1", str(mw), owner=owner)])
    (shown,) = as_rows(render(DownloadType.PUBLIC_EXISTING_CRR, rows, FileFormat.CSV))
    assert (Decimal(shown["MW"]), shown["AssetOwner"]) == (mw, owner)
    text = render(DownloadType.PUBLIC_EXISTING_CRR, rows, FileFormat.JSON)
    (loaded,) = json.loads(text, parse_float=Decimal)
    assert (loaded["MW"], loaded["AssetOwner"]) == (mw, owner)
    assert "E" not in shown["MW"]


def test_file_names():
    kind = DownloadType.PRIVATE_AUCTION_RESULT
    assert file_name(MARKET, kind, FileFormat.CSV, "TRADER1") == (
        "AUC_MN_2024_M04_PRIVATE_AUCTION_RESULT_TRADER1.csv"
    )
    general = DownloadType.PUBLIC_EXISTING_CRR
    assert file_name("", general, FileFormat.JSON) == "PUBLIC_EXISTING_CRR.json"
