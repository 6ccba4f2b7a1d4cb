"""The life of a portfolio as one transition table (rulebook 9.3, codes 9.4).

A command on a portfolio in a status gives the next status or the code of its refusal; nothing
else decides. REJECTED and DELETED are answers, never stored: `at_rest` is what is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import StrEnum

from simulator.domain import (
    Finding,
    MarketKind,
    MarketStatus,
    Portfolio,
    PortfolioStatus,
    Refused,
    refuse_if_any,
)
from simulator.rules.portfolio_name import name_findings


class Command(StrEnum):
    """What a participant may ask for once a portfolio exists."""

    SUBMIT = "SUBMIT"
    RETRACT = "RETRACT"
    DELETE = "DELETE"


SAVING = (MarketStatus.PREP, MarketStatus.OPEN)  # while portfolios may be saved (wire contract 14)
IN_ERROR = "in error"  # AUC0037 in auctions, NOM0101 in allocations

TRANSITIONS: Mapping[tuple[PortfolioStatus, Command], PortfolioStatus | str] = {
    (PortfolioStatus.NEW, Command.SUBMIT): "POR0013",
    (PortfolioStatus.NEW, Command.RETRACT): "POR0012",
    (PortfolioStatus.NEW, Command.DELETE): PortfolioStatus.DELETED,
    (PortfolioStatus.VALID, Command.SUBMIT): PortfolioStatus.SUBMITTED,
    (PortfolioStatus.VALID, Command.RETRACT): "POR0038",
    (PortfolioStatus.VALID, Command.DELETE): PortfolioStatus.DELETED,
    (PortfolioStatus.INVALID, Command.SUBMIT): IN_ERROR,
    (PortfolioStatus.INVALID, Command.RETRACT): "POR0011",
    (PortfolioStatus.INVALID, Command.DELETE): PortfolioStatus.DELETED,
    (PortfolioStatus.SUBMITTED, Command.SUBMIT): "POR0051",
    (PortfolioStatus.SUBMITTED, Command.RETRACT): PortfolioStatus.VALID,
    (PortfolioStatus.SUBMITTED, Command.DELETE): "POR0010",
}

MEANING: Mapping[str, tuple[str, str]] = {
    "AUC0037": ("is in error and cannot be submitted", "correct it and create it again"),
    "NOM0101": ("is in error and cannot be submitted", "correct it and create it again"),
    "POR0010": ("is submitted and cannot be deleted", "retract it first"),
    "POR0011": ("is in error, there is nothing to retract", "correct it and create it again"),
    "POR0012": ("is new and empty, there is nothing to retract", "submit it first"),
    "POR0013": ("is empty and cannot be submitted", "put a bid, offer or nomination into it"),
    "POR0038": ("is not submitted, there is nothing to retract", "submit it first"),
    "POR0051": ("is already submitted", "retract it before submitting it again"),
}


def create(
    portfolio: Portfolio,
    market_status: MarketStatus | None,
    taken: bool,
    findings: Iterable[Finding] = (),
    acting: str = "",
    lines: int = 0,
) -> Portfolio:
    """The portfolio as it is stored: VALID, or NEW when it is empty.

    It may be saved before the window opens, to be submitted later.
    `market_status` is None for an unknown market, `taken` says whether the name is used already
    for this market and participant, `findings` are those of its records, `acting` is the
    participant who asks ("" for the owner), `lines` how many bids or nominations it has that are
    not in `portfolio` itself. Refused with every finding; nothing is stored then.
    """
    faults = [*name_findings(portfolio.name)]
    faults += _window_findings(portfolio.market, market_status, allowed=SAVING)
    faults += _owner_findings(portfolio, acting)
    if taken:
        faults.append(
            Finding(
                "POR0101",
                "this portfolio name is already used in the market",
                where="portfolioName",
                found=portfolio.name,
                allowed="a name that is free",
                remedy="choose another name or delete the other portfolio",
                rule="rulebook 9.4",
            )
        )
    refuse_if_any([*faults, *findings])
    empty = portfolio.is_empty and not lines
    status = PortfolioStatus.NEW if empty else PortfolioStatus.VALID
    return replace(portfolio, status=status, message="")


def submit(
    portfolio: Portfolio | None,
    market_status: MarketStatus | None,
    kind: MarketKind,
    data: Iterable[Finding] = (),
    credit: Iterable[Finding] = (),
    acting: str = "",
    eligible: bool = True,
) -> Portfolio:
    """SUBMITTED; INVALID when the data do not hold, REJECTED when the collateral does not.

    Refused when the participant is not `eligible` for allocations (NOM0128), whatever it asks for.

    `data` are the findings of the checks at submission (caps, offers), `credit` those of the
    collateral; the answer's message says them all, each ended by ";" (W14, W17). Refused outright
    when the table or the window forbids it.
    """
    owned = _allowed(portfolio, Command.SUBMIT, market_status, kind, acting, eligible)
    data, credit = tuple(data), tuple(credit)
    if data:
        status = PortfolioStatus.INVALID
    elif credit:
        status = PortfolioStatus.REJECTED
    else:
        status = PortfolioStatus.SUBMITTED
    return replace(owned, status=status, message=error_message((*data, *credit)))


def retract(
    portfolio: Portfolio | None,
    market_status: MarketStatus | None,
    kind: MarketKind,
    acting: str = "",
) -> Portfolio:
    """VALID again; only from SUBMITTED and while the window is open (rulebook 9.3)."""
    owned = _allowed(portfolio, Command.RETRACT, market_status, kind, acting)
    return replace(owned, status=PortfolioStatus.VALID, message="")


def delete(
    portfolio: Portfolio | None,
    market_status: MarketStatus | None,
    kind: MarketKind,
    acting: str = "",
) -> Portfolio:
    """DELETED, the confirmation; what was not submitted may go at any time (rulebook 9.3)."""
    owned = _allowed(portfolio, Command.DELETE, market_status, kind, acting)
    return replace(owned, status=PortfolioStatus.DELETED, message="")


def at_rest(portfolio: Portfolio) -> Portfolio | None:
    """What is stored after an answer: REJECTED falls back to VALID, DELETED leaves nothing."""
    if portfolio.status == PortfolioStatus.DELETED:
        return None
    if portfolio.status == PortfolioStatus.REJECTED:
        return replace(portfolio, status=PortfolioStatus.VALID)
    return portfolio


def error_message(findings: Iterable[Finding]) -> str:
    """The messages of all findings in one string, each ended by ";" (W14, W17)."""
    return "".join(f"{finding.message};" for finding in findings)


def _allowed(
    portfolio: Portfolio | None,
    command: Command,
    market_status: MarketStatus | None,
    kind: MarketKind,
    acting: str,
    eligible: bool = True,
) -> Portfolio:
    if portfolio is None:
        unknown = Finding(
            "POR0100",
            "there is no such portfolio for this market and participant",
            where="portfolioName",
            found="no portfolio of that name",
            allowed="a portfolio of this participant in this market",
            remedy="create it first, or correct the name",
            rule="rulebook 9.4",
        )
        raise Refused((unknown, *_unknown_market(market_status)))
    findings = _owner_findings(portfolio, acting)
    if not eligible:
        findings.append(_not_eligible(portfolio))
    if command == Command.DELETE:
        findings += _unknown_market(market_status, portfolio.market)
    elif command == Command.RETRACT:
        findings += _window_findings(portfolio.market, market_status, "NOM0129", "; no retraction")
    else:
        findings += _window_findings(portfolio.market, market_status)
    following = TRANSITIONS[portfolio.status, command]
    if not isinstance(following, PortfolioStatus):
        findings.append(_refusal(portfolio, command, following, kind))
    refuse_if_any(findings)
    return portfolio


def _refusal(portfolio: Portfolio, command: Command, code: str, kind: MarketKind) -> Finding:
    if code == IN_ERROR:
        code = "AUC0037" if kind == MarketKind.AUCTION else "NOM0101"
    meaning, remedy = MEANING[code]
    return Finding(
        code,
        f"portfolio {portfolio.name} {meaning}",
        where="status",
        found=portfolio.status.value,
        allowed=" or ".join(_allowing(command)),
        remedy=remedy,
        rule="rulebook 9.3",
    )


def _allowing(command: Command) -> list[PortfolioStatus]:
    """The states in which a command goes through."""
    return [
        status
        for (status, asked), following in TRANSITIONS.items()
        if asked == command and isinstance(following, PortfolioStatus)
    ]


def _not_eligible(portfolio: Portfolio) -> Finding:
    return Finding(
        "NOM0128",
        f"participant {portfolio.participant} is not eligible to nominate in {portfolio.market}",
        where="participantName",
        found=portfolio.participant,
        allowed="a load-serving entity with eligible quantities",
        remedy="leave the allocation to those who serve load",
        rule="rulebook 2.4",
    )


def _owner_findings(portfolio: Portfolio, acting: str) -> list[Finding]:
    if acting in ("", portfolio.participant):
        return []
    return [
        Finding(
            "POR0023",
            f"portfolio {portfolio.name} does not belong to participant {acting}",
            where="participantName",
            found=acting,
            allowed="the participant who owns it",
            remedy="act for the participant who owns it",
            rule="rulebook 9.4",
        )
    ]


def _unknown_market(market_status: MarketStatus | None, market: str = "") -> list[Finding]:
    if market_status is not None:
        return []
    return [
        Finding(
            "MKT0001",
            "the market name is unknown",
            where="marketName",
            found=market or "nothing",
            allowed="a market of the calendar",
            remedy="take a name from the list of active markets",
            rule="rulebook 9.4",
        )
    ]


def _window_findings(
    market: str,
    market_status: MarketStatus | None,
    code: str = "MKT0004",
    more: str = "",
    allowed: tuple[MarketStatus, ...] = (MarketStatus.OPEN,),
) -> list[Finding]:
    if market_status is None or market_status in allowed:
        return _unknown_market(market_status, market)
    return [
        Finding(
            code,
            f"the submission window of market {market} is closed{more}",
            where="marketName",
            found=market_status.value,
            allowed=" or ".join(allowed),
            remedy="act while the window is open",
            rule="rulebook 9.4",
        )
    ]
