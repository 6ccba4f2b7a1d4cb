"""What the report's calendar says of an event: what it was about, and what came of it."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from simulator.timeline.event import Event, EventKind

ABOUT_CHARACTERS = 70  # a cell of the calendar is a fifth of the page
_TOLD_BY_THE_DAY = (EventKind.SETUP, EventKind.UNSTRUCTURED)  # the words above say it already


def about(event: Event) -> str:
    """The process and where it is led ("FCST_LOAD_2024_M04 open"), else the event's own words."""
    if event.process:
        return f"{event.process} {_plain(event.status)}"
    if event.kind in _TOLD_BY_THE_DAY:
        return ""
    return textwrap.shorten(event.text, ABOUT_CHARACTERS, placeholder=" …")


def outcome(event: Event, effect: Any) -> str:
    """What happened, in a few words; `effect` is the journal's, findings when it was refused."""
    if isinstance(effect, list):
        return "; ".join(finding["message"] for finding in effect)
    if event.kind in _WORDS:
        return _WORDS[event.kind].format(**effect)
    telling = _TELLING.get(event.kind)
    return telling(event, effect) if telling else ""


_WORDS: Mapping[EventKind, str] = {
    EventKind.OPEN: "{base_loading_crrs} rights load the model",
    EventKind.CLOSE: "{portfolios_submitted} portfolios submitted, {portfolios_not_submitted} not",
    EventKind.CLEAR: "{submissions} submissions, {awarded_mw} MW awarded",
    EventKind.POST: "{awards} awards to {participants} participants",
    EventKind.VERIFY_COLLATERAL: "{passed} passed, {not_passed} not",
    EventKind.SETTLE: "{statement_lines} statement lines so far",
    EventKind.CORRECT_PRICE: "{before_usd_per_mwh} USD/MWh became {after_usd_per_mwh}",
    EventKind.RERUN_DAY_AHEAD: "{changed_prices} prices of {trading_day} changed",
    EventKind.AWARD_MERCHANT: "{facility} of {sponsor} entered",
    EventKind.RERUN_AUCTION: "{awards} awards to {participants} participants, run again",
    EventKind.MESSAGE: "sent to every participant",
}


def _led_on(event: Event, effect: Mapping[str, Any]) -> str:
    """What posting a process made; before that, what its new state asks of participants."""
    if "shares" in effect:
        return f"{effect['crrs']} CRRs made or changed, {effect['shares']} shares of load moved"
    if "records" in effect:
        return f"{effect['crrs']} CRRs made, {effect['records']} conversions decided"
    return event.text


def _brought_out(event: Event, effect: Mapping[str, Any]) -> str:
    """How much of everything came out; the kinds of data where there is nothing to count."""
    counted = tuple(_counts(effect))
    return ", ".join(counted or map(_plain, effect["data"]))


def _counts(effect: Mapping[str, Any]) -> Iterator[str]:
    caps = [part for part in effect.values() if isinstance(part, dict) and "figures" in part]
    amounts = (
        (effect.get("participants", 0), "participants"),
        (effect.get("crrs", 0), "CRRs"),
        (effect.get("history_days", 0), "days of congestion history"),
        (sum(cap["figures"] for cap in caps), "figures posted"),
        (sum(cap["signature_pairs"] for cap in caps), "signature pairs"),
        (effect.get("set_aside", {}).get("interties", 0), "interties with a set-aside"),
    )
    yield from (f"{amount} {what}" for amount, what in amounts if amount)
    for period, version in sorted(effect.get("source_sink_versions", {}).items()):
        yield f"source/sink list {period} version {version}"


def _plain(constant: str) -> str:
    return constant.lower().replace("_", " ")


_TELLING: Mapping[EventKind, Callable[[Event, Mapping[str, Any]], str]] = {
    EventKind.PROCESS: _led_on,
    EventKind.PUBLISH: _brought_out,
    EventKind.PRELOAD: _brought_out,
}
