"""A scenario as an iCalendar file (RFC 5545), so that it can be put beside one's own meetings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from simulator.timeline.event import Event, EventKind
from simulator.timeline.plan import TradingDay
from simulator.timeline.scenario import Scenario

LINE_OCTETS = 75  # RFC 5545 section 3.1: longer lines are folded
PRODUCT = "-//CRR Market Sim//Calendar//EN"


def as_ical(scenario: Scenario) -> str:
    """Every event and every statement date; an open window lasts until it closes.

    All times are UTC. Identifiers and time stamps come from the scenario alone, so that the same
    scenario gives the same file and a moved one replaces the old entries in a calendar program.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODUCT}",
        "CALSCALE:GREGORIAN",
        f"X-WR-CALNAME:{_escaped(scenario.title)}",
    ]
    for event in scenario.events:
        lines += _event_lines(scenario, event)
    for day in scenario.trading_days():
        lines += _statement_lines(scenario, day)
    lines.append("END:VCALENDAR")
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line))


def _event_lines(scenario: Scenario, event: Event) -> list[str]:
    about = [f"Kind: {event.kind}"]
    if event.market:
        about.append(f"Market: {event.market}")
    if event.note and event.says:
        about.append(event.note)
    if event.done_when:
        about.append(f"Done when: {event.done_when}")
    end = event.at
    if event.kind is EventKind.OPEN:
        opened = scenario.market(event.market).windows
        end = next(window.end for window in opened if window.start == event.at)
    return _entry(scenario, event.id, event.at, end, event.text, "\n".join(about), event.kind)


def _statement_lines(scenario: Scenario, day: TradingDay) -> list[str]:
    summary = f"Statements of trading day {day.day.isoformat()}"
    about = f"{scenario.settings.settlement.statement_offset_business_days} business days after it"
    name = f"statement-{day.day.isoformat()}"
    return _entry(scenario, name, day.statement_at, day.statement_at, summary, about, "statement")


def _entry(
    scenario: Scenario, name: str, start: int, end: int, summary: str, about: str, category: str
) -> list[str]:
    lines = [
        "BEGIN:VEVENT",
        f"UID:{name}@{scenario.name}.crr-market-sim",
        f"DTSTAMP:{_utc(scenario.span().start)}",
        f"DTSTART:{_utc(start)}",
    ]
    if end > start:
        lines.append(f"DTEND:{_utc(end)}")
    return [
        *lines,
        f"SUMMARY:{_escaped(summary)}",
        f"DESCRIPTION:{_escaped(about)}",
        f"CATEGORIES:{_escaped(category.upper())}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]


def _utc(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y%m%dT%H%M%SZ")


def _escaped(text: str) -> str:
    for plain in ("\\", ";", ","):
        text = text.replace(plain, f"\\{plain}")
    return text.replace("\n", "\\n")


def _folded(line: str) -> Iterator[str]:
    """Pieces of at most 75 octets, never within a character; all but the first begin with a space.

    A scenario's names may hold any character, but no line break survives `_escaped` and its caller.
    """
    piece = ""
    for character in line:
        if len((piece + character).encode()) > LINE_OCTETS:
            yield piece
            piece = " "
        piece += character
    yield piece
