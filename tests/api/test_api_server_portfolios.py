"""Portfolios as a participant's client sends and reads them (wire contract 3, 4 and 12)."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest
from api_server import AUCTION, TIER_1, live_server

AUCTIONS, NOMINATIONS = "/crr/auction/v1.0", "/crr/nomination/v1.0"
FLAT = [{"mw": 0.0, "price": 0.5}, {"mw": 1.5, "price": 0.5}]


@pytest.fixture(scope="module")
def nominating(tmp_path_factory):
    with live_server(tmp_path_factory.mktemp("tier-1"), "t1-open") as running:
        yield running


@pytest.fixture(scope="module")
def path() -> tuple[str, str]:
    """From a trading hub to where load is served."""
    return "TH_NP15_GEN-APND", "DLAP_PGAE-APND"


def bid(owner, path, **other):
    return {
        "assetOwner": owner, "source": path[0], "sink": path[1], "hedgeType": "OBL", "tou": "ON",
        "period": "2024_M04", "crrType": "AUC", "bidCurve": FLAT, **other,
    }  # fmt: skip


def creation(owner, name, bids, offers=()):
    return {
        "portfolioName": name, "marketName": AUCTION, "newBids": bids, "newOffers": list(offers),
        "participantName": owner,
    }  # fmt: skip


def post(live, owner, operation, body, base=AUCTIONS):
    return live.call(owner, "POST", f"{base}/{operation}", body)


def read(live, owner, operation, method="GET", base=AUCTIONS, market=AUCTION, **query):
    said = urlencode({"marketName": market, "participantName": owner, **query})
    return live.call(owner, method, f"{base}/{operation}?{said}")


def test_scenario_a_from_creation_to_deletion(live, path):
    name = "Mar test"
    identifier = {"portfolioName": name, "marketName": AUCTION, "participantName": "FIN1"}
    body = creation("FIN1", name, [bid("FIN1", path, description="1001"), bid("FIN1", path)])
    assert post(live, "FIN1", "portfolioCreation", body).json == {
        "portfolioName": name, "marketName": AUCTION, "status": "VALID"
    }  # fmt: skip
    assert post(live, "FIN1", "portfolioCreation", body).codes == ["POR0101"]
    (listed,) = [each for each in read(live, "FIN1", "portfolioList").json
                 if each["portfolioName"] == name]  # fmt: skip
    one = read(live, "FIN1", "portfolio", portfolioName=name).json
    assert listed == one
    assert one["offers"] == []
    first, second = one["bids"]
    assert 0 < first["bidId"] < second["bidId"] <= 2_147_483_647  # rule C3
    assert first == {"bidId": first["bidId"], **bid("FIN1", path, description="1001")}
    assert second == {"bidId": second["bidId"], **bid("FIN1", path)}
    credit = read(live, "FIN1", "portfolioRequiredCredit", portfolioName=name).json
    assert credit["requiredCredit"] >= 0
    assert list(credit) == ["portfolioName", "marketName", "requiredCredit"]
    done = post(live, "FIN1", "portfolioSubmission", identifier)
    assert (done.status, done.json["status"]) == (200, "SUBMITTED")
    assert read(live, "FIN1", "portfolioStatus", portfolioName=name).json["status"] == "SUBMITTED"
    assert post(live, "FIN1", "portfolioSubmission", identifier).codes == ["POR0051"]
    gone = read(live, "FIN1", "portfolio", "DELETE", portfolioName=name)
    assert (gone.status, gone.codes) == (400, ["POR0010"])
    assert post(live, "FIN1", "portfolioRetraction", identifier).json["status"] == "VALID"
    gone = read(live, "FIN1", "portfolio", "DELETE", portfolioName=name)
    assert (gone.status, gone.json["status"]) == (200, "DELETED")
    assert read(live, "FIN1", "portfolio", portfolioName=name).codes == ["POR0100"]


@pytest.mark.parametrize(
    "earlier", ["portfolio/{market}/Old", "portfolio/delete?marketName={market}&portfolioName=Old"]
)
def test_earlier_forms_of_deletion_are_served(live, path, earlier):
    post(live, "FIN1", "portfolioCreation", creation("FIN1", "Old", [bid("FIN1", path)]))
    said = earlier.format(market=AUCTION)
    owner = ("&" if "?" in said else "?") + "participantName=FIN1"
    gone = live.call("FIN1", "DELETE", f"{AUCTIONS}/{said}{owner}")
    assert (gone.status, gone.json["status"]) == (200, "DELETED")
    assert read(live, "FIN1", "portfolioStatus", portfolioName="Old").codes == ["POR0100"]


def test_an_answer_is_in_the_journal_under_its_request(live, path):
    before = live.room.store.length()
    post(live, "FIN1", "portfolioCreation", creation("FIN1", "Kept", [bid("FIN1", path)]))
    (entry,) = live.room.store.entries(after=before)
    assert (entry.actor, entry.command, entry.status) == ("FIN1", "create_portfolio", "done")
    assert entry.key.endswith("/5f1c8b52-6f0e-4f0a-9d5e-0b8f7f3f9a11")
    assert live.room.store.first_break() is None


def test_an_empty_portfolio_is_new(live):
    body = creation("FIN1", "Empty", [])
    assert post(live, "FIN1", "portfolioCreation", body).json["status"] == "NEW"
    identifier = {key: body[key] for key in ("portfolioName", "marketName", "participantName")}
    assert post(live, "FIN1", "portfolioSubmission", identifier).codes == ["POR0013"]
    assert post(live, "FIN1", "portfolioRetraction", identifier).codes == ["POR0012"]
    refused = read(live, "FIN1", "portfolioRequiredCredit", portfolioName="Empty")
    assert refused.codes == ["POR0308"]


def test_every_bad_record_is_told_and_nothing_is_saved(live, path):
    bad = [
        bid("GEN1", path), bid("FIN1", ("NOWHERE", path[1])), bid("FIN1", path),
        bid("FIN1", path, period="2031_M01"),
    ]  # fmt: skip
    answer = post(live, "FIN1", "portfolioCreation", creation("FIN1", "Bad", bad))
    assert answer.status == 400
    assert len(answer.codes) >= 3
    assert set(answer.codes) == {"SER0030"}
    assert read(live, "FIN1", "portfolioStatus", portfolioName="Bad").codes == ["POR0100"]


def test_numbers_come_in_as_java_writes_them_and_go_out_plain(live, path):
    body = json.dumps(
        creation("FIN1", "Java", [bid("FIN1", path, bidCurve=[{"mw": 0.0, "price": 1}] * 2)])
    ).replace('[{"mw": 0.0, "price": 1}, {"mw": 0.0, "price": 1}]',
              '[{"mw":0.0,"price":-1.25E1},{"mw":1.0E1,"price":-12.5}]')  # fmt: skip
    assert post(live, "FIN1", "portfolioCreation", body.encode()).json["status"] == "VALID"
    shown = read(live, "FIN1", "portfolio", portfolioName="Java").body
    assert b'"bidCurve":[{"mw":0,"price":-12.5},{"mw":10,"price":-12.5}]' in shown


@pytest.mark.parametrize(
    ("market", "code"), [("AUC_AN_2026", "MKT0001"), (TIER_1, "MKT0001")]
)  # fmt: skip
def test_a_market_that_is_no_auction_is_unknown(live, path, market, code):
    body = {**creation("FIN1", "Elsewhere", [bid("FIN1", path)]), "marketName": market}
    assert post(live, "FIN1", "portfolioCreation", body).codes == [code]
    assert read(live, "FIN1", "portfolioList", market=market).codes == [code]


def test_the_clients_own_faults(live, path):
    assert post(live, "FIN1", "portfolioCreation", None).codes == ["SER0017"]
    swapped = {"portfolioName": "Mar", "marketName": AUCTION, "participantName": "Mar"}
    refused = post(live, "FIN1", "portfolioSubmission", swapped)
    assert (refused.status, refused.codes) == (403, ["SEC0002"])
    other = creation("GEN1", "Not mine", [bid("GEN1", path)])
    assert post(live, "FIN1", "portfolioCreation", other).status == 403


def test_many_at_once_share_commits_and_each_has_its_own_answer(live, path):
    before = live.room.version

    def one(number: int) -> list[str]:
        made = post(live, "FIN2", "portfolioCreation",
                    creation("FIN2", f"P {number % 20}", [bid("FIN2", path)]))  # fmt: skip
        return [made.json["status"]] if made.status == 200 else made.codes

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(one, range(40)))
    assert sorted(answers) == [["POR0101"]] * 20 + [["VALID"]] * 20
    assert live.room.version - before <= 40
    assert len(read(live, "FIN2", "portfolioList").json) == 20


def test_a_nomination_from_creation_to_deletion(nominating):
    world = nominating.room.world
    lse = world.participants["LSEP"]
    source = next(
        name for name, place in sorted(world.locations.items())
        if place.biddable and name != lse.sink and name.startswith("TH_")
    )  # fmt: skip
    line = {
        "assetOwner": "LSEP", "source": source, "sink": lse.sink, "hedgeType": "OBL", "tou": "ON",
        "period": "2024_M04", "crrType": "LSE", "mw": 1.25, "description": "north",
    }  # fmt: skip
    body = {
        "portfolioName": "N 1", "marketName": TIER_1, "newNominations": [line],
        "participantName": "LSEP",
    }  # fmt: skip
    created = post(nominating, "LSEP", "portfolioCreation", body, NOMINATIONS)
    assert (created.status, created.json["status"]) == (200, "VALID")
    where = {"base": NOMINATIONS, "market": TIER_1, "portfolioName": "N 1"}
    shown = read(nominating, "LSEP", "portfolio", **where).json
    (nomination,) = shown["nominations"]
    assert nomination == {"nominationId": nomination["nominationId"], **line}
    listed = read(nominating, "LSEP", "portfolioList", base=NOMINATIONS, market=TIER_1).json
    assert shown in listed
    identifier = {key: body[key] for key in ("portfolioName", "marketName", "participantName")}
    done = post(nominating, "LSEP", "portfolioSubmission", identifier, NOMINATIONS)
    assert done.json["status"] == "SUBMITTED"
    assert post(nominating, "LSEP", "portfolioRetraction", identifier, NOMINATIONS).status == 200
    gone = read(nominating, "LSEP", "portfolio", "DELETE", **where)
    assert gone.json["status"] == "DELETED"


def test_nominating_too_much_is_invalid_with_the_reason(nominating):
    world = nominating.room.world
    lse = world.participants["LSEP"]
    line = {
        "assetOwner": "LSEP", "source": "TH_NP15_GEN-APND", "sink": lse.sink, "hedgeType": "OBL",
        "tou": "ON", "period": "2024_M04", "crrType": "LSE", "mw": 9_999_999.0,
    }  # fmt: skip
    body = {
        "portfolioName": "Too much", "marketName": TIER_1, "newNominations": [line],
        "participantName": "LSEP",
    }  # fmt: skip
    assert post(nominating, "LSEP", "portfolioCreation", body, NOMINATIONS).status == 200
    del body["newNominations"]
    done = post(nominating, "LSEP", "portfolioSubmission", body, NOMINATIONS)
    assert (done.status, done.json["status"]) == (200, "INVALID")
    assert done.json["errorMessage"].endswith(";")
    assert post(nominating, "LSEP", "portfolioSubmission", body, NOMINATIONS).codes == ["NOM0101"]


def test_options_are_not_nominated(nominating):
    lse = nominating.room.world.participants["LSEP"]
    line = {
        "assetOwner": "LSEP", "source": "TH_NP15_GEN-APND", "sink": lse.sink, "hedgeType": "OPT",
        "tou": "ON", "period": "2024_M04", "crrType": "LSE", "mw": 1,
    }  # fmt: skip
    body = {
        "portfolioName": "Option", "marketName": TIER_1, "newNominations": [line],
        "participantName": "LSEP",
    }  # fmt: skip
    answer = post(nominating, "LSEP", "portfolioCreation", body, NOMINATIONS)
    assert (answer.status, answer.codes) == (400, ["SER0030"])
