"""Bodies of somebody who means harm: refused as the contract says, and soon."""

from __future__ import annotations

import json
import time

import pytest
from api_document_kit import WITH_BODY, title

from simulator.api.body import BodyReader
from simulator.api.errors import FAULTS_SOUGHT
from simulator.domain import Refused

SECONDS = 2.0  # of the processor; each of the slow bodies once took from ten of them to minutes
(CREATION,) = [each for each in WITH_BODY if title(each) == "auction.portfolioCreation"]
(BODY,) = CREATION.request_examples.values()
BID = BODY["newBids"][0]


def refused(body, operation=CREATION):
    with pytest.raises(Refused) as refusal:
        BodyReader(operation).read(body.encode() if isinstance(body, str) else body)
    return refusal.value.findings


@pytest.mark.parametrize("price", ["1E-1500000", "-1E-999999999", "12.5E-1000000"])
def test_no_number_is_so_minute_that_it_counts_as_none(price):
    (finding,) = refused(json.dumps(BODY).replace('"price": 12.5', f'"price": {price}'))
    assert (finding.code, finding.where) == ("SER0030", "$.newBids[0].bidCurve[0]")


def test_a_property_given_twice_is_found_however_a_time_is_spelled():
    (offering,) = [each for each in WITH_BODY if each.operation_id == "postPublicSmBuyOffers"]
    (body,) = offering.request_examples.values()
    twice = json.dumps(body).replace('"mw":', '"mw": 1, "mw":')
    for ending in ("Z", "-0800", ".5-0800", "\\u002d0800"):
        again = twice.replace("T08:00:00Z", f"T08:00:00{ending}")
        assert [finding.found for finding in refused(again, offering)] == [""]
        assert [finding.where for finding in refused(again, offering)] == ["mw"]


@pytest.mark.parametrize("number", ["1e", "0E", "-1e-"])
def test_an_exponent_that_no_decimal_has_is_a_fault_of_its_record(number):
    price = f'"price": {number}{"9" * 19}'
    (finding,) = refused(json.dumps(BODY).replace('"price": 12.5', price))
    assert (finding.code, finding.where) == ("SER0030", "$.newBids[0].bidCurve[0]")
    assert "out of range" in finding.message


@pytest.mark.parametrize("operation", WITH_BODY, ids=title)
def test_what_breaks_the_type_first_and_is_no_utf_8_later_is_refused(operation):
    body = b'{"a":1,"\xef":2}'
    several = operation.request.startswith("[")
    (finding,) = refused(b"[%s]" % body if several else body, operation)
    assert finding.code == "SER0017"


# What msgspec, the types and this project say of a fault, said by the caller.
SAYINGS = [
    "x 1 is foo 2; y",
    "mw 1 is less than 2; ",
    "of length - at `$.foo",
    "of length - at `$.newBids[7].x",
    " - at `$.portfolioName",
    "Expected `str` of length <= 1 - at `$",
    "Expected `str` matching regex 'x",
]


@pytest.mark.parametrize("saying", SAYINGS)
def test_names_and_texts_that_read_like_our_messages_are_refused_like_others(saying):
    nameless = {name: value for name, value in BODY.items() if name != "portfolioName"}
    for bid, around in (
        ({**BID, saying: 1}, BODY),
        ({**BID, "tou": saying}, BODY),
        (BID, {saying: 1, **BODY}),
        (BID, {saying: 1, **nameless}),
    ):
        assert len(refused(json.dumps({**around, "newBids": [bid]}))) == 1


@pytest.mark.parametrize(
    ("bids", "found"),
    [
        (json.dumps([{**BID, "a" * 40_000: 1}]), 1),
        (json.dumps([{**BID, "tou": "a" * 40_000}]), 1),
        (json.dumps([{**BID, "x y is " * 10_000: 1}]), 1),
        (json.dumps([{**BID, " - at `$.a" * 10_000: 1}]), 1),
        ("[" + "0," * 900_000 + "0]", FAULTS_SOUGHT),
        ("[" + "{}," * 1_000_000 + "{}]", 1),
    ],
    ids=["long name", "long text", "like numbers", "like places", "zeros", "more than is sought"],
)
def test_a_hostile_body_is_refused_soon(bids, found):
    body = json.dumps({**BODY, "newBids": []}).replace('"newBids": []', f'"newBids": {bids}')
    began = time.process_time()
    assert len(refused(body)) == found
    assert time.process_time() - began < SECONDS
