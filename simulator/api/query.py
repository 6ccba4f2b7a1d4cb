"""Query strings against the parameters of an operation: every fault at once."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from urllib.parse import parse_qsl

from simulator.api.documents import Operation, Parameter
from simulator.api.errors import INVALID, invalid
from simulator.api.limits import QUERY_BYTES
from simulator.domain import Finding, Refused, refuse_if_any

FIELDS = 64
DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
NAME_BLANK, NAME_LONG, NAME_ILLEGAL = "POR0215", "POR0103", "SER0022"
DOWNLOAD_TYPE, FILE_FORMAT = "DWL0001", "DWL0002"
PARTICIPANT_ILLEGAL, STATUS_TYPE = "SER0002", "SER0014"
# Whose name it is: a misnamed one has a code of its own where the service knows that code.
PORTFOLIO = "portfolioName"
PARTICIPANTS = ("participantName", "assetOwner", "torHolder")
WINDOWS = ("loadSubmissionWindowName", "loadMigrationMarketName", "loadMigrationMarket")
# Their first letters differ, so any is taken (wire contract 9).
ANY_CASE = {name.lower(): name for name in ("OfferStatusType", "responseStatusType")}


def read_query(raw: bytes, operation: Operation) -> dict[str, str]:
    """The parameters by name, each as its document wants it; Refused with all that is wrong.

    A space may come as `+` or as `%20` (rule C9), parameters in any order.
    """
    if not raw and not operation.parameters:
        return {}
    values: dict[str, str] = {}
    findings: list[Finding] = []
    known = {parameter.name: parameter for parameter in operation.parameters}
    for given, value in _pairs(raw):
        name = ANY_CASE.get(given.lower(), given)
        if name not in known:
            findings.append(invalid("unknown parameter", "query", name, ", ".join(known) or "none"))
        elif name in values:
            findings.append(invalid("parameter given twice", name, value, "one value"))
        else:
            values[name] = value
    for parameter in operation.parameters:
        if parameter.name not in values:
            if parameter.required:
                findings.append(invalid("parameter is missing", parameter.name))
        else:
            findings += _faults(parameter, values[parameter.name], operation.codes)
    refuse_if_any(findings)
    return values


def _pairs(raw: bytes) -> list[tuple[str, str]]:
    """Name and value as the query gives them; Refused when it is no query in UTF-8."""
    if len(raw) > QUERY_BYTES:
        found, allowed = f"{len(raw)} bytes", f"at most {QUERY_BYTES} bytes"
        remedy = "give the operation's own parameters, each once"
        raise Refused([invalid("query too long", "query", found, allowed, remedy)])
    try:
        return parse_qsl(
            raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=FIELDS
        )
    except ValueError as error:  # of decoding, too
        allowed = f"at most {FIELDS} parameters, percent-encoded UTF-8"
        raise Refused([invalid("query cannot be read", "query", allowed=allowed)]) from error


def _faults(parameter: Parameter, value: str, codes: Collection[str]) -> Iterator[Finding]:
    if parameter.enum and value not in parameter.enum:
        allowed, code = ", ".join(parameter.enum), _enum_code(parameter.name)
    elif not value:
        allowed, code = "a value that is not empty", NAME_BLANK
    elif parameter.max_length is not None and len(value) > parameter.max_length:
        allowed, code = f"at most {parameter.max_length} characters", NAME_LONG
    elif parameter.pattern and not _compiled(parameter.pattern).match(value):
        code = NAME_ILLEGAL if value.strip() else NAME_BLANK
        allowed = parameter.pattern
    elif parameter.format == "date-time" and not DATE_TIME.fullmatch(value):
        allowed, code = "YYYY-MM-DDThh:mm:ssZ", INVALID
    else:
        return
    yield misnamed(parameter.name, value, allowed, code, codes)


def misnamed(
    name: str, value: str, allowed: str, code: str, codes: Collection[str] = ()
) -> Finding:
    """A value that is not as its document wants it; some names have codes of their own."""
    found = invalid("value not as it should be", name, value[:200], allowed)
    own = _own_code(name, code)
    if own not in codes:
        return found
    return Finding(own, _MEANING[own], name, value[:200], allowed, found.remedy)


def _own_code(name: str, code: str) -> str:
    if name in PARTICIPANTS and code in (NAME_LONG, NAME_ILLEGAL):
        return PARTICIPANT_ILLEGAL
    if name in WINDOWS and code == NAME_ILLEGAL:
        return code
    return code if name == PORTFOLIO or code in (DOWNLOAD_TYPE, FILE_FORMAT, STATUS_TYPE) else ""


_MEANING: Mapping[str, str] = {
    NAME_BLANK: "the portfolio name is blank",
    NAME_LONG: "the portfolio name is too long",
    NAME_ILLEGAL: "the name has illegal characters",
    PARTICIPANT_ILLEGAL: "the participant name is invalid",
    STATUS_TYPE: "the status type is invalid",
    DOWNLOAD_TYPE: "the download type is invalid",
    FILE_FORMAT: "the file format is invalid for the download type",
}


def _enum_code(name: str) -> str:
    if name == "fileFormat":
        return FILE_FORMAT
    if name.lower() in ANY_CASE:
        return STATUS_TYPE
    return DOWNLOAD_TYPE if name.endswith("DownloadType") else INVALID


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
