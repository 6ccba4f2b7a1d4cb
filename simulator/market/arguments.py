"""What each command asks for: every argument that is missing or of the wrong shape is told at once.

Lists are looked into by the use case that reads them; here they only have to be lists. Arguments
that no command names are let be: the calendar's events carry their text along.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from simulator.domain import Finding
from simulator.market.command import Command
from simulator.market.recordable import UNWRITABLE
from simulator.market.shapes import (
    AMOUNT,
    BIDS,
    DAY,
    LIST,
    NOMINATIONS,
    NUMBER,
    PROSE,
    SERIAL,
    TEXT,
    WHOLE,
    YES_NO,
    Shape,
    or_blank,
)

FOUND_MAX = 60  # characters of a wrong value that a finding repeats
SEVERAL = "requests"
WRITABLE = "Unicode text, finite numbers, and whole numbers of at most 64 bits"

MARKET = {"market": TEXT}
OF_PORTFOLIO = {"market": TEXT, "participant": TEXT, "portfolio": TEXT}
GRANT = {"participant": TEXT, "service": TEXT, "access": TEXT}

REQUIRED: Mapping[str, Mapping[str, Shape]] = {
    "setup": {"text": PROSE},
    "message": {"text": PROSE},
    "service_down": {"text": PROSE},
    "service_up": {"text": PROSE},
    "unstructured": {"text": PROSE},
    "preload": {"text": PROSE},
    "publish": {"text": PROSE},
    "open": MARKET,
    "close": MARKET,
    "clear": MARKET,
    "post": MARKET,
    "verify_collateral": MARKET,
    "set_collateral": {"participant": TEXT, "amount_usd": AMOUNT},
    "post_caps": MARKET,
    "day_ahead": {"day": DAY},
    "settle_day": {"day": DAY, "ends_month": YES_NO},
    "recalculate": {"day": DAY},
    "correct_price": {"hour": TEXT, "constraint": TEXT},
    "rerun_day_ahead": {"day": DAY},
    "rerun_auction": MARKET,
    "settle": {"text": PROSE},
    "award_merchant": {
        "sponsor": TEXT, "facility": TEXT, "lines": LIST, "pairs": LIST, "start": DAY,
        "life_years": WHOLE,
    },
    "process": {"process": TEXT, "status": TEXT, "text": PROSE},
    "set_reference_load": {"period": TEXT, "sink": TEXT, "days": LIST},
    "check_secondary_credit": {"request_id": NUMBER},
    "decide_access": {**GRANT, "user": TEXT, "decision": TEXT},
    "provision": {"user": TEXT, "organisation": TEXT, "participant": TEXT},
    "issue_certificate": {"user": TEXT, "serial": SERIAL},
    "revoke_certificate": {"serial": SERIAL},
    "send_message": {"text": PROSE, "audience": TEXT},
    "set_clock": {"mode": TEXT, "rate": AMOUNT},
    "play": {"participant": TEXT},
    "create_portfolio": {**OF_PORTFOLIO, "bids": BIDS, "nominations": NOMINATIONS},
    "submit_portfolio": OF_PORTFOLIO,
    "retract_portfolio": OF_PORTFOLIO,
    "delete_portfolio": OF_PORTFOLIO,
    "submit_load": {"window": TEXT, "period": TEXT, "owner": TEXT, "records": LIST},
    "show_need": {"window": TEXT, "owner": TEXT, "rows": LIST},
    "prepay_wheeling": {"market": TEXT, "owner": TEXT, "amount_usd": AMOUNT},
    "upload_migration": {
        "market": TEXT, "udc": TEXT, "effective_date": DAY, "part": TEXT, "records": LIST
    },
    "request_tor_conversion": {"window": TEXT, "holder": TEXT, "requests": LIST},
    "decide_tor_conversion": {"window": TEXT, "owner": TEXT, "decisions": LIST},
    "post_secondary_offer": {
        "owner": TEXT, "side": TEXT, "source": TEXT, "sink": TEXT, "tou": TEXT, "hedge": TEXT,
        "crr_type": TEXT, "start": DAY, "end": DAY, "mw": AMOUNT, "price": AMOUNT,
    },
    "target_secondary_offer": {"request_id": NUMBER, "counterparty": TEXT, "price": AMOUNT},
    "respond_secondary_offer": {"request_id": NUMBER, "accept": TEXT},
    "request_access": GRANT,
}  # fmt: skip

OPTIONAL: Mapping[str, Shape] = {
    "market": TEXT,
    "data": LIST,
    "reason": PROSE,
    "shadow_price": AMOUNT,
    "revenue": AMOUNT,
    "out": LIST,
    "back": LIST,
    "load_scale": AMOUNT,
    "exclude": LIST,
    "limit_scale": AMOUNT,
    "functions": LIST,
    "since": AMOUNT,
    "goal": WHOLE,
    "attachment_name": TEXT,
    "crr_id": or_blank(WHOLE),
    "counterparty": TEXT,
    "contact": PROSE,
}


def argument_findings(command: Command) -> Iterator[Finding]:
    """Every argument that is missing or does not fit; of each one, where several come in a list."""
    several = command.arguments.get(SEVERAL)
    if UNWRITABLE in command.arguments:
        yield from _unwritable(command.arguments[UNWRITABLE])
    elif several is None or SEVERAL in REQUIRED.get(command.kind, {}):
        yield from _findings(command.kind, command.arguments, "")
    elif not LIST.fits(several):
        yield _finding(SEVERAL, several, LIST)
    else:
        for place, arguments in enumerate(several):
            at = f"{SEVERAL}[{place}]"
            if isinstance(arguments, Mapping):
                yield from _findings(command.kind, arguments, f"{at}.")
            else:
                yield _finding(at, arguments, Shape("the fields of one request", bool))


def _unwritable(names: Any) -> Iterator[Finding]:
    for name in names if LIST.fits(names) else [names]:
        yield _fault(str(name), "what no journal can keep", WRITABLE)


def _findings(kind: str, arguments: Mapping[str, Any], within: str) -> Iterator[Finding]:
    for name, shape in _asked(kind, arguments):
        if name not in arguments:
            yield _finding(within + name, None, shape)
        elif not shape.fits(arguments[name]):
            yield _finding(within + name, arguments[name], shape)


def _asked(kind: str, arguments: Mapping[str, Any]) -> Iterable[tuple[str, Shape]]:
    yield from REQUIRED.get(kind, {}).items()
    optional = _optional(kind)
    if not optional.keys().isdisjoint(arguments):
        yield from ((name, shape) for name, shape in optional.items() if name in arguments)


@cache
def _optional(kind: str) -> Mapping[str, Shape]:
    required = REQUIRED.get(kind, {})
    return {name: shape for name, shape in OPTIONAL.items() if name not in required}


def _finding(where: str, value: Any, shape: Shape) -> Finding:
    found = "nothing" if value is None else f"{type(value).__name__} {value!r:.{FOUND_MAX}}"
    return _fault(where, found, shape.says)


def _fault(where: str, found: str, allowed: str) -> Finding:
    return Finding(
        "SER0017",
        "the request is invalid",
        where=where,
        found=found,
        allowed=allowed,
        remedy="correct the request and send it again",
        rule="wire contract 1.2",
    )
