"""Creating bodies are read in bulk and thoroughly to the same columns, or refused by both."""

from __future__ import annotations

import json
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.api import figures
from simulator.api.digits import Unread
from simulator.api.documents import document
from simulator.api.figures import FEW_BYTES
from simulator.api.lean import Known
from simulator.api.new_portfolio import Doubtful, PortfolioReader, reader_of
from simulator.domain import Refused
from simulator.domain.columns import ReadBids, ReadNominations
from simulator.market.shapes import BIDS, NOMINATIONS
from simulator.store.canonical import canonical_json

# Some that no document allows are among them: such a name stays unexpected.
KNOWN = {
    "assetOwner": ("FIN1", "F:1"),
    "source": ("TH_NP15_GEN-APND", "PGAE-1", "N" * 151, "A"),
    "sink": ("DLAP_PGAE-APND", "DLAP#", "B"),
}


def reader(service: str, known: Known) -> PortfolioReader:
    (operation,) = [
        each for each in document(service).operations if each.operation_id == "portfolioCreation"
    ]
    found = reader_of(operation, known)
    assert isinstance(found, PortfolioReader)
    return found


AUCTION, NOMINATION = reader("auction", {}), reader("nomination", {})
EXPECTING_BIDS, EXPECTING_NOMINATIONS = reader("auction", KNOWN), reader("nomination", KNOWN)


def rarely(usual, *others):
    return st.sampled_from([usual] * 15 + list(others))


EXOTIC = [
    "0",
    "-0.0",
    "1E1",
    "1.25E+1",
    "1e-3",
    "1E-3",
    "12.5000",
    "0.1000000000000000055",
    "1e400",
    "999999999.999",
    "1000000000.5",
    "999999999999.00001",
    "12500000000000001E-15",
    "125000000000000001E-16",
    "125000000000000001e-16",
    "-1",
    "0.0005",
    "12.345",
    "null",
    "true",
    "NaN",
    "1e9",
    '"1"',
    "123456789012345678",
    "-0.01",
    "0.29",
    "1.005",
    "4.35",
    "8.041",
    "0.07",
    "1.0E2",
    "100000001e-20",
    "0.00001E5",
    "12.50000000000000001",
    "1.250000000000000001E1",
    "-30000000.01",  # in cents more than 32 bits
]
NUMBERS = st.one_of(
    st.decimals(0, 10**6, places=2).map(str),
    st.decimals(0, 10**6, places=3).map(str),
    st.sampled_from(EXOTIC),
)
TEXTS = {
    "assetOwner": rarely("FIN1", "", "F" * 11, "F:1", 7),
    "source": rarely("TH_NP15_GEN-APND", "", "N" * 150, "N" * 151, "ÄN", "A\\u0041", "PGAE-1"),
    "sink": rarely("DLAP_PGAE-APND", "DLAP#", "line\n"),
    "hedgeType": rarely("OBL", "OPT", "FTR"),
    "tou": rarely("ON", "OFF", "on"),
    "period": rarely("2024_M04", "2024_M04 ", "x" * 21),
    "crrType": rarely("LSE", "AUC", ""),
    "description": rarely("", "My bid #1 @", "a:b", "d" * 512, "d" * 513, "back\\slash"),
}


# What comes before the points of a curve, each of them, what is between them and after them.
OF_CLIENTS = [
    ("[", '{"mw":%(mw)s,"price":%(price)s}', ",", "]"),
    ("[", '{"mw": %(mw)s, "price": %(price)s}', ", ", "]"),
    ("[ ", '{\n  "mw" : %(mw)s,\n  "price" : %(price)s\n}', ", ", " ]"),
    ("[\n\t", '{"price":%(price)s,"mw":%(mw)s}', ",\n\t", "\n]"),
    # The same blank in two places.
    ("[", '{"mw":%(mw)s, "price":%(price)s}', ",", "]"),
    ("[", '{"mw" :%(mw)s,"price":%(price)s}', ",", "]"),
    # A gap as long as that between two curves, and a longer one.
    ("[", '{"mw":%(mw)s,"price":%(price)s}', "  ,", "]"),
    ("[", '{"mw":%(mw)s,"price":%(price)s}', "   ,", "]"),
]
WRONG = [
    ("[", '{"1mw":%(mw)s,"price":%(price)s}', ",", "]"),
    ("[", '{"m w":%(mw)s,"price":%(price)s}', ",", "]"),
    ("[", '{"mw":%(mw)s,"mw":%(price)s}', ",", "]"),
    ("[", '{"mw":%(mw)s,"price":[%(price)s]}', ",", "]"),
    ("[[", '{"mw":%(mw)s,"price":%(price)s}', ",", "]]"),
    ("", '{"mw":%(mw)s,"price":%(price)s}', ",", ""),
    ("[", '{"mw":%(mw)s,"price":%(price)s,"mw":1}', ",", "]"),
    ("[", '{"mw":%(mw)s,"cents":%(price)s}', ",", "]"),
    ("[", '{"mw":%(mw)s,"price":"%(price)s"}', ",", "]"),
]


