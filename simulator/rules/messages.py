"""Messages of the operator: to all, or to one participant (wire contract 7)."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterable
from dataclasses import dataclass

from simulator.domain import Finding, refuse_if_any
from simulator.timeline.hours import iso_utc

TEXT_LENGTH_MAX = 512
FILE_NAME_MAX = 50
SOME = "a range in which there are messages"
ATTACHMENT_BYTES_MAX = 1_000_000  # own choice: every reader of a range gets them all
_FILE_NAME = re.compile(rf"[A-Za-z0-9 ._()-]{{1,{FILE_NAME_MAX}}}")
_NOT_ALLOWED = re.compile(r"[^A-Za-z0-9 ._#@()-]")


@dataclass(frozen=True, order=True)
class Message:
    """`sent_at` is in epoch seconds; `recipient` is "" for a public message.

    `attachment` is a file of that name, both empty when there is none.
    """

    sent_at: int
    sender: str
    text: str
    recipient: str = ""
    attachment_name: str = ""
    attachment: bytes = b""


@dataclass(frozen=True)
class Attachment:
    """A file that comes with a message."""

    name: str
    content: bytes


def read_attachment(name: str, base64: str, findings: list[Finding]) -> Attachment:
    """The file of a message; what is wrong with it goes to `findings` (SER0030)."""
    if not _FILE_NAME.fullmatch(name):
        allowed = f"up to {FILE_NAME_MAX} letters, digits, blanks and ._-()"
        findings.append(_wrong_file("attachment_name", name[:FILE_NAME_MAX], allowed))
    try:
        content = b64decode(base64, validate=True)
    except ValueError:
        content = b""
    if not 0 < len(content) <= ATTACHMENT_BYTES_MAX:
        allowed = f"Base64 of 1 to {ATTACHMENT_BYTES_MAX} bytes"
        findings.append(_wrong_file("attachment", f"{len(base64)} characters", allowed))
    return Attachment(name, content)


def wire_text(text: str) -> str:
    """`text` within the service's characters and length: others become a space, once in a row."""
    return " ".join(_NOT_ALLOWED.sub(" ", text).split())[:TEXT_LENGTH_MAX].rstrip()


def between(
    messages: Iterable[Message], recipient: str, from_at: int, to_at: int | None = None
) -> tuple[Message, ...]:
    """Messages to `recipient` ("" for public ones) from `from_at` up to but not at `to_at`.

    SER0006 when the dates are not in order, SER0007 when there is none.
    """
    if to_at is not None and to_at <= from_at:
        after = f"after {iso_utc(from_at)}"
        said = _finding("SER0006", "toDate is not after fromDate", "toDate", iso_utc(to_at), after)
        refuse_if_any([said])
    found = tuple(
        sorted(
            message
            for message in messages
            if message.recipient == recipient
            and from_at <= message.sent_at
            and (to_at is None or message.sent_at < to_at)
        )
    )
    if not found:
        refuse_if_any(
            [_finding("SER0007", "no message in the date range", "fromDate", "none", SOME)]
        )
    return found


def _finding(code: str, message: str, where: str, found: str, allowed: str) -> Finding:
    return Finding(code, message, where, found, allowed, "ask for another range", "rulebook 9.4")


def _wrong_file(where: str, found: str, allowed: str) -> Finding:
    remedy = "give name and content as they should be, or no attachment"
    return Finding(
        "SER0030",
        "the attachment cannot be taken",
        where,
        found,
        allowed,
        remedy,
        "wire contract 7",
    )
