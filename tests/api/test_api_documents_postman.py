"""The Postman collections ask what the documents tell, and carry tests."""

from __future__ import annotations

import json
import shutil
import subprocess
from urllib.parse import urlencode

import pytest

from simulator.api.documents import load_documents
from simulator.api.postman import SCHEMA, collection, collection_name, collection_text

DOCUMENTS = load_documents()
by_service = pytest.mark.parametrize("told", DOCUMENTS, ids=lambda told: told.service)


@by_service
def test_a_collection_has_every_operation_and_says_who_asks(told):
    made = collection(told, "https://127.0.0.1:1/crr")
    assert made["info"]["schema"] == SCHEMA
    assert made["variable"] == [{"key": "baseUrl", "value": "https://127.0.0.1:1/crr"}]
    assert [item["name"] for item in made["item"]] == [
        operation.operation_id for operation in told.operations
    ]
    for item in made["item"]:
        headers = {header["key"]: header["value"] for header in item["request"]["header"]}
        assert headers["caiso-request-id"] == "{{$guid}}"


@by_service
def test_what_a_collection_sends_is_answered_by_200(mock, told):
    for operation, item in zip(told.operations, collection(told)["item"], strict=True):
        request = item["request"]
        assert (request["method"], "/" + "/".join(request["url"]["path"])) == (
            operation.method,
            operation.path,
        )
        query = urlencode([(each["key"], each["value"]) for each in request["url"]["query"]])
        body = request.get("body", {}).get("raw", "").encode()
        answer = mock(operation, query.encode(), body)
        assert answer.status == 200, answer.body


HARNESS = """
const items = JSON.parse(require("fs").readFileSync(0, "utf8"));
const expect = (value) => ({ to: { equal: (other) => { if (value !== other) throw value; },
  include: Object.assign((part) => { if (!value.includes(part)) throw part; },
    { members: (all) => all.forEach((each) => { if (!value.includes(each)) throw each; }) }) } });
let failed = 0, run = 0;
for (const { code, status, type, text } of items) {
  const pm = { expect, response: { json: () => JSON.parse(text), text: () => text,
    headers: { get: () => type }, to: { have: { status: (s) => { if (s !== status) throw s; } } } },
    test: (name, check) => { run += 1; try { check(); } catch (fault) { failed += 1; } } };
  new Function("pm", code)(pm);
}
console.log(JSON.stringify([run, failed]));
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node to run the tests inside")
@pytest.mark.parametrize("spoil", [False, True], ids=["right", "with a strange property"])
def test_the_tests_inside_pass_on_right_answers_and_fail_on_others(mock, spoil):
    items = []
    for told in DOCUMENTS:
        for operation, item in zip(told.operations, collection(told)["item"], strict=True):
            request = item["request"]
            query = urlencode([(each["key"], each["value"]) for each in request["url"]["query"]])
            body = request.get("body", {}).get("raw", "").encode()
            answer = mock(operation, query.encode(), body)
            text = answer.body.decode("latin-1")
            text = text.replace("{", '{"strange":1,', 1) if spoil else text
            code = "\n".join(item["event"][0]["script"]["exec"])
            asked = {"code": code, "status": answer.status, "type": answer.headers["content-type"]}
            items.append({**asked, "text": text})
    ran = subprocess.run(
        ["node", "-e", HARNESS], input=json.dumps(items), capture_output=True, text=True, check=True
    )
    run, failed = json.loads(ran.stdout)
    objects = sum(1 for each in items if each["text"].lstrip("[").startswith("{"))
    assert run == 3 * len(items)
    assert failed == (objects if spoil else 0)


@by_service
def test_a_collection_is_written_the_same_every_time(told):
    assert collection_text(told) == collection_text(told)
    assert json.loads(collection_text(told)) == collection(told)
    assert collection_name(told) == f"caiso_crr_{told.service}_v{told.version}_postman.json"
