"""What a service answers, as a step understands it (wire contract 1.2, 3, 9 and 11)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from simulator.api.client import Reply
from simulator.api.errors import RECORD
from simulator.domain import Portfolio

from .door import WHOLE, Answer

MESSAGES = ("message",)
STATUS = ("status", "submissionStatus", "offerStatus", "responseStatus")


def answer(reply: Reply, portfolio: Portfolio, before: str, counted: Any = ()) -> Answer:
    """A refusal, or the status of what was sent.

    ERROR is how lists and uploads say that records are refused, and with which messages.
    """
    if reply.status != 200:
        return Answer("refused", errors(reply), {}, portfolio, before, counted)
    told = reply.json[0] if isinstance(reply.json, list) else reply.json
    status = next((told[name] for name in STATUS if name in told), "done")
    refused = status == "ERROR"
    found = [_said(message=text, code=RECORD if refused else "") for text in _messages(told)]
    if refused:
        return Answer("refused", found, {}, portfolio, before, counted, MESSAGES)
    number = {"request_id": str(told["requestId"])} if "requestId" in told else {}
    return Answer(status, found, {**told, **number}, portfolio, before, counted, MESSAGES)


def errors(reply: Reply) -> list[dict[str, str]]:
    """The error body's entries, each with the parts that its sentence is made of."""
    try:
        listed = reply.json["errorList"]
    except (ValueError, KeyError, TypeError):
        raise AssertionError(f"the server answers with {reply.status}") from None
    return [{**_parts(item["errorDescription"]), "code": item["errorCode"]} for item in listed]


def _messages(told: Mapping[str, Any]) -> list[str]:
    """Of a portfolio each ended by a semicolon, of an upload a list in JSON, of a trade a text."""
    uploaded = json.loads(told.get("errorMessages") or "[]")
    texts = [*told.get("errorMessage", "").split(";"), *uploaded, told.get("message", "")]
    return [text.strip() for text in texts if text.strip()]


def _parts(text: str) -> dict[str, str]:
    head, _, rest = text.partition("; found: ")
    found, _, rest = rest.partition("; allowed: ")
    allowed, _, remedy = rest.rpartition("; ")
    where = head.partition(": ")[0] if ": " in head else ""
    return _said(message=text, where=where, found=found, allowed=allowed, remedy=remedy)


def _said(**parts: str) -> dict[str, str]:
    return {**dict.fromkeys(("code", *WHOLE), ""), **parts}
