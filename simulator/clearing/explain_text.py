"""The reasons for an award in words, for a terminal."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

IDLE_TOLD = 3
"""More limits that add nothing to a price are counted, not told one by one."""


def as_text(reason: Json) -> str:
    """The reasons in words, for a terminal."""
    lines = [
        f"{reason['id']}: {reason['participant']} {reason['transaction']} {reason['source']} to "
        f"{reason['sink']}, {reason['period']} {reason['tou']}",
        f"awarded {reason['awarded_mw']:.3f} of {reason['submitted_mw']:.3f} MW: "
        f"{reason['verdict']}",
    ]
    priced = "clearing_price" in reason
    if priced:
        lines.append(f"clearing price {reason['clearing_price']:.2f} USD per MW, made of")
    elif reason["limits"]:
        lines.append("limits that bind on its path (MW on the limit per MW, shadow price)")
    told, idle = _told(reason["limits"], priced)
    for part in told:
        amount = f"{part['usd_per_mw']:12.2f}  " if priced else "  "
        lines.append(
            f"{amount}{part['constraint']} {part['direction']}, {part['contingency']}: "
            f"{part['shift_factor']:+.6f} x {part['shadow_price']:.6f} "
            f"({_worth(part)}; limit {part['limit_mw']:.3f} MW)"
        )
    if idle:
        lines.append(f"{0:12.2f}  {idle} more limits, each less than a cent")
    if not reason["limits"]:
        lines.append("  no binding limit lies on its path")
    if priced:
        lines += _price_lines(reason)
    if reason["others_on_the_same_limits"]:
        lines.append("who uses the same limits instead")
    for rival in reason["others_on_the_same_limits"]:
        lines.append(
            f"  {rival['id']} ({rival['participant']}) uses {rival['limit_use']:.2f} of these "
            f"limits' worth with {rival['awarded_mw']:.3f} MW"
        )
    return "\n".join(lines)


def _told(parts: list[Json], priced: bool) -> tuple[list[Json], int]:
    """The limits told one by one, and how many more of many come to 0.00 of a price."""
    idle = [part for part in parts if priced and part["usd_per_mw"] == 0]
    if len(idle) <= IDLE_TOLD:
        return parts, 0
    return [part for part in parts if part["usd_per_mw"] != 0], len(idle)


def _worth(part: Json) -> str:
    more, less = part["one_more_mw_is_worth"], part["one_mw_less_would_cost"]
    if more == less == part["shadow_price"]:
        return "one more MW of this limit is worth that"
    cost = "more than any bid pays" if less is None else f"{less:.2f}"
    return f"one more MW of this limit is worth {more:.2f} USD, one less would cost {cost}"


def _price_lines(reason: Json) -> list[str]:
    lines = []
    if reason["own_price_of_next_mw"] is not None:
        lines.append(f"its next MW stood at {reason['own_price_of_next_mw']:.2f} USD")
    if "not_worked_out" in reason:
        lines.append(
            "what would have won all of it could not be worked out: " + reason["not_worked_out"]
        )
    elif reason["awarded_mw"] < reason["submitted_mw"]:
        price = reason["price_that_wins_all"]
        lines.append(
            "no price wins all of it: the limits cannot carry it"
            if price is None
            else f"all of it would have been won at {price:.2f} USD per MW, a cent more where "
            "other bids stand at just that and would share"
        )
    if "lost_to" in reason:
        lines += _lost_lines(reason["lost_to"])
    return lines


def _lost_lines(lost: Json) -> list[str]:
    own, theirs = lost["own_value"], lost["their_value"]
    more = f"have been worth {own:.2f} USD more" if own >= 0 else f"have cost {-own:.2f} USD more"
    less = f"{abs(theirs):.2f} USD {'less' if theirs >= 0 else 'more'}"
    whose = f"{lost['bids']} bid{'s' if lost['bids'] != 1 else ''} would have got less"
    lines = [
        f"put first it would {more} by its own prices, and all others been worth {less}; {whose}"
    ]
    return lines + [
        f"  {item['id']} ({item['participant']}): {item['would_have_got_mw']:.3f} instead of "
        f"{item['awarded_mw']:.3f} MW"
        for item in lost["largest"]
    ]
