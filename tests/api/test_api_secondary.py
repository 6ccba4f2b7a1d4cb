"""The secondary market as both sides' clients see it (wire contract 9)."""

from __future__ import annotations

import time
from datetime import date
from decimal import Decimal

import pytest
from api_special_kit import Stand, epoch_of

from simulator.domain import CrrType, Period
from simulator.timeline.hours import iso_utc, period_bounds

SECONDARY = "/secondarymarket/v1.0"
JULY = ("2024-07-01T07:00:00Z", "2024-08-01T06:59:59Z")
CONTACT = {"name": "Trading desk", "phone": "555-0100", "email": "desk@fin1.example"}
CREATIONS = {
    ("BUY", "PUBLIC"): "publicSmBuyOfferCreation",
    ("SELL", "PUBLIC"): "publicSmSellOfferCreation",
    ("BUY", "PRIVATE"): "privateSmBuyOfferCreation",
    ("SELL", "PRIVATE"): "privateSmSellOfferCreation",
}
TARGET, TO_BUY, TO_SELL = (
    f"{SECONDARY}/{name}"
    for name in ("smPublicOfferToSpecifiedMp", "smResponseToBuyOffers", "smResponseToSellOffers")
)


@pytest.fixture
def market(stand) -> Stand:
    """The secondary market is open, and everybody can pay."""
    stand.at(epoch_of(date(2024, 4, 8), 12))
    stand.lead("SECONDARY_MARKET", "OPEN")
    for name in ("FIN1", "FIN2", "FIN3"):
        stand.operator("set_collateral", participant=name, amount_usd="100000000.00")
    return stand


def held(stand, owner="FIN1"):
    """A CRR of the owner through the summer."""
    summer = Period.parse("2024_S03")
    found = [crr for crr in stand.crrs(owner=owner) if crr.spans(summer) and crr.mw >= 2]
    return max(found, key=lambda crr: (crr.mw, int(crr.crr_id)))


def terms(crr, **other):
    return {
        "source": crr.source, "sink": crr.sink, "tou": crr.tou.value,
        "hedgeType": crr.hedge.value, "crrType": crr.crr_type.value,
        "startDate": JULY[0], "endDate": JULY[1], "mw": 1.25, **other,
    }  # fmt: skip


def offer(crr, side="SELL", post="PUBLIC", owner="FIN1", to="FIN2", **other):
    made = {"assetOwner": owner, **terms(crr), "price": -12.5}
    if side == "SELL":
        made["crrId"] = int(crr.crr_id)
    if post == "PUBLIC":
        made["contactInfo"] = CONTACT
    else:
        made["targetMpName"] = to
    return {**made, **other}


def create(stand, *rows, side="SELL", post="PUBLIC", owner="FIN1"):
    path = f"{SECONDARY}/{CREATIONS[side, post]}"
    return stand.post(owner, path, list(rows), participantName=owner)


def refused(stand, *rows, side="SELL", post="PUBLIC", owner="FIN1"):
    path = f"{SECONDARY}/{CREATIONS[side, post]}"
    return stand.refused(owner, path, list(rows), participantName=owner)


def offers(stand, status, name="FIN1"):
    return stand.get(name, f"{SECONDARY}/mySmOffersByStatus", OfferStatusType=status).json


def responses(stand, status, name="FIN2"):
    return stand.get(name, f"{SECONDARY}/mySmResponesByStatus", responseStatusType=status).json


def turn(stand, request, to="FIN2", price=-12.5, owner="FIN1"):
    rows = [{"requestId": request, "respondingMpName": to, "price": price}]
    return stand.post(owner, TARGET, rows, participantName=owner)


def accept(stand, *rows, name="FIN2", path=TO_SELL):
    return stand.post(name, path, list(rows), participantName=name)


