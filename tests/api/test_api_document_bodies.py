"""Types and documents accept and refuse the same bodies: generated ones, good and spoilt."""

from __future__ import annotations

import copy
import json
from decimal import Decimal

import api_document_kit as kit
import msgspec
import pytest
from api_document_kit import WITH_BODY, title
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.api import codec
from simulator.api.body import BodyReader
from simulator.api.documents import document, resolve
from simulator.domain import Refused

BODIES_EACH = 50
ODD = [None, True, "", " ", "x" * 600, "é", "a\n", "ON", "on", "N", "12.5", "NaN", 0, -1, 10**10]
ODD += [1, 26, 0.5, 0.0005, 12.345, -0.01, 1e7, 2**63, [], {}, [[]], {"extra": 1}]
ODD += ["2026-03-01T08:00:00Z", "2026-03-01T08:00:00", "2026-02-30T08:00:00Z", "2026-03-01"]
LENGTHS = (6, 9, 10, 20, 40, 50, 64, 100, 150, 256, 512)
ODD += [letter * (length + more) for length in LENGTHS for more in (0, 1) for letter in "x1"]
NAME = st.text("abcXYZ019._-", min_size=1, max_size=6).filter(lambda text: text.strip("._-"))


def bodies(raw, node):
    """Bodies that keep the schema `node` of the document `raw`."""
    node = resolve(raw, node)
    if "enum" in node:
        return st.sampled_from(node["enum"])
    kind = node["type"]
    if kind == "object":
        properties = {name: bodies(raw, each) for name, each in node["properties"].items()}
        needed = {name: properties.pop(name) for name in node["required"]}
        return st.fixed_dictionaries(needed, optional=properties)
    if kind == "array":
        low = node.get("minItems", 0)
        return st.lists(bodies(raw, node["items"]), min_size=low, max_size=low + 2)
    if kind == "string" and "format" in node:
        return st.just("2026-03-01T08:00:00Z")
    if kind == "string":
        text = st.text("0123456789", min_size=1, max_size=6)
        return text if "a" not in node.get("pattern", "a") else NAME
    low, high = node.get("minimum", -9999), node.get("maximum", 99999)
    if kind == "integer":
        return st.integers(low, high)
    step = node.get("multipleOf", 0.001)
    steps = st.integers(round(low / step), round(min(high, 99999) / step))
    return steps.map(lambda count: float(count * Decimal(str(step))))


def places(value, path=()):
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in items if isinstance(value, (dict, list)) else ():
        yield from (
            places(inner, (*path, key)) if isinstance(inner, (dict, list)) else [(*path, key)]
        )


@st.composite
def spoilt(draw, good):
    """A good body with something put in, taken out or written otherwise in one place."""
    body = copy.deepcopy(draw(good))
    path = draw(st.sampled_from(list(places(body))))
    if not path:
        return draw(st.sampled_from(ODD))
    *way, last = path
    inner = body
    for key in way:
        inner = inner[key]
    if draw(st.integers(0, 3)) == 0:
        del inner[last]
    elif isinstance(last, str) and draw(st.integers(0, 5)) == 0:
        inner[last + "s"] = inner[last]
    else:
        inner[last] = draw(st.sampled_from(ODD))
    return body


def schema_accepts(operation, body):
    return kit.validator(operation.service, operation.request).is_valid(body)


def types_accept(operation, text):
    try:
        codec.decoder(operation)(text)
    except msgspec.DecodeError:
        return False
    return True


@pytest.mark.parametrize("operation", WITH_BODY, ids=title)
def test_types_and_document_agree_on_every_body(operation):
    raw = document(operation.service).raw
    name = operation.request.strip("[]")
    one = bodies(raw, {"$ref": f"#/components/schemas/{name}"})
    good = st.lists(one, max_size=3) if operation.request.startswith("[") else one

    @settings(max_examples=BODIES_EACH, deadline=None, database=None, derandomize=True)
    @given(good)
    def accepts(body):
        assert schema_accepts(operation, body)
        assert types_accept(operation, json.dumps(body).encode())

    @settings(max_examples=BODIES_EACH, deadline=None, database=None, derandomize=True)
    @given(spoilt(good))
    def agrees(body):
        text = json.dumps(body, ensure_ascii=False).encode()
        assert types_accept(operation, text) == schema_accepts(operation, body), body

    accepts()
    agrees()


def spoilings(body):
    """The body with each of the odd values in each of its places, and without each of them."""
    for *way, last in filter(None, places(body)):
        for odd in (*ODD, places):
            changed = inner = copy.deepcopy(body)
            for key in way:
                inner = inner[key]
            if odd is places:
                del inner[last]
            else:
                inner[last] = odd
            yield changed


