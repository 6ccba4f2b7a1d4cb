"""Load migration as a utility and the two entities see it (wire contract 10)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from api_special_kit import Stand

from simulator.market.migration import duns_numbers
from simulator.market.n_hours import posted_n_hours
from simulator.rules.migration_input import CustomerClass
from simulator.timeline.hours import hours_of_day, iso_utc

MIGRATION = "/loadmigration/v1.0"
MARKET = "LOAD_MIGRATION_2024_M05"
EFFECTIVE = "2024-05-01T07:00:00Z"
COUNTS, DASRS, RATES = (
    f"{MIGRATION}/{name}" for name in ("numberOfCustomers", "dasrSummary", "customerRates")
)
READINGS = (
    "loadMigrationMarketStatus", "loadPercentage", "loadMigrationCrrResults", "nHourData",
    "existingNumberOfCustomers", "existingDasrSummary", "existingCustomerRates",
)  # fmt: skip


def duns(stand, name):
    return next(number for number, owner in duns_numbers(stand.world).items() if owner == name)


def body(market=MARKET, udc="USCE", **records):
    return {"loadMigrationMarket": market, "udcName": udc, **records}


def counts(stand, *rows, **other):
    listed = rows or (("LSES", "RESIDENTIAL", 20_000), ("LSES", "SMALL_COM", 1_000))
    records = [
        {"lse": duns(stand, name), "class": kind, "numberOfCustomers": count}
        for name, kind, count in listed
    ]
    return body(numberOfCustomerRecords=records, **other)


def dasrs(stand, *rows, effective=EFFECTIVE, **other):
    listed = rows or (("1", "RESIDENTIAL", 1_000), ("2", "SMALL_COM", 40))
    records = [
        {
            "recordId": number, "class": kind, "fromLse": duns(stand, "LSES"),
            "toLse": duns(stand, "CCA2"), "numCustomerTransfer": count,
        }
        for number, kind, count in listed
    ]  # fmt: skip
    return body(effectiveDate=effective, dasrRecords=records, **other)


def rates(year=2024, classes=(("RESIDENTIAL", 2.5), ("SMALL_COM", 6))):
    records = [
        {"class": kind, "tou": tou, "seasonNumber": season, "kwRate": kw, "year": year}
        for kind, kw in classes
        for season in range(1, 5)
        for tou in ("ON", "OFF")
    ]
    return body(customerRateRecords=records)


def post(stand, path, sent, name="LSES"):
    return stand.post(name, path, sent, participantName=name)


def refused(stand, path, sent, name="LSES"):
    return stand.refused(name, path, sent, participantName=name)


def read(stand, operation, name="LSES", market=MARKET):
    return stand.get(name, f"{MIGRATION}/{operation}", loadMigrationMarketName=market)


@pytest.fixture
def opened(stand) -> Stand:
    stand.lead(MARKET, "OPEN")
    return stand


@pytest.fixture
def posted(opened) -> Stand:
    """What the utility of the south uploaded has become CRRs (rulebook 7.1, constructed)."""
    for path, sent in ((RATES, rates()), (COUNTS, counts(opened)), (DASRS, dasrs(opened))):
        assert post(opened, path, sent).json == {"submissionStatus": "VALID"}
    opened.lead(MARKET, "CLOSED", "POSTED")
    return opened


def test_a_market_goes_through_its_states(stand):
    for status in ("PREP", "OPEN", "CLOSED", "POSTED"):
        if status != "PREP":
            stand.lead(MARKET, status)
        assert read(stand, "loadMigrationMarketStatus").json == {"marketStatus": status}
        market = {
            "marketName": MARKET, "effectiveDate": EFFECTIVE,
            "nHourDataPosting": "No" if status == "PREP" else "Yes",
            "nHourDataPostDate": iso_utc(stand.moment),
            "submissionWindow": {
                "openDate": "2024-04-02T17:30:00Z", "closeDate": "2024-04-05T00:00:00Z"
            },
            "marketStatus": status,
        }  # fmt: skip
        if status == "PREP":
            del market["nHourDataPostDate"]
        lists = [
            stand.get("CCA2", f"{MIGRATION}/{path}").json
            for path in ("activeLoadMigrationMarketList", "postedLoadMigrationMarketList")
        ]
        assert lists == ([[], [market]] if status == "POSTED" else [[market], []])


def test_uploads_are_read_back_as_they_were_sent_and_replaced(opened):
    for operation, name in (
        ("existingNumberOfCustomers", "numberOfCustomerRecords"),
        ("existingDasrSummary", "dasrRecords"), ("existingCustomerRates", "customerRateRecords"),
    ):  # fmt: skip
        assert read(opened, operation).json == body(**{name: []})
    at = iso_utc(opened.moment)
    assert post(opened, RATES, rates(2023)).json == {"submissionStatus": "VALID"}
    found = read(opened, "existingCustomerRates").json["customerRateRecords"]
    sent = rates(2023)["customerRateRecords"]
    assert found == [{**row, "uploadDate": at, "lastModified": at} for row in sent]
    assert post(opened, COUNTS, counts(opened, ("CCA2", "RESIDENTIAL", 5))).status == 200
    assert post(opened, COUNTS, counts(opened)).status == 200
    found = read(opened, "existingNumberOfCustomers").json["numberOfCustomerRecords"]
    sent = counts(opened)["numberOfCustomerRecords"]
    assert found == [{**row, "lastModified": at} for row in sent]
    assert post(opened, DASRS, dasrs(opened)).status == 200
    found = read(opened, "existingDasrSummary").json
    assert found["dasrRecords"] == [
        {**row, "lastModified": at} for row in dasrs(opened)["dasrRecords"]
    ]
    assert (found["udcName"], found["loadMigrationMarket"]) == ("USCE", MARKET)


def test_nobody_left_is_uploaded_as_zero_and_not_shown(opened):
    sent = counts(opened, ("LSES", "RESIDENTIAL", 0))
    assert post(opened, RATES, rates()).status == post(opened, COUNTS, sent).status == 200
    assert read(opened, "existingNumberOfCustomers").json["numberOfCustomerRecords"] == []


def test_percentages_are_shown_to_those_they_concern(posted):
    """2.74 of 56 MW are 4.892857 percent (rulebook 7.1, constructed)."""
    shown = read(posted, "loadPercentage").json
    assert shown["loadMigrationMarket"] == MARKET
    shares = shown["loadMigrationPercentages"]
    assert [share["id"] for share in shares] == list(range(1, 9))
    for share in shares:
        assert (share["loadPercentage"], share["loadTransferMw"]) == (4.892857, 2.74)
        assert (share["fromLse"], share["toLse"], share["udc"]) == ("LSES", "CCA2", "USCE")
        assert (share["fromAssetOwner"], share["toAssetOwner"]) == ("LSES", "CCA2")
    assert {(share["seasonNumber"], share["tou"]) for share in shares} == {
        (season, tou) for season in range(1, 5) for tou in ("ON", "OFF")
    }
    assert read(posted, "loadPercentage", "CCA2").json == shown
    for other in ("LSEP", "CCA1"):
        assert read(posted, "loadPercentage", other).json["loadMigrationPercentages"] == []


def test_each_sees_its_own_crrs_of_the_market(posted):
    seen = {}
    for owner, kind in (("LSES", "LMT_CNT"), ("CCA2", "LSE_LMT")):
        shown = read(posted, "loadMigrationCrrResults", owner).json["loadMigrationCrrs"]
        held = {int(crr.crr_id): crr for crr in posted.crrs(owner=owner, market=MARKET)}
        assert held
        assert {row["crrId"] for row in shown} == set(held)
        for row in shown:
            crr = held[row["crrId"]]
            assert (row["crrType"], row["assetOwner"]) == (kind, owner)
            assert row["parentCrrId"] == int(crr.parent_crr_id)
            assert Decimal(str(row["initialMw"])) == crr.mw
            assert "adjustedMw" not in row
        seen[owner] = {row["parentCrrId"]: row["initialMw"] for row in shown}
    assert seen["LSES"] == seen["CCA2"]
    assert read(posted, "loadMigrationCrrResults", "CCA1").json["loadMigrationCrrs"] == []


def test_the_hours_to_measure_in_are_those_that_were_posted(stand):
    assert read(stand, "nHourData").codes == ["LMV0101"]
    stand.lead(MARKET, "OPEN")
    rows = read(stand, "nHourData").json
    assert sorted(
        (row["seasonNumber"], row["tou"])
        for row in rows
        if row["defaultLoadAggregationPoint"] == "DLAP_SCE-APND"
    ) == [(season, tou) for season in range(1, 5) for tou in ("OFF", "ON")]
    with stand.room.store.reading() as tx:
        posted = posted_n_hours(tx, MARKET)
    for row, hour in zip(rows, posted, strict=True):
        assert row == {
            "defaultLoadAggregationPoint": hour.dlap, "seasonNumber": hour.season,
            "tou": hour.tou.value,
            "effectiveDate": iso_utc(hours_of_day(hour.day)[0].start),
            "hourEnding": hour.hour_ending, "lastModified": iso_utc(stand.moment),
        }  # fmt: skip
    assert read(stand, "nHourData", "CCA1").json == rows


def test_results_are_not_read_before_they_are_posted(opened):
    for operation in ("loadPercentage", "loadMigrationCrrResults"):
        answer = read(opened, operation)
        assert (answer.status, answer.codes) == (400, ["LMV0103"])


def test_uploads_are_taken_while_the_window_is_open(stand):
    uploads = ((COUNTS, counts(stand)), (DASRS, dasrs(stand)), (RATES, rates()))
    for path, sent in uploads:
        assert "LMV0102" in refused(stand, path, sent)
    stand.lead(MARKET, "OPEN", "CLOSED")
    for path, sent in uploads:
        assert "LMV0102" in refused(stand, path, sent)
    assert read(stand, "existingDasrSummary").json["dasrRecords"] == []


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("LOAD_MIGRATION_2031_M01", "LMV1002"), ("LOAD_MIGRATION_2022", "LMV1002"),
        ("LOAD_MIGRATION_2024_M13", "LMV1003"), ("SECONDARY_MARKET", "LMV1003"),
        ("load", "LMV1003"), ("A!", "SER0022"), ("", "SER0017"), ("A" * 51, "SER0017"),
    ],
)  # fmt: skip
def test_a_market_that_is_not_there(opened, name, code):
    for operation in READINGS:
        answer = read(opened, operation, market=name)
        assert (answer.status, answer.codes) == (400, [code])
    for path, sent in (
        (COUNTS, counts(opened)), (DASRS, dasrs(opened)), (RATES, rates())
    ):  # fmt: skip
        assert refused(opened, path, {**sent, "loadMigrationMarket": name}) == [code]


@pytest.mark.parametrize(
    "effective", ["2024-05-02T07:00:00Z", "2024-05-01T08:00:00Z", "2024-05-01T00:00:00Z"]
)
def test_moves_are_effective_when_the_market_is(opened, effective):
    assert refused(opened, DASRS, dasrs(opened, effective=effective)) == ["LMV023"]


def test_the_utility_is_named_as_it_is_spelt(opened):
    for wrong in ("UNONE", "usce", "12345"):
        for path, sent in ((COUNTS, counts(opened)), (DASRS, dasrs(opened)), (RATES, rates())):
            assert "LMV024" in refused(opened, path, {**sent, "udcName": wrong})


def test_records_are_checked_against_each_other(opened):
    for path, sent in ((RATES, rates()), (COUNTS, counts(opened))):
        assert post(opened, path, sent).status == 200
    leaving = dasrs(opened, ("1", "RESIDENTIAL", 20_001))
    assert refused(opened, DASRS, leaving) == ["SER0030"]
    twice = dasrs(opened, ("1", "RESIDENTIAL", 1), ("1", "RESIDENTIAL", 2))
    assert refused(opened, DASRS, twice) == ["SER0030"]
    unknown = counts(opened)
    unknown["numberOfCustomerRecords"][0]["lse"] = "999999999"
    assert "SER0030" in refused(opened, COUNTS, unknown)


@pytest.mark.parametrize(
    "changed",
    [
        {"lse": "12345678A"}, {"lse": "1234567890"}, {"lse": 123456789}, {"class": "residential"},
        {"numberOfCustomers": -1}, {"numberOfCustomers": 9223372036854775808}, {"class_": "X"},
        {"numberOfCustomers": 1.5},
    ],
)  # fmt: skip
def test_a_record_keeps_to_its_document(opened, changed):
    sent = counts(opened)
    sent["numberOfCustomerRecords"][1] |= changed
    answer = post(opened, COUNTS, sent)
    assert (answer.status, answer.codes) == (400, ["SER0030"])
    assert "$.numberOfCustomerRecords[1]" in answer.json["errorList"][0]["errorDescription"]


def test_every_class_is_known_and_the_largest_number_is_taken(opened):
    classes = [(kind.value, 0.001) for kind in CustomerClass]
    assert post(opened, RATES, rates(classes=classes)).status == 200
    listed = [("LSES", kind, 9223372036854775807) for kind, _ in classes]
    assert post(opened, COUNTS, counts(opened, *listed)).status == 200
    found = read(opened, "existingNumberOfCustomers").json["numberOfCustomerRecords"]
    assert [row["class"] for row in found] == [kind for kind, _ in classes]
    assert {row["numberOfCustomers"] for row in found} == {9223372036854775807}


def test_another_participant_uploads_and_reads_nothing_of_the_utilitys(opened):
    for path, sent in ((RATES, rates()), (COUNTS, counts(opened))):
        assert post(opened, path, sent).status == 200
    before = opened.digest
    for name in ("LSEP", "CCA2"):
        answer = post(opened, DASRS, dasrs(opened, ("1", "RESIDENTIAL", 99_999)), name)
        assert (answer.status, answer.codes) == (403, ["SEC0001"])
        assert "20000" not in answer.body.decode()
    assert opened.digest == before
    mine = read(opened, "existingNumberOfCustomers", "LSEP").json
    assert mine == body(udc="UPGAE", numberOfCustomerRecords=[])
    none = read(opened, "existingNumberOfCustomers", "CCA2")
    assert (none.status, none.codes) == (400, ["SER0030"])
    query = {"loadMigrationMarketName": MARKET, "participantName": "LSES"}
    path = f"{MIGRATION}/existingNumberOfCustomers"
    theirs = opened.call("CCA2", "GET", path, query=query)
    assert (theirs.status, theirs.codes) == (403, ["SEC0002"])
    trader = opened.get("FIN1", f"{MIGRATION}/activeLoadMigrationMarketList")
    assert (trader.status, trader.codes) == (403, ["SEC0001"])