def test_a_public_offer_is_posted_turned_to_one_accepted_and_carried_out(market):
    crr = held(market)
    (posted,) = create(market, offer(crr)).json
    request = posted["requestId"]
    assert posted == {
        "assetOwner": "FIN1", "requestId": request, "offerType": "SELL", "postType": "PUBLIC",
        "crrId": int(crr.crr_id), **terms(crr), "offerStatus": "POSTED",
    }  # fmt: skip
    assert 0 < request <= 2_147_483_647
    (mine,) = offers(market, "POSTED")
    expected = {key: value for key, value in posted.items() if key != "offerStatus"}
    assert mine == {**expected, "price": -12.5, "contactInfo": CONTACT}
    assert responses(market, "PENDING_MP_RESPONSE") == []

    (turned,) = turn(market, request).json
    assert turned == {**posted, "offerStatus": "PENDING_MP_RESPONSE"}
    assert offers(market, "POSTED") == []
    (mine,) = offers(market, "PENDING_MP_RESPONSE")
    assert (mine["postType"], mine["targetMpName"]) == ("PUBLIC", "FIN2")
    (asked,) = responses(market, "PENDING_MP_RESPONSE")
    assert asked == {
        "requestId": request, "initiatingOfferType": "SELL", "initiatingAO": "FIN1",
        "crrId": int(crr.crr_id), **terms(crr), "price": -12.5, "respondingAssetOwner": "FIN2",
    }  # fmt: skip

    (done,) = accept(market, {"requestId": request}).json
    assert done == {
        "requestId": request, "responseId": done["responseId"],
        "responseStatus": "PENDING_CREDIT_CHECK",
    }  # fmt: skip
    assert request < done["responseId"] <= 2_147_483_647
    (settled,) = responses(market, "APPROVED")
    assert settled == {**asked, "responseId": done["responseId"]}
    assert [each["requestId"] for each in offers(market, "APPROVED")] == [request]
    (bought,) = [each for each in market.crrs(owner="FIN2") if each.market == "SECONDARY_MARKET"]
    assert (bought.mw, bought.parent_crr_id) == (Decimal("1.250"), crr.crr_id)
    assert iso_utc(period_bounds(Period(bought.start, bought.end, "")).start) == JULY[0]


def test_a_private_offer_to_buy_is_answered_with_the_crr_to_hand_over(market):
    crr = held(market)
    row = offer(crr, "BUY", "PRIVATE", owner="FIN2", to="FIN1")
    (posted,) = create(market, row, side="BUY", post="PRIVATE", owner="FIN2").json
    assert (posted["offerStatus"], posted["postType"]) == ("PENDING_MP_RESPONSE", "PRIVATE")
    assert "crrId" not in posted
    (asked,) = responses(market, "PENDING_MP_RESPONSE", "FIN1")
    assert "crrId" not in asked
    answer = {"requestId": posted["requestId"], "crrId": int(crr.crr_id)}
    (done,) = accept(market, answer, name="FIN1", path=TO_BUY).json
    assert done["responseStatus"] == "PENDING_CREDIT_CHECK"
    (settled,) = responses(market, "APPROVED", "FIN1")
    assert settled["crrId"] == int(crr.crr_id)
    (bought,) = [each for each in market.crrs(owner="FIN2") if each.market == "SECONDARY_MARKET"]
    assert bought.mw == Decimal("1.250")


@pytest.mark.parametrize(("side", "post"), CREATIONS)
def test_each_kind_of_offer_comes_back_as_it_was_made(market, side, post):
    row = offer(held(market), side, post, contactInfo={**CONTACT, "address": "11 A St."})
    (made,) = create(market, row, side=side, post=post).json
    (mine,) = offers(market, made["offerStatus"])
    assert (mine["offerType"], mine["postType"]) == (side, post)
    assert {key: mine[key] for key in row} == row


def test_who_cannot_pay_is_disapproved_and_the_crr_stays(market):
    market.operator("set_collateral", participant="FIN3", amount_usd="0.00")
    crr = held(market)
    (posted,) = create(market, offer(crr, post="PRIVATE", to="FIN3"), post="PRIVATE").json
    accept(market, {"requestId": posted["requestId"]}, name="FIN3")
    assert responses(market, "APPROVED", "FIN3") == []
    (mine,) = offers(market, "DISAPPROVED")
    assert mine["requestId"] == posted["requestId"]
    assert market.crrs(crr_id=int(crr.crr_id)) == (crr,)


