"""Receipts: a participant finds its own portfolio among the digests, and learns of no other."""

from __future__ import annotations

import hashlib
from urllib.parse import urlencode

import pytest
from api_sandbox import sandbox_server
from api_server import AUCTION, TIER_1

from simulator.api.receipts import receipt
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
        shown = {}
        for name in ("In", "Out"):
            said = urlencode({**named, "portfolioName": name})
            shown[name] = served.call("FIN1", "GET", f"/crr/auction/v1.0/portfolio?{said}").body
        served.advance("auction-close")
        listed = served.call("GEN1", "GET", f"/receipts/{AUCTION}").json
        with served.store.reading() as tx:
            assert len(listed["digests"]) == len(submitted(tx, AUCTION)) > 1
        assert hashlib.sha256(shown["In"]).hexdigest() == receipt(shown["In"])
        assert receipt(shown["In"]) in listed["digests"]
        assert receipt(shown["Out"]) not in listed["digests"]
        served.advance("auction-post")
        assert served.call("GEN1", "GET", f"/receipts/{AUCTION}").json == listed
