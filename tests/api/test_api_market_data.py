"""Downloads over mutual TLS: what is served is what a run's folder has, and nothing too early."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from itertools import product
from urllib.parse import urlencode

import pytest
from api_server import AUCTION, TIER_1, TIER_2, Answer, Live, live_server

from simulator.api.documents import document
from simulator.market.publication import PRIVATE, PUBLIC, run_files
from simulator.publish.download import COLUMNS, DownloadType

BASE = "/crr/marketdata/v1.0"
SERVICE = document("market_data")
OWN, OTHER = "FIN1", "FIN2"
NAMES = {"marketName", "nominationCapCalcName"}
EIGHT = list(COLUMNS[DownloadType.SOURCE_SINK])


@pytest.fixture(scope="module")
def posted(tmp_path_factory) -> Live:
    """A market whose auction is posted, with a portfolio of ours in it."""
    with live_server(tmp_path_factory.mktemp("posted"), "settlement-available") as running:
        yield running


@pytest.fixture(scope="module")
def folder(posted: Live) -> dict[str, bytes]:
    """The files that `marketsim run` would write of the same books."""
    with posted.room.store.reading() as tx:
        return dict(run_files(tx, posted.room.world))


def ask(live: Live, who: str, operation: str, kind: str, form: str = "CSV", **names: str) -> Answer:
    """One download; the parameters in the order of the client that is known."""
    at = next(o for o in SERVICE.operations if o.operation_id == operation)
    kind_name = next(p.name for p in at.parameters if p.name.endswith("DownloadType"))
    query = {**names, "fileFormat": form, kind_name: kind, "participantName": who}
    return live.call(who, "GET", f"/crr{at.path}?{urlencode(query)}")


def content(answer: Answer) -> tuple[str, bytes]:
    """The name and the bytes of the only entry."""
    assert answer.status == 200, answer.body
    assert answer.headers["content-type"] == "application/octet-stream"
    with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
        (name,) = archive.namelist()
        assert archive.testzip() is None
        saved = f'attachment; filename="{name.rpartition(".")[0]}.zip"'
        assert answer.headers["content-disposition"] == saved
        return name, archive.read(name)


def every_download(
    world_names: dict[str, list[str]],
) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Every operation with each of its types and each name that it may be asked with."""
    for operation in SERVICE.operations:
        asked = next((p.name for p in operation.parameters if p.name in NAMES), "")
        for kind in operation.downloads:
            for name in world_names[asked]:
                yield operation.operation_id, kind, {asked: name} if asked else {}


WORLD_NAMES = {
    "": [""],
    "marketName": [TIER_1, TIER_2, AUCTION],
    "nominationCapCalcName": ["NOMCAP_MN_2024_M04_T1", "NOMCAP_MN_2024_M04_T2"],
}


def test_every_download_is_the_file_of_the_run_folder(posted: Live, folder) -> None:
    served = set()
    people = sorted(posted.room.world.participants)
    for who, (operation, kind, names) in product(people, every_download(WORLD_NAMES)):
        if who != people[0] and "Public" in operation:
            continue
        answer = ask(posted, who, operation, kind, **names)
        if answer.status != 200:
            continue
        file, found = content(answer)
        place = place_of(file, names, who)
        assert folder[place] == found, place
        assert not found.startswith(b"\xef\xbb\xbf")
        form_json = content(ask(posted, who, operation, kind, "JSON", **names))
        assert form_json[0] == file.replace(".csv", ".json")
        assert same_rows(found, form_json[1]), place
        served.add(place)
    kinds = {kind.value for kind in DownloadType}
    left = {
        place for place, text in folder.items()
        if any(f"{kind}.csv" in place or f"{kind}_" in place for kind in kinds)
        and place.count("/") <= 3 and text.count(b"\r\n") > 1 and "/model/" not in place
        and not place.endswith("SOURCE_SINK_REPLACEMENT.csv")
    }  # fmt: skip
    assert len(served) > 40
    assert not left - served, "files of the folder that nobody can ask for"