def test_elements_of_a_list_are_answered_one_by_one(market):
    crr = held(market)
    rows = [
        offer(crr, mw=99_999), offer(crr), offer(crr), offer(crr, crrId=999_999),
        offer(crr, startDate="2024-04-08T07:00:00Z"),
    ]  # fmt: skip
    answer = create(market, *rows)
    assert answer.status == 200
    assert [each["offerStatus"] for each in answer.json] == [
        "ERROR", "POSTED", "ERROR", "ERROR", "ERROR"
    ]  # fmt: skip
    said = [each.get("message", "") for each in answer.json]
    for words, message in zip(
        ("larger than", "", "another pending", "not owned by FIN1", "has begun"), said, strict=True
    ):
        assert words in message
    assert [each["mw"] for each in answer.json] == [99_999, 1.25, 1.25, 1.25, 1.25]
    assert "requestId" not in answer.json[0]
    assert len(offers(market, "POSTED")) == 1
    assert offers(market, "ERROR") == []


def test_a_long_list_keeps_nobody_waiting(market):
    rows = [offer(held(market), side="BUY")] * 2000
    began = time.process_time()
    said = create(market, *rows, side="BUY").json
    assert time.process_time() - began < 10  # once a minute, in which no other command came in
    assert {each["offerStatus"] for each in said} == {"POSTED"}
    assert len({each["requestId"] for each in said}) == 2000


@pytest.mark.parametrize("number", [0, 10**10, 2**63 - 1])
def test_a_crr_that_no_answer_can_name_is_left_out_of_it(market, number):
    (said,) = create(market, offer(held(market), post="PRIVATE", crrId=number), post="PRIVATE").json
    assert said["offerStatus"] == "ERROR"
    assert f"CRR {number} is not owned by FIN1" in said["message"]
    assert "crrId" not in said  # the document has room for ten digits, and for nothing below 1


def test_one_wrong_name_refuses_the_whole_list(market):
    crr = held(market)
    for wrong, code in (({"assetOwner": "FIN2"}, "SMT0146"), ({"assetOwner": "fin1"}, "SMT0146")):
        assert refused(market, offer(crr), offer(crr, **wrong)) == [code]
    for wrong in ("NOBODY", "fin2", "FIN1"):
        codes = refused(market, offer(crr, post="PRIVATE", to=wrong), post="PRIVATE")
        assert codes == ["SMT0107"]
    assert offers(market, "POSTED") == offers(market, "PENDING_MP_RESPONSE") == []
    answer = create(market, offer(crr), offer(crr, assetOwner="FIN2"))
    assert "$[1]" in answer.json["errorList"][0]["errorDescription"]


def test_a_crr_type_that_there_is_not_has_a_code_of_its_own(market):
    crr = held(market)
    assert refused(market, offer(crr), offer(crr, crrType="auc")) == ["SMT0138"]
    for kind in CrrType:
        (made,) = create(market, offer(crr, "BUY", crrType=kind.value), side="BUY").json
        assert made["offerStatus"] == "POSTED"


@pytest.mark.parametrize(
    "changed",
    [
        {"mw": 0}, {"mw": 1.0001}, {"price": 0.001}, {"tou": "on"}, {"hedgeType": "X"},
        {"startDate": "2024-07-01"}, {"startDate": "2024-07-01T08:00:00Z"}, {"crrId": 0},
        {"endDate": "2024-07-31T06:59:58Z"}, {"contactInfo": {"name": "x", "phone": "x"}},
        {"contactInfo": None}, {"targetMpName": "FIN2"}, {"source": ""},
    ],
)  # fmt: skip
def test_a_record_keeps_to_its_document(market, changed):
    crr = held(market)
    assert refused(market, offer(crr), offer(crr, **changed)) == ["SER0030"]
    answer = create(market, offer(crr), offer(crr, **changed))
    assert "$[1]" in answer.json["errorList"][0]["errorDescription"]


@pytest.mark.parametrize("body", [b"", b"{}", b'{"offers":[]}', b"null", b"[1"])
def test_bodies_are_bare_arrays(market, body):
    for name in CREATIONS.values():
        codes = market.refused("FIN1", f"{SECONDARY}/{name}", body, participantName="FIN1")
        assert codes == ["SER0017"]
    assert create(market).json == []


