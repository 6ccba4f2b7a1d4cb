"""JSON bodies against the types of their documents: fast when they are right, thorough when not."""

from __future__ import annotations

import json
import re
from ast import literal_eval
from collections.abc import Collection, Iterator
from decimal import MAX_EMAX, Decimal, InvalidOperation, localcontext
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec

from simulator.api.codec import EXACT, body_type, decoder, quoted_numbers
from simulator.api.documents import Operation
from simulator.api.errors import FAULTS_SOUGHT, RECORD, invalid
from simulator.api.query import (
    NAME_BLANK,
    NAME_ILLEGAL,
    NAME_LONG,
    PARTICIPANTS,
    PORTFOLIO,
    WINDOWS,
    misnamed,
)
from simulator.api.years import years_check
from simulator.domain import Finding, Refused, refuse_if_any

# Messages repeat names and texts of the caller, who may write a megabyte, or what reads like one of
# our messages: only so much of it is looked at, and nothing is taken for granted.
LONGEST = 4000
_PLACE = re.compile(r"(?P<what>.*?)(?: - at `\$(?P<path>(?:\.\w+|\[\d+\])*)`)?", re.DOTALL)
_REGEX = re.compile(r"Expected `str` matching regex (?P<pattern>'.*')")
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")
_RIGHT = {
    "not in the allowed steps of": "a multiple of {}",
    "less than": "{} or more",
    "more than": "{} or less",
}
# How `misfit` tells of a number, and what would be right.
_NUMBER = re.compile(
    rf"(?:^|; )(?P<name>\w+) (?P<value>\S+) is (?P<fault>{'|'.join(_RIGHT)}) "
    r"(?P<bound>-?[\d.]+)(?=; |$)"
)
# Escapes may be colons, and an offset of a time that has none is given one.
_OTHERWISE_SPELLED = re.compile(rb'\\u|:\d\d(?:\.\d+)?[+-]\d{4}"')
END = r"\Z"  # how the types end a pattern, where the documents have "$"
NAMES = frozenset((PORTFOLIO, *PARTICIPANTS, *WINDOWS))
CRR_TYPE = "SMT0138"
# Of a wrong body with more than this the first fault is told, and no other is looked for: 10,000
# bids with twenty points each have half as many.
VALUES_SOUGHT = 1_000_000
BEYOND = Decimal(f"1E{MAX_EMAX}")  # out of every range


class BodyReader:
    """Reads the bodies of one operation."""

    def __init__(self, operation: Operation) -> None:
        assert operation.request is not None
        self._type = body_type(operation.service, operation.request)
        self._decode = decoder(operation)
        self._operation = operation
        self._years = years_check(self._type)

    def read(self, raw: bytes) -> Any:
        """The body as its Struct; Refused with a finding for each record that is wrong."""
        try:
            body = self._decode(raw)
        except msgspec.ValidationError as error:
            found = _faults(raw, self._type, self._operation)
            raise Refused(
                found or [_finding(str(error), "", None, self._operation.codes)]
            ) from error
        except msgspec.DecodeError as error:
            raise Refused([_unreadable(error)]) from error
        refuse_if_any(_given_twice(raw, body))
        refuse_if_any(self._years(body))
        return body


def _given_twice(raw: bytes, body: Any) -> list[Finding]:
    """Keys that stand twice in one object: parsers disagree on which of them counts.

    Written out again a body has as many colons as before, unless a key was dropped; only then, or
    where that is not so, is it worth reading once more in order to be sure.
    """
    plain = not _OTHERWISE_SPELLED.search(raw)
    if plain and raw.count(b":") == msgspec.json.encode(body).count(b":"):
        return []
    twice: dict[str, None] = {}

    def look(pairs: list[tuple[str, Any]]) -> None:
        seen = set()
        for name, _ in pairs:
            if name in seen:
                twice[name] = None
            seen.add(name)

    json.loads(raw, object_pairs_hook=look)
    return [invalid("property given twice", name, allowed="one value") for name in twice]