@st.composite
def records(draw, number, least_points):
    """One record as JSON text, with its numbers as they were typed."""
    fields = {name: json.dumps(draw(texts)) for name, texts in TEXTS.items()}
    if draw(rarely(False, True)):
        del fields[draw(st.sampled_from(sorted(fields)))]
    if draw(st.booleans()):
        fields.pop("description", None)
    if least_points is None:
        fields["mw"] = draw(number)
    else:
        points = draw(st.lists(st.tuples(number, number), min_size=least_points, max_size=21))
        opening, point, comma, closing = draw(rarely(OF_CLIENTS[0], *OF_CLIENTS, *WRONG))
        texts = [point % {"mw": mw, "price": price} for mw, price in points]
        fields["bidCurve"] = opening + comma.join(texts) + closing
    parts = [f'"{name}":{value}' for name, value in fields.items()]
    parts += draw(rarely([], ['"unknown":1'], parts[:1]))
    return f"{{{', '.join(parts)}}}"


def body(lists, name, market="AUC_MN_2024_M04") -> bytes:
    parts = [f'"{key}":[{",".join(texts)}]' for key, texts in lists.items()]
    parts += [f'"portfolioName":{json.dumps(name)}', f'"marketName":"{market}"']
    return f'{{{",".join(parts)},"participantName":"FIN1"}}'.encode()


def thorough(kind: PortfolioReader, raw: bytes):
    """What the journal would hold, or the findings."""
    try:
        return canonical_json(kind.read_thoroughly(raw))
    except Refused as refusal:
        return refusal.findings


@contextmanager
def numbers_read_as(long: bool):
    """As those of a long body, or of a short one."""
    figures.FEW_BYTES = 0 if long else FEW_BYTES
    yield
    figures.FEW_BYTES = FEW_BYTES


def alike(raw: bytes, *kinds: PortfolioReader) -> bool:
    """Whether all of them read it as it is read thoroughly, be its numbers few or many."""
    found = []
    for long in (False, True):
        with numbers_read_as(long):
            found += [either(kind, raw) for kind in kinds]
    return found == [thorough(kind, raw) for kind in kinds] * 2


def read_in_bulk_alike(raw: bytes):
    """What is read in bulk, the same with few numbers and with many; None where it is not."""
    found = []
    for long in (False, True):
        with numbers_read_as(long):
            try:
                found.append(AUCTION.read_in_bulk(raw))
            except (Doubtful, Unread):
                found.append(None)
    few, many = found
    assert few == many
    return few


def either(kind: PortfolioReader, raw: bytes):
    """The same of the reader that reads in bulk if it can."""
    try:
        found = kind.read(raw)
    except Refused as refusal:
        return refusal.findings
    fits_if_looked_at(found)
    return canonical_json(found)


def plain(columns):
    """As a replay finds them in the journal."""
    return json.loads(canonical_json(columns))


def fits_if_looked_at(found) -> None:
    """The market does not look again at what was read in bulk: it would have found nothing."""
    for shape, lines in ((BIDS, "bids"), (NOMINATIONS, "nominations")):
        columns = getattr(found, lines, None)
        if isinstance(columns, ReadBids | ReadNominations):
            assert shape.fits(plain(columns))


NAMES = rarely("P 1", "", "._-", "P:1", "p" * 101)
PLAIN = st.decimals(0, 10**6, places=2).map(str)


@settings(max_examples=400, deadline=None)
@given(st.data(), NAMES, st.sampled_from([NUMBERS, PLAIN]))
def test_bids_are_read_alike(data, name, number):
    bids = data.draw(st.lists(records(number, 1), max_size=3))
    raw = body({"newBids": bids, "newOffers": []}, name)
    assert alike(raw, AUCTION, EXPECTING_BIDS)


@settings(max_examples=400, deadline=None)
@given(st.data(), NAMES, st.sampled_from([NUMBERS, PLAIN]))
def test_nominations_are_read_alike(data, name, number):
    lines = data.draw(st.lists(records(number, None), max_size=3))
    raw = body({"newNominations": lines}, name)
    assert alike(raw, NOMINATION, EXPECTING_NOMINATIONS)


