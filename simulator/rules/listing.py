"""The source/sink list as a bidder meets it: what may be a source or a sink, and in which pairs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from simulator.domain import Finding, TransactionType
from simulator.domain.settings import BiddingSettings

DEFAULTS = BiddingSettings()


class LocationClass(StrEnum):
    """The classes that the pair matrix of rulebook 4.4 speaks of."""

    GEN = "GEN"
    LAP = "LAP"
    TH = "TH"
    SP = "SP"


CLASS_OF_TYPE: Mapping[str, LocationClass] = {
    "GEN": LocationClass.GEN,
    "PNODE": LocationClass.GEN,
    "LOAD": LocationClass.LAP,
    "LAP": LocationClass.LAP,
    "DLAP": LocationClass.LAP,
    "SUBLAP": LocationClass.LAP,
    "SLAP": LocationClass.LAP,
    "MLAP": LocationClass.LAP,
    "CLAP": LocationClass.LAP,
    "TH": LocationClass.TH,
    "SP": LocationClass.SP,
    "ITC": LocationClass.SP,
}


@dataclass(frozen=True)
class SourceSink:
    """One row of the list: `type` is the published one, `biddable` its flag.

    An outage may island a location: with base-loading CRRs it can still be sold from, without
    them it is not biddable. A retired one is not in the model at all. `note` says which outage it
    is, or what replaces it (rulebook 3.7). `apart` has the row as it is in single periods of the
    market, by name of the period, where it differs from this one.
    """

    name: str
    type: str
    biddable: bool = True
    islanded: bool = False
    base_loaded: bool = False
    retired: bool = False
    note: str = ""
    apart: Mapping[str, SourceSink] = field(default_factory=dict)

    def in_period(self, period: str) -> SourceSink:
        """The row of one period: an outage in one season closes no other."""
        return self.apart.get(period, self)

    @property
    def always_biddable(self) -> bool:
        """Whether it is biddable in every period of the market."""
        return self.biddable and all(row.biddable for row in self.apart.values())

    @property
    def location_class(self) -> LocationClass | None:
        """The class for the pair matrix; None for a type that the matrix does not know."""
        return CLASS_OF_TYPE.get(self.type)

    def open_to(self, transaction: TransactionType) -> bool:
        """Whether it may be bought or sold at (rulebook 3.7)."""
        if self.retired:
            return False
        if self.islanded:
            return self.base_loaded and transaction == TransactionType.SELL
        return self.biddable or transaction == TransactionType.SELL


Listing = Mapping[str, SourceSink]


def location_findings(
    role: str, name: str, where: str, transaction: TransactionType, listing: Listing, period: str
) -> list[Finding]:
    """Whether `name` is on the list and open to `transaction` in that period of the market.

    `role` is source or sink.
    """
    row = listing.get(name)
    if row is None:
        return [
            Finding(
                "SER0030",
                f"{role} {name} is not on the source/sink list of the market",
                where,
                name,
                "a location of the source/sink list",
                "take the name from the list, which tells capital from small letters",
                "rulebook 4.4",
            )
        ]
    listed = row.in_period(period)
    if listed.open_to(transaction):
        return []
    state = "islanded by an outage" if listed.islanded else "not biddable"
    state = "retired" if listed.retired else state
    why = f": {listed.note}" if listed.note else ""
    return [
        Finding(
            "SER0030",
            f"{role} {name} is {state} in {period}{why}",
            where,
            name,
            "an offer of a CRR held there" if listed.base_loaded else "a biddable location",
            "choose another location",
            "rulebook 3.7",
        )
    ]


def pair_findings(
    source: str, sink: str, where: str, listing: Listing, settings: BiddingSettings = DEFAULTS
) -> list[Finding]:
    """Whether the pair may be bought: pairs that go with delivery of supply (rulebook 4.4)."""
    if source == sink:
        return [
            Finding(
                "SER0030",
                "source and sink are the same location",
                where,
                source,
                "two different locations",
                "correct the source or the sink",
                "rulebook 1.1",
            )
        ]
    classes = [
        listing[name].location_class or listing[name].type
        for name in (source, sink)
        if name in listing
    ]
    pair = ">".join(classes)
    if len(classes) < 2 or pair in settings.biddable_pairs:
        return []
    return [
        Finding(
            "SER0030",
            f"the pair {source} to {sink} is not biddable",
            where,
            pair,
            ", ".join(settings.biddable_pairs),
            "to leave a position, offer the CRR for sale instead of buying the reverse",
            "rulebook 4.4",
        )
    ]