def test_turning_an_offer_repeats_its_price_and_is_its_owners(market):
    (posted,) = create(market, offer(held(market))).json
    request = posted["requestId"]

    def codes(owner="FIN1", **changed):
        row = {"requestId": request, "respondingMpName": "FIN2", "price": -12.5, **changed}
        return market.refused(owner, TARGET, [row], participantName=owner)

    assert codes(price=-12.49) == ["SMT0145"]
    assert codes(respondingMpName="fin2") == ["SMT0107"]
    assert codes(requestId=999_999) == ["SMT0016"]
    assert codes("FIN3") == ["SMT0063"]
    strange = turn(market, request, owner="FIN3").body.decode()
    assert "FIN1" not in strange
    assert turn(market, request).json[0]["offerStatus"] == "PENDING_MP_RESPONSE"
    (again,) = turn(market, request).json
    assert again["offerStatus"] == "ERROR"
    assert "is PENDING_MP_RESPONSE" in again["message"]


def test_only_who_is_asked_answers(market):
    (posted,) = create(market, offer(held(market), post="PRIVATE"), post="PRIVATE").json
    request = posted["requestId"]
    for path, row in ((TO_SELL, {}), (TO_BUY, {"crrId": 1})):
        for name, number, code in (("FIN3", request, "SMT0082"), ("FIN2", 999_999, "SMT0016")):
            rows = [{"requestId": number, **row}]
            assert market.refused(name, path, rows, participantName=name) == [code]
    (wrong,) = accept(market, {"requestId": request, "crrId": 1}, path=TO_BUY).json
    assert (wrong["requestId"], wrong["responseStatus"]) == (request, "ERROR")
    assert "names no CRR" in wrong["message"]
    assert accept(market, {"requestId": request}).json[0]["responseStatus"] != "ERROR"
    (late,) = accept(market, {"requestId": request}).json
    assert (late["responseStatus"], "responseId" in late) == ("ERROR", False)


def test_nothing_is_traded_while_the_market_is_closed(stand):
    crr = held(stand)
    assert refused(stand, offer(crr)) == ["SER0030"]
    rows = [{"requestId": 1}]
    assert stand.refused("FIN2", TO_SELL, rows, participantName="FIN2") == ["SER0030"]


def test_a_third_sees_nothing_of_a_trade(market):
    create(market, offer(held(market), post="PRIVATE"), post="PRIVATE")
    for status in ("POSTED", "PENDING_MP_RESPONSE", "APPROVED"):
        assert offers(market, status, "FIN3") == []
    assert responses(market, "PENDING_MP_RESPONSE", "FIN3") == []
    for name, status in (("mySmOffersByStatus", "Offer"), ("mySmResponesByStatus", "response")):
        query = {"participantName": "FIN1", f"{status}StatusType": "APPROVED"}
        answer = market.call("FIN3", "GET", f"{SECONDARY}/{name}", query=query)
        assert (answer.status, answer.codes) == (403, ["SEC0002"])
    before = market.digest
    path = f"{SECONDARY}/{CREATIONS['SELL', 'PUBLIC']}"
    answer = market.post("FIN3", path, [offer(held(market))], participantName="FIN1")
    assert (answer.status, answer.codes) == (403, ["SEC0002"])
    assert market.digest == before


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("mySmOffersByStatus", "OfferStatusType"), ("mySmOffersByStatus", "offerStatusType"),
        ("mySmResponesByStatus", "responseStatusType"),
        ("mySmResponesByStatus", "ResponseStatusType"),
        ("mySmResponsesByStatus", "responseStatusType"),
    ],
)  # fmt: skip
def test_the_contracts_spellings_and_the_right_ones_are_served(market, path, parameter):
    answer = market.get("FIN1", f"{SECONDARY}/{path}", **{parameter: "APPROVED"})
    assert (answer.status, answer.json) == (200, [])
    for wrong in ("approved", "OPEN", ""):
        answer = market.get("FIN1", f"{SECONDARY}/{path}", **{parameter: wrong})
        assert (answer.status, answer.codes) == (400, ["SER0014"])
    twice = {parameter: "APPROVED", parameter.swapcase(): "APPROVED"}
    assert market.get("FIN1", f"{SECONDARY}/{path}", **twice).codes == ["SER0017"]


def test_a_response_is_never_posted(market):
    path = f"{SECONDARY}/mySmResponesByStatus"
    assert market.get("FIN1", path, responseStatusType="POSTED").codes == ["SER0014"]
    wrong = market.call(
        "FIN1", "GET", path, query={"participantName": "F!", "responseStatusType": "APPROVED"}
    )
    assert (wrong.status, wrong.codes) == (400, ["SER0002"])