@pytest.mark.parametrize("text", EXOTIC)
def test_unusual_numbers_are_read_alike(text):
    record = (
        '{"assetOwner":"FIN1","source":"A","sink":"B","hedgeType":"OBL","tou":"ON",'
        '"period":"2024_M04","crrType":"LSE",%s}'
    )
    for mw, price in ((text, "1"), ("1", text)):
        curve = f'"bidCurve":[{{"mw":{mw},"price":{price}}},{{"mw":1,"price":1}}]'
        raw = body({"newBids": [record % curve], "newOffers": []}, "P")
        assert alike(raw, AUCTION, EXPECTING_BIDS)
    raw = body({"newNominations": [record % f'"mw":{text}']}, "P")
    assert alike(raw, NOMINATION, EXPECTING_NOMINATIONS)


LINE = (
    '{"assetOwner":"FIN1","source":"A","sink":"B","hedgeType":"OBL","tou":"ON",'
    '"period":"2024_M04","crrType":"LSE","description":"%s","mw":%s}'
)


@pytest.mark.parametrize("number", ["0.1000000000000000055", "1.00000000000000001", "10E-400"])
@pytest.mark.parametrize("place", range(17))
def test_digits_that_a_double_loses_are_seen_wherever_they_stand(number, place):
    raw = body({"newNominations": [LINE % ("x" * place, number)]}, "P")
    for kind in (NOMINATION, EXPECTING_NOMINATIONS):
        with pytest.raises(Refused):
            kind.read(raw)


def test_expected_names_are_one_object_each_and_others_are_read_as_well():
    sources = '"A"', '"PGAE-1"', '"A"'
    lines = [LINE.replace('"A"', source) % ("", 1) for source in sources]
    other = LINE.replace('"A"', '"C"') % ("", 3)
    kind = EXPECTING_NOMINATIONS
    first, _, third = kind.read_in_bulk(body({"newNominations": lines}, "P")).nominations["source"]
    assert first is third
    with pytest.raises(Doubtful):
        kind.read_in_bulk(body({"newNominations": [*lines, other]}, "P"))
    found = kind.read(body({"newNominations": [*lines, other]}, "P"))
    assert found.nominations["source"] == ("A", "PGAE-1", "A", "C")


@pytest.mark.parametrize(
    "text",
    [
        "12.5",
        "0",
        "0.0",
        "9.9",
        "99999.99",
        "100000.00",
        "12345678.9",
        "123456789",
        "999999999.99",
        "0.29",
        "1.2300000000000",
        "0.010",
        "0.0100000",
        "12345678901.23",
    ],
)
def test_usual_numbers_need_no_second_look(text):
    record = (
        '{"crrId":7,"assetOwner":"FIN1","source":"A","sink":"B","hedgeType":"OBL","tou":"ON",'
        f'"period":"2024_M04","crrType":"AUC","bidCurve":[{{"mw":0,"price":{text}}},'
        f'{{"mw":{text},"price":-{text}}}]}}'
    )
    raw = body({"newBids": [record.replace('"crrId":7,', "")], "newOffers": [record]}, "P")
    found = AUCTION.read_in_bulk(raw)
    assert canonical_json(found) == thorough(AUCTION, raw)
    assert found.bids["transaction"] == ["BUY", "SELL"]
    assert found.bids["crr_id"] == ["", "7"]
    assert (found.bids["source"], found.bids["tou"]) == ("A", "ON")  # alike, so written once


CURVE = (
    '{"assetOwner":"FIN1","source":"A","sink":"B","hedgeType":"OBL","tou":"ON",'
    '"period":"2024_M04","crrType":"AUC","bidCurve":%s}'
)


def curve(form, *points) -> str:
    opening, point, comma, closing = form
    texts = [point % {"mw": mw, "price": price} for mw, price in points]
    return CURVE % (opening + comma.join(texts) + closing)


FIRST, SECOND = ((0, 35), (8.272, 33), (10, 30.5)), ((0, 1), (5, -0.5))


def bids_of(*curves) -> bytes:
    return body({"newBids": list(curves), "newOffers": []}, "P")


@pytest.mark.parametrize("form", OF_CLIENTS)
def test_curves_are_read_in_bulk_however_a_client_writes_them(form):
    raw = bids_of(curve(form, *FIRST), curve(form, *SECOND), curve(form, *FIRST))
    assert alike(raw, AUCTION, EXPECTING_BIDS)
    found = read_in_bulk_alike(raw).bids
    assert found["points"] == [3, 2, 3]
    assert list(found["mw"]) == [0, 8272, 10000, 0, 5000, 0, 8272, 10000]
    assert list(found["price"]) == [3500, 3300, 3050, 100, -50, 3500, 3300, 3050]


@pytest.mark.parametrize("form", [*OF_CLIENTS[1:], *WRONG])
def test_a_curve_that_is_written_in_another_way_is_read_alike(form):
    usual = curve(OF_CLIENTS[0], *FIRST)
    for raw in (bids_of(usual, curve(form, *SECOND)), bids_of(curve(form, *SECOND), usual)):
        assert alike(raw, AUCTION, EXPECTING_BIDS)
        assert read_in_bulk_alike(raw) is None


