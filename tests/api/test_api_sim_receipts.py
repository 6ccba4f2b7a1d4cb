"""Receipts: a participant finds its own portfolio among the digests, and learns of no other."""

from __future__ import annotations

import hashlib
import json
from urllib.parse import urlencode

import pytest
from api_sandbox import sandbox_server
from api_server import AUCTION, REQUEST_ID, TIER_1

from simulator.api.receipts import digest_of, salt_of
from simulator.cli.pki_folder import PkiFolder
from simulator.market.portfolios import submitted

BID = {
    "assetOwner": "FIN1", "source": "TH_NP15_GEN-APND", "sink": "DLAP_PGAE-APND",
    "hedgeType": "OBL", "tou": "ON", "period": "2024_M04", "crrType": "AUC",
    "bidCurve": [{"mw": 0.0, "price": 0.5}, {"mw": 1.5, "price": 0.5}],
}  # fmt: skip


@pytest.mark.parametrize("market", [AUCTION, TIER_1])
def test_there_is_no_list_before_the_close(tmp_path, market):
    with sandbox_server(tmp_path, "t1-open") as served:
        assert served.call("FIN1", "GET", f"/receipts/{market}").codes == ["SER0030"]
        assert served.call("FIN1", "GET", "/receipts/NONE").codes == ["MKT0001"]
        assert served.call("FIN1", "POST", f"/receipts/{market}", {}).codes == ["SER0029"]
        assert served.call(None, "GET", f"/receipts/{market}").status == 401


def test_what_was_submitted_is_in_the_list_and_what_was_not_is_not(tmp_path):
    with sandbox_server(tmp_path, "auction-open", play=["FIN1"]) as served:
        for name in ("In", "Out"):
            body = {
                "portfolioName": name, "marketName": AUCTION, "participantName": "FIN1",
                "newBids": [BID], "newOffers": [],
            }  # fmt: skip
            answer = served.call("FIN1", "POST", "/crr/auction/v1.0/portfolioCreation", body)
            assert answer.status == 200, answer.body
        named = {"portfolioName": "In", "marketName": AUCTION, "participantName": "FIN1"}
        done = served.call("FIN1", "POST", "/crr/auction/v1.0/portfolioSubmission", named)
        assert done.json["status"] == "SUBMITTED"
        mine = f"/receipts/{AUCTION}/FIN1"
        told = served.call("FIN1", "GET", mine).json
        assert (told["market"], told["participant"]) == (AUCTION, "FIN1")
        (receipt,) = told["receipts"]
        assert (receipt["portfolio"], len(receipt["salt"])) == ("In", 64)
        for other in ("GEN1", "STRANGER", "operator"):
            assert served.call(other, "GET", mine).codes == ["SEC0002"]
        assert served.call(None, "GET", mine).status == 401
        answer = served.call("FIN1", "GET", mine)
        assert answer.headers["caiso-request-id"] == REQUEST_ID
        line = json.loads(served.log.getvalue().splitlines()[-1])
        assert (line["operation"], line["user"], line["status"]) == ("receipts", "FIN1", 200)
        assert line["request_id"] == REQUEST_ID
        assert served.call("FIN1", "GET", f"{mine}/").codes == ["SER0029"]
        assert served.call("FIN1", "GET", "/receipts/NONE/FIN1").codes == ["MKT0001"]
        shown = {}
        for name in ("In", "Out"):
            said = urlencode({**named, "portfolioName": name})
            shown[name] = served.call("FIN1", "GET", f"/crr/auction/v1.0/portfolio?{said}").body
        served.advance("auction-close")
        listed = served.call("GEN1", "GET", f"/receipts/{AUCTION}").json
        with served.store.reading() as tx:
            assert len(listed["digests"]) == len(submitted(tx, AUCTION)) > 1
        salt = receipt["salt"]
        assert hashlib.sha256(salt.encode() + shown["In"]).hexdigest() == receipt["digest"]
        assert receipt["digest"] in listed["digests"]
        assert digest_of(salt, shown["Out"]) not in listed["digests"]
        # A rival who guesses the whole portfolio learns nothing: each digest has a salt.
        assert hashlib.sha256(shown["In"]).hexdigest() not in listed["digests"]
        served.advance("auction-post")
        assert served.call("FIN1", "GET", mine).json == told
        assert served.call("GEN1", "GET", f"/receipts/{AUCTION}").json == listed


def test_salts_are_the_sandboxs_secret_and_of_one_portfolio_each(tmp_path):
    folders = [PkiFolder(tmp_path / name) for name in ("a", "b")]
    for folder in folders:
        folder.path.mkdir(parents=True)
    first, again, other = folders[0].secret("x"), folders[0].secret("x"), folders[1].secret("x")
    assert first == again != other
    assert len(first) == 32
    assert [file.name for file in folders[0].path.iterdir()] == ["x.secret"]
    assert (folders[0].path / "x.secret").stat().st_mode & 0o777 == 0o600
    named = [("M", "P", "N"), ("M", "P", "O"), ("M", "Q", "N"), ("L", "P", "N"), ("MP", "", "N")]
    salts = [salt_of(secret, *each) for secret in (first, other) for each in named]
    assert len(set(salts)) == len(salts)
    assert salt_of(first, "M", "P", "N") == salts[0]