def _faults(raw: bytes, wanted: Any, operation: Operation) -> list[Finding]:
    """Every record on its own, then what is around them; nothing when `raw` is no JSON at all."""
    if raw.count(b",") > VALUES_SOUGHT:
        return []
    try:
        value = msgspec.json.Decoder(float_hook=_number).decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):  # broken JSON after the fault
        return []
    if get_origin(wanted) is list and isinstance(value, list):
        bad, _ = _sorted_out("", value, get_args(wanted)[0], operation)
        return bad or list(_fault(value, wanted, "", operation))
    findings: list[Finding] = []
    emptied = set()
    if isinstance(value, dict) and get_origin(wanted) is None:
        for name, hint in get_type_hints(wanted, include_extras=True).items():
            records = value.get(name)
            record_type = _record_type(hint)
            if record_type is not None and isinstance(records, list):
                bad, value[name] = _sorted_out(f".{name}", records, record_type, operation)
                findings += bad
                if bad and not value[name]:
                    emptied.add(f"$.{name}")
    around = (found for found in _fault(value, wanted, "", operation) if found.where not in emptied)
    return [*around, *findings]


def _number(text: str) -> Decimal:
    """The number as it is spelled; `BEYOND` where no decimal has such an exponent."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return BEYOND


def _sorted_out(
    path: str, records: list[Any], record_type: Any, operation: Operation
) -> tuple[list[Finding], list[Any]]:
    """What is wrong with which record, and the records with which nothing is."""
    findings: list[Finding] = []
    good = []
    for number, record in enumerate(records):
        bad = list(_fault(record, record_type, f"{path}[{number}]", operation))
        findings += bad
        if not bad:
            good.append(record)
        if len(findings) >= FAULTS_SOUGHT:
            break
    return findings, good


def _fault(value: Any, wanted: Any, path: str, operation: Operation) -> Iterator[Finding]:
    try:
        with localcontext(EXACT):
            msgspec.convert(value, wanted)
    except msgspec.ValidationError as error:
        yield _finding(str(error), path, value, operation.codes)
        return
    for text in quoted_numbers(value, operation):
        yield _finding(text, path, value, operation.codes)
        return


def _finding(text: str, path: str, value: Any, codes: Collection[str]) -> Finding:
    if len(text) > LONGEST:
        text = f"{text[: LONGEST // 2]}…{text[-LONGEST // 2 :]}"
    said = _PLACE.fullmatch(text)
    assert said is not None
    what = _in_words(said["what"])
    where = f"${path}{said['path'] or ''}"
    property_ = where.removeprefix("$.")
    name = value.get(property_) if property_ in NAMES and isinstance(value, dict) else None
    if isinstance(name, str):
        return misnamed(property_, name, what, _name_code(name, what), codes)
    if path:
        code, remedy = RECORD, "correct the record and send all of them again"
        if where.endswith(".crrType") and CRR_TYPE in codes:
            code = CRR_TYPE
        numbers = list(_NUMBER.finditer(what))
        found = ", ".join(f"{each['name']} {each['value']}" for each in numbers)
        allowed = ", ".join(_RIGHT[each["fault"]].format(each["bound"]) for each in numbers)
        found = found or _length(what, value, said["path"])
        return Finding(code, f"record invalid: {what}", where, found, allowed, remedy)
    return invalid(what, where, _length(what, value, said["path"]))


def _in_words(what: str) -> str:
    """A pattern as the document writes it, not as a program would."""
    regex = _REGEX.fullmatch(what)
    if regex is None:
        return what
    return f"text like {literal_eval(regex['pattern']).removesuffix(END)}$"


def _length(what: str, value: Any, path: str | None) -> str:
    """Where a length is not as it should be: that of the text or list at `path` in `value`."""
    if "of length" not in what:
        return ""
    for name, number in _STEP.findall(path or ""):
        if name and isinstance(value, dict):
            value = value.get(name)
        elif number and isinstance(value, list):
            value = value[int(number)] if int(number) < len(value) else None
    if not isinstance(value, str | list):
        return ""
    return f"{len(value)} {'characters' if isinstance(value, str) else 'elements'}"


def _name_code(name: str, what: str) -> str:
    if not name.strip():
        return NAME_BLANK
    return NAME_LONG if "length" in what else NAME_ILLEGAL


def _record_type(hint: Any) -> Any:
    """The Struct of a list of Structs; None for any other type."""
    origin = get_origin(hint)
    if origin is Annotated:
        return _record_type(get_args(hint)[0])
    if origin in (UnionType, Union):
        return next(filter(None, map(_record_type, get_args(hint))), None)
    if origin is not list:
        return None
    (element,) = get_args(hint)
    return element if isinstance(element, type) and issubclass(element, msgspec.Struct) else None


def _unreadable(error: Exception) -> Finding:
    return invalid(
        "the body cannot be read",
        "$",
        str(error) or type(error).__name__,
        "one JSON value, UTF-8",
    )