@pytest.mark.parametrize("operation", WITH_BODY, ids=title)
def test_types_and_document_agree_on_every_spoilt_example(operation):
    (example,) = operation.request_examples.values()
    verdicts = set()
    for body in spoilings(example):
        text = json.dumps(body, ensure_ascii=False).encode()
        verdict = schema_accepts(operation, body)
        assert types_accept(operation, text) == verdict, body
        verdicts.add(verdict)
    assert verdicts == {True, False}


(CREATION,) = [each for each in WITH_BODY if title(each) == "auction.portfolioCreation"]
(BODY,) = CREATION.request_examples.values()
TEXT = json.dumps(BODY)


@pytest.mark.parametrize(
    ("price", "read"),
    [
        ("12.5", "12.5"),
        ("1.0E7", "10000000"),  # a Java double above 10^7
        ("1.25e1", "12.5"),
        ("-3", "-3"),
        ("0.29", "0.29"),  # in binary no multiple of 0.01
        ("12.50000000000000000000000", "12.5"),
        ("99999999999999.99", "99999999999999.99"),
    ],
)
def test_numbers_are_read_exactly(price, read):
    body = TEXT.replace('"price": 12.5', f'"price": {price}').encode()
    portfolio = codec.decoder(CREATION)(body)
    assert {point.price for point in portfolio.newBids[0].bidCurve} == {Decimal(read)}


# What the types refuse and a schema cannot say: they see the digits, the schema a double.
@pytest.mark.parametrize(
    ("price", "why"),
    [
        (
            "12.505",
            "price 12.505 is not in the allowed steps of 0.01 - at `$.newBids[0].bidCurve[0]`",
        ),
        ("12.500000000000000000001", "is not in the allowed steps of 0.01"),
        ("1E-30", "is not in the allowed steps of 0.01"),
        ("1E400", "is out of range"),
        ("1E30", "is out of range"),
        ('"12.5"', "Expected `number`, got `str` - at `$.newBids[0].bidCurve[0].price`"),
        ('"NaN"', "is not a number"),
        ('"Infinity"', "is not a number"),
        ("null", "got `null`"),
        ("true", "got `bool`"),
        ("NaN", "malformed"),
        ("01.5", "malformed"),
        (".5", "malformed"),
    ],
)
def test_numbers_that_are_none_are_refused_by_name(price, why):
    body = TEXT.replace('"price": 12.5', f'"price": {price}').encode()
    with pytest.raises(msgspec.DecodeError) as refused:
        codec.decoder(CREATION)(body)
    assert why in str(refused.value)


def test_a_number_out_of_its_bounds_is_told_with_what_would_be_right():
    points = [{"mw": -1, "price": 12.505}, {"mw": 10, "price": 1}]
    bids = [{**BODY["newBids"][0], "bidCurve": points}]
    with pytest.raises(Refused) as refused:
        BodyReader(CREATION).read(json.dumps({**BODY, "newBids": bids}).encode())
    (finding,) = refused.value.findings
    assert finding.where == "$.newBids[0].bidCurve[0]"
    assert finding.found == "mw -1, price 12.505"
    assert finding.allowed == "0 or more, a multiple of 0.01"


def test_an_escaped_name_does_not_hide_a_quoted_number():
    body = TEXT.replace('"price": 12.5', '"\\u0070rice": "12.5"').encode()
    with pytest.raises(msgspec.ValidationError, match=r"got `str` - at `\$\.newBids\[0\]"):
        codec.decoder(CREATION)(body)


def test_a_text_may_look_like_a_quoted_number():
    bids = [{**BODY["newBids"][0], "description": "mw"}]
    body = {**BODY, "portfolioName": "price", "newBids": bids}
    assert types_accept(CREATION, json.dumps(body, separators=(",", ":")).encode())


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b'{"portfolioName":"\xe9"}', b'{"a":' * 100_000, b"[]", b"1e999"]
)
def test_what_is_no_body_is_refused_without_another_error(body):
    for operation in WITH_BODY:
        if body != b"[]" or not operation.request.startswith("["):
            with pytest.raises(msgspec.DecodeError):
                codec.decoder(operation)(body)


@pytest.mark.parametrize(
    ("value", "text"),
    [("10.000", b"10"), ("1E+1", b"10"), ("0.00", b"0"), ("12.50", b"12.5"), ("-0.01", b"-0.01")],
)
def test_numbers_are_written_plainly(value, text):
    assert codec.encode(codec.plain(Decimal(value))) == text