@pytest.mark.parametrize("form", WRONG)
def test_curves_that_are_all_wrong_in_the_same_way_are_not_read_in_bulk(form):
    raw = bids_of(curve(form, *FIRST), curve(form, *SECOND))
    assert alike(raw, AUCTION, EXPECTING_BIDS)
    assert read_in_bulk_alike(raw) is None


@pytest.mark.parametrize("points", [1, 2, 20, 21])
def test_a_curve_has_as_many_points_as_its_document_allows(points):
    raw = bids_of(curve(OF_CLIENTS[0], *FIRST), curve(OF_CLIENTS[0], *[(0, 1)] * points))
    assert alike(raw, AUCTION, EXPECTING_BIDS)


@pytest.mark.parametrize("nothing", ["[]", "{}", "null", "true", '"x"', "[{}]", "[[]]", '["%b"]'])
def test_a_curve_without_numbers_among_right_ones_is_refused(nothing):
    right, wrong = curve(OF_CLIENTS[0], *FIRST), CURVE % nothing
    for raw in (bids_of(right, wrong), bids_of(right, wrong, right), bids_of(wrong, right)):
        with pytest.raises(Refused):
            AUCTION.read(raw)
        assert alike(raw, AUCTION, EXPECTING_BIDS)


@pytest.mark.parametrize("name", ["Ä", "\u0660", "\U0001f50c", "\u00a0"])
def test_letters_that_are_no_ascii_are_refused_unescaped_too(name):
    usual = curve(OF_CLIENTS[0], *FIRST)
    wrong = usual.replace('"A"', f'"{name}"')
    for raw in (bids_of(usual, wrong), body({"newBids": [usual], "newOffers": []}, name)):
        raw = json.dumps(json.loads(raw), ensure_ascii=False).encode()
        assert b"\\" not in raw
        assert alike(raw, AUCTION, EXPECTING_BIDS)
        with pytest.raises(Refused):
            AUCTION.read(raw)


def test_blanks_without_end_are_read_alike():
    blanks = " " * 1_000_000
    opening, point, comma, closing = OF_CLIENTS[0]
    for form in (
        (opening + blanks, point, comma, closing),
        (opening, point, comma, blanks + closing),
    ):
        raw = bids_of(curve(form, *FIRST), curve(OF_CLIENTS[0], *FIRST))
        assert alike(raw, AUCTION)


@pytest.mark.parametrize(("number", "trusted"), [("1.5", True), ("1e-3", False)])
def test_only_what_was_read_in_bulk_is_not_looked_at_again(number, trusted):
    line = (
        '{"assetOwner":"FIN1","source":"A","sink":"B","hedgeType":"OBL","tou":"ON",'
        f'"period":"2024_M04","crrType":"LSE","description":"x","mw":{number}}}'
    )
    found = NOMINATION.read(body({"newNominations": [line]}, "P")).nominations
    assert isinstance(found, ReadNominations) == trusted
    assert NOMINATIONS.fits(found)
    assert NOMINATIONS.fits(plain(found))


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"[]", b"{", b"\xff", b"[" * 100_000,
        body({"newBids": [], "newOffers": []}, "P").replace(b'"newBids":[],', b""),
        body({"newBids": [], "newOffers": []}, "P").replace(b'"P"', b'"P","portfolioName":"Q"'),
    ],
)  # fmt: skip
def test_what_is_no_such_body_is_refused(raw):
    with pytest.raises(Doubtful):
        AUCTION.read_in_bulk(raw)
    with pytest.raises(Refused):
        AUCTION.read(raw)


def test_a_number_in_quotes_is_an_error_of_its_record():
    bid = {
        "assetOwner": "FIN1", "source": "A", "sink": "B", "hedgeType": "OBL", "tou": "ON",
        "period": "2024_M04", "crrType": "AUC",
        "bidCurve": [{"mw": 0, "price": 1}, {"mw": 1, "price": 1}],
    }  # fmt: skip
    quoted = {**bid, "bidCurve": [{"mw": 0, "price": 1}, {"mw": "1", "price": 1}]}
    body = {
        "portfolioName": "P", "marketName": "M", "participantName": "FIN1",
        "newBids": [quoted, bid, quoted], "newOffers": [],
    }  # fmt: skip
    with pytest.raises(Refused) as refused:
        AUCTION.read(json.dumps(body).encode())
    assert [(found.code, found.where) for found in refused.value.findings] == [
        ("SER0030", "$.newBids[0].bidCurve[1].mw"),
        ("SER0030", "$.newBids[2].bidCurve[1].mw"),
    ]