def place_of(file: str, names: dict[str, str], who: str) -> str:
    name = next(iter(names.values()), "")
    market = name.replace("NOMCAP", "ALLOC")
    owner = file.endswith(f"_{who}.csv")
    parts = [f"{PRIVATE}/{who}" if owner else PUBLIC, market, file]
    return "/".join(part for part in parts if part)


def same_rows(text: bytes, objects: bytes) -> bool:
    """CSV and JSON say the same, numbers as exact as in the CSV."""
    rows = list(csv.DictReader(io.StringIO(text.decode(), newline="")))
    parsed = json.loads(objects, parse_float=str, parse_int=str)
    assert text.count(b"\n") == text.count(b"\r\n") == len(rows) + 1
    return rows == [{name: str(value) for name, value in row.items()} for row in parsed]


def test_source_sink_json_has_exactly_the_eight_properties(live: Live) -> None:
    answer = ask(live, OWN, "getPublicMarketData", "SOURCE_SINK", "JSON", marketName=AUCTION)
    name, text = content(answer)
    assert name == f"{AUCTION}_SOURCE_SINK.json"
    rows = json.loads(text)
    assert rows
    assert all(list(row) == EIGHT for row in rows)
    row = next(row for row in rows if row["SourceSink"] == "DLAP_PGAE-APND")
    assert row["Type"]
    assert row["BiddableFlag"] in ("Yes", "No")
    assert row["TOU"] in ("ON", "OFF")
    assert isinstance(row["ParticipationFactor"], float | int)


def test_the_accept_header_changes_nothing(live: Live) -> None:
    path = f"{BASE}/publicGeneralData?" + urlencode(
        {
            "publicGeneralDownloadType": "PUBLIC_EXISTING_CRR",
            "fileFormat": "CSV",
            "participantName": OWN,
        }
    )
    answers = [
        live.call(OWN, "GET", path, headers={"Accept": accept})
        for accept in ("application/octet-stream", "application/json", "text/html", "*/*")
    ]
    assert len({answer.body for answer in answers}) == 1
    assert content(answers[0])[0] == "PUBLIC_EXISTING_CRR.csv"
    wrong = live.call(OWN, "GET", path.replace("CSV", "XML"), headers={"Accept": "text/html"})
    assert (wrong.status, wrong.codes) == (400, ["DWL0002"])


RESULTS = {
    "getPublicAuctionResult": ("BINDING_CONSTRAINT", "PUBLIC_AUCTION_RESULT", "CLEARING_PRICE"),
    "getPrivateAuctionResult": ("PRIVATE_AUCTION_RESULT",),
}


@pytest.mark.parametrize(
    ("operation", "kind"), [(name, kind) for name, kinds in RESULTS.items() for kind in kinds]
)
def test_results_only_when_they_are_posted(live: Live, posted: Live, operation, kind) -> None:
    early = ask(live, OWN, operation, kind, marketName=AUCTION)
    assert (early.status, early.codes) == (400, ["MKT0007"])
    assert early.headers["content-type"] == "application/json"
    of_allocation = ask(live, OWN, operation, kind, marketName=TIER_1)
    assert (of_allocation.status, of_allocation.codes) == (400, ["SER0005"])
    unknown = ask(live, OWN, operation, kind, marketName="AUC_AN_2026_M04")
    assert (unknown.status, unknown.codes) == (400, ["MKT0001"])


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ("getPublicAllocationResult", "PUBLIC_ALLOCATION_RESULT"),
        ("getPublicAllocationResult", "BINDING_CONSTRAINT"),
        ("getPrivateAllocationResult", "PRIVATE_ALLOCATION_RESULT"),
    ],
)
def test_an_auction_has_no_allocation_results(posted: Live, operation, kind) -> None:
    answer = ask(posted, OWN, operation, kind, marketName=AUCTION)
    assert (answer.status, answer.codes) == (400, ["SER0005"])


