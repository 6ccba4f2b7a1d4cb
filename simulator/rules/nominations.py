"""Nominations: what each may ask for, and what they may ask for together (rulebook 2.4; W14).

The checks at creation look at every nomination alone; the checks at submission add up what the
participant asks for in the market against its caps and signature pairs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from simulator.domain import MW_STEP, Finding, Market, Nomination, TransactionType
from simulator.rules.caps import ALLOCATED, CapKey, PairKey
from simulator.rules.figure import ZERO, Figure, figure
from simulator.rules.listing import Listing, location_findings
from simulator.rules.quantities import mw_findings, product_findings, repeated_ids

QUANTITIES = ("SEQ", "MEQ", "EQ")  # eligible quantities, which a tier's cap may equal
NO_CAP = figure("no cap at this sink", 0)


def nomination_findings(
    nominations: Sequence[Nomination],
    market: Market,
    participant: str,
    listing: Listing,
    sinks: Collection[str],
    sources: Collection[str] | None = None,
) -> tuple[Finding, ...]:
    """Everything that is wrong with the nominations one by one; all of it at once.

    `sinks` are the participant's own load locations, `sources` those it may nominate from (None:
    every biddable one). Allocations give obligations only, so a nomination has no hedge type.
    """
    findings = repeated_ids("nomination", (nomination.nomination_id for nomination in nominations))
    for nomination in nominations:
        where = f"nomination {nomination.nomination_id}"
        findings += _owner_findings(nomination, participant, where)
        findings += mw_findings(nomination.mw, f"{where}, mw", MW_STEP)
        findings += product_findings(nomination.period, nomination.tou, market, where)
        findings += _place_findings(nomination, listing, sinks, sources, where)
    return tuple(findings)


def cap_findings(
    nominations: Iterable[Nomination],
    caps: Mapping[CapKey, Figure],
    already: Iterable[Nomination] = (),
) -> tuple[Finding, ...]:
    """Sums per (sink, CRR type, period, time of use) above their cap (rulebook 2.4; W14).

    `already` are the nominations of the participant's portfolios that are submitted to the same
    market; a sum without a cap has the cap 0. The upper bound is the tier's cap; where that is the
    whole SEQ, MEQ or EQ it goes by that name. `allowed` says how it came about.
    """
    asked: dict[CapKey, Decimal] = {}
    for nomination in nominations:
        key = _cap_key(nomination)
        asked[key] = asked.get(key, ZERO) + nomination.mw
    for nomination in already:
        key = _cap_key(nomination)
        if key in asked:
            asked[key] += nomination.mw
    findings = []
    for key in sorted(asked):
        cap = caps.get(key, NO_CAP)
        if asked[key] > cap.value:
            findings.append(
                Finding(
                    "SER0030",
                    f"total {asked[key]:.3f} MW exceeds the {_bound(cap)} of {cap.value:.3f} MW "
                    f"for sink {key.sink}, type {key.crr_type}, period {key.period}, TOU {key.tou}",
                    where=f"sink {key.sink}, period {key.period}, tou {key.tou}",
                    found=f"{asked[key]:.3f} MW",
                    allowed=f"at most {cap.value:.3f} MW; {'; '.join(_derivation(cap))}",
                    remedy="nominate less at this sink",
                    rule="rulebook 2.4",
                )
            )
    return tuple(findings)


def signature_findings(
    nominations: Iterable[Nomination],
    pairs: Mapping[PairKey, Decimal],
    already: Iterable[Nomination] = (),
) -> tuple[Finding, ...]:
    """Priority nominations that are on no signature pair, or above its MW (rulebook 2.4).

    In tier LT the pairs are those that the priority tier has just awarded.
    """
    asked: dict[PairKey, Decimal] = {}
    for nomination in nominations:
        key = _pair_key(nomination)
        asked[key] = asked.get(key, ZERO) + nomination.mw
    for nomination in already:
        key = _pair_key(nomination)
        if key in asked:
            asked[key] += nomination.mw
    findings = []
    for key in sorted(asked):
        allowed = pairs.get(key)
        if allowed is not None and asked[key] <= allowed:
            continue
        pair = f"{key.source} to {key.sink}, period {key.period}, TOU {key.tou}"
        findings.append(
            Finding(
                "SER0030",
                f"{pair} is no signature pair"
                if allowed is None
                else f"total {asked[key]:.3f} MW exceeds the {allowed:.3f} MW of signature "
                f"pair {pair}",
                where=f"source {key.source}, sink {key.sink}",
                found=f"{asked[key]:.3f} MW",
                allowed=f"at most {allowed or ZERO:.3f} MW",
                remedy="nominate the pairs that were allocated last year, up to their MW",
                rule="rulebook 2.4",
            )
        )
    return tuple(findings)


def _bound(cap: Figure) -> str:
    quantity = next((item for item in cap.inputs if item.name in QUANTITIES), None)
    binding = quantity is not None and quantity.value == cap.value
    return quantity.name if quantity and binding else f"upper bound ({cap.name})"


def _derivation(cap: Figure) -> Iterator[str]:
    """The cap and what it was made of, one step down."""
    for item in (cap, *cap.inputs):
        how = f" = {item.formula}" if item.formula else ""
        yield f"{item.name} {item.value:f} {item.unit}{how}"


def _cap_key(nomination: Nomination) -> CapKey:
    return CapKey(nomination.sink, nomination.crr_type, nomination.period, nomination.tou)


def _pair_key(nomination: Nomination) -> PairKey:
    return PairKey(nomination.source, nomination.sink, nomination.period, nomination.tou)


def _owner_findings(nomination: Nomination, participant: str, where: str) -> list[Finding]:
    findings = []
    if nomination.participant != participant:
        findings.append(
            Finding(
                "SER0030",
                "the asset owner is not the participant of the portfolio",
                f"{where}, assetOwner",
                nomination.participant,
                participant,
                "nominate for the portfolio's own participant",
                "rulebook 9.4",
            )
        )
    if nomination.crr_type not in ALLOCATED:
        findings.append(
            Finding(
                "SER0030",
                "this CRR type cannot be nominated",
                f"{where}, crrType",
                nomination.crr_type.value,
                " or ".join(ALLOCATED),
                "use the type of the load that is served",
                "rulebook 1.2",
            )
        )
    return findings


def _place_findings(
    nomination: Nomination,
    listing: Listing,
    sinks: Collection[str],
    sources: Collection[str] | None,
    where: str,
) -> list[Finding]:
    findings = []
    for role, name, own in (
        ("source", nomination.source, sources),
        ("sink", nomination.sink, sinks),
    ):
        place = f"{where}, {role}"
        unlisted = location_findings(
            role, name, place, TransactionType.BUY, listing, nomination.period
        )
        findings += unlisted
        if not unlisted and own is not None and name not in own:
            findings.append(
                Finding(
                    "SER0030",
                    f"{role} {name} is not one that the participant may nominate",
                    place,
                    name,
                    ", ".join(sorted(own)) or "none",
                    f"choose a {role} that is verified for the participant",
                    "rulebook 2.6",
                )
            )
    if nomination.source == nomination.sink:
        findings.append(
            Finding(
                "SER0030",
                "source and sink are the same location",
                where,
                nomination.source,
                "two different locations",
                "correct the source or the sink",
                "rulebook 1.1",
            )
        )
    return findings
