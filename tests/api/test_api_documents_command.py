"""`marketsim documents` writes what a participant's developer needs."""

from __future__ import annotations

import json

from api_document_kit import FOLDER

from simulator.api.documents import load_documents
from simulator.cli import execute


def test_every_document_and_collection_is_written(tmp_path, capsys):
    url = "https://sandbox.example.org:9443/"
    assert execute(["documents", "--out", str(tmp_path / "new"), "--url", url, "--json"]) == 0
    written = json.loads(capsys.readouterr().out)["written"]
    assert sorted(written) == sorted(map(str, (tmp_path / "new").iterdir()))
    assert len(written) == 2 * len(load_documents())
    for told in load_documents():
        source = FOLDER / told.file_name
        assert (tmp_path / "new" / told.file_name).read_bytes() == source.read_bytes()
    for file in (tmp_path / "new").glob("*_postman.json"):
        (base,) = json.loads(file.read_text())["variable"]
        assert base["value"] == "https://sandbox.example.org:9443/crr"


def test_a_place_that_cannot_be_written_is_said(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert execute(["documents", "--out", str(tmp_path / "file")]) == 2
    assert str(tmp_path / "file") in capsys.readouterr().err