@pytest.mark.parametrize(
    ("kind", "name", "code"),
    [
        ("SEQ", "NOMCAP_MN_2024_M04_T1", "CAP0001"),  # a month has MEQ
        ("SIGNATURE", "NOMCAP_MN_2024_M04_T1", "CAP0001"),  # and no priority tier
        ("MEQ", "NOMCAP_MN_2024_M05_T1", "CAP0001"),
        ("MEQ", AUCTION, "CAP0001"),
        ("MEQ", TIER_1, "CAP0001"),  # the name of the market is not that of the calculation
    ],
)
def test_unknown_cap_calculations(posted: Live, kind, name, code) -> None:
    answer = ask(posted, OWN, "getPrivateAllocationMarketData", kind, nominationCapCalcName=name)
    assert (answer.status, answer.codes) == (400, [code])


def test_caps_before_they_are_published_and_for_who_has_none(tmp_path, posted: Live) -> None:
    with live_server(tmp_path, "t1-open") as early:
        answer = ask(
            early, OWN, "getPrivateAllocationMarketData", "MEQ",
            nominationCapCalcName="NOMCAP_MN_2024_M04_T2",
        )  # fmt: skip
    assert (answer.status, answer.codes) == (400, ["CAP0002"])
    people = posted.room.world.participants.values()
    trader = next(p.participant_id for p in people if not p.sink)
    none = ask(
        posted, trader, "getPrivateAllocationMarketData", "MEQ",
        nominationCapCalcName="NOMCAP_MN_2024_M04_T2",
    )  # fmt: skip
    assert (none.status, none.codes) == (400, ["DWL0006"])


def test_no_data(live: Live) -> None:
    kind = "PRIVATE_EXISTING_CRR_SECONDARY_MARKET"
    own = ask(live, OWN, "getPrivateGeneralData", kind)
    assert (own.status, own.codes) == (400, ["DWL0006"])
    market = ask(live, OWN, "getPublicMarketData", "SET_ASIDE", marketName=TIER_1)
    assert (market.status, market.codes) == (400, ["DWL0005"])


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        (
            "marketName={m}&fileFormat=CSV&publicMarketDownloadType=MEQ&participantName=FIN1",
            ["DWL0001"],
        ),
        (
            "marketName={m}&fileFormat=xml&publicMarketDownloadType=&participantName=FIN1",
            ["DWL0001", "DWL0002"],
        ),
        (
            "marketName={m}&fileFormat=CSV&fileFormat=JSON&publicMarketDownloadType=SOURCE_SINK"
            "&participantName=FIN1",
            ["SER0017"],
        ),
        ("marketName={m}&fileFormat=CSV&publicMarketDownloadType=SOURCE_SINK", ["SER0017"]),
        (
            "marketName=..%2F..%2Fetc%2Fpasswd&fileFormat=CSV&publicMarketDownloadType=SOURCE_SINK"
            "&participantName=FIN1",
            ["SER0017"],
        ),
        (
            "marketName=%00&fileFormat=CSV&publicMarketDownloadType=SOURCE_SINK"
            "&participantName=FIN1",
            ["SER0017"],
        ),
        (
            "marketName=' OR 1=1 --&fileFormat=CSV&publicMarketDownloadType=SOURCE_SINK"
            "&participantName=FIN1".replace(" ", "+"),
            ["SER0017"],
        ),
        ("%", ["SER0017"] * 4),
        ("&".join(["fileFormat=CSV"] * 100), ["SER0017"]),
        ("marketName=" + "A" * 20_000, ["SER0017"]),
        ("marketName=%FF%FE", ["SER0017"]),
    ],
)
def test_hostile_query_strings(live: Live, query: str, codes: list[str]) -> None:
    answer = live.call(OWN, "GET", f"{BASE}/publicMarketData?{query.format(m=AUCTION)}")
    assert answer.status == 400
    assert sorted(set(answer.codes)) == sorted(set(codes))


def test_nobody_reads_what_is_another_ones(posted: Live) -> None:
    path = f"{BASE}/privateAuctionResult?" + urlencode(
        {
            "marketName": AUCTION,
            "fileFormat": "CSV",
            "privateAuctionResultDownloadType": "PRIVATE_AUCTION_RESULT",
            "participantName": OWN,
        }
    )
    foreign = posted.call(OTHER, "GET", path)
    assert (foreign.status, foreign.codes) == (403, ["SEC0002"])
    assert posted.call(None, "GET", path).status == 401
