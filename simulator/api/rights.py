"""Whether a certificate may do this for that participant (wire contract 1, rulebook 9.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from simulator.api.door import Door
from simulator.api.identity import Identity
from simulator.domain import Finding
from simulator.market import access
from simulator.market.world import World
from simulator.rules.access import Access, Grant, Service, access_findings, migrated_profiles
from simulator.store import Transaction

GRANTING = (
    "setup",
    "request_access",
    "decide_access",
    "provision",
)  # the commands that change who may what


@dataclass(frozen=True)
class Rights:
    """The grants of everybody by user, and what was already found from them."""

    grants: Mapping[str, tuple[Grant, ...]]
    _found: dict[tuple[str, str, Service, Access], tuple[Finding, ...]] = field(
        default_factory=dict
    )

    def findings(
        self, identity: Identity, participant: str, service: Service, kind: Access
    ) -> tuple[Finding, ...]:
        """SEC0002 for a participant who is not the user's, SEC0001 without this function."""
        key = (identity.name, participant, service, kind)
        found = self._found.get(key)
        if found is None:
            own = self.grants.get(identity.name, ())
            found = access_findings(identity.name, participant, service, kind, own)
            if own:  # strangers' inventions are not worth remembering
                self._found[key] = found
        return found


async def rights(door: Door) -> Rights:
    """As they stand now."""
    return await door.view("rights", _read, GRANTING)


def _read(tx: Transaction, world: World) -> Rights:
    """Before the environment is set up, profiles are as they will be taken over."""
    known = access.grants(tx)
    if not known:
        users = {name: name for name in world.participants}
        known = migrated_profiles(tuple(world.participants.values()), users)
    by_user: dict[str, list[Grant]] = {}
    for grant in known:
        by_user.setdefault(grant.user, []).append(grant)
    return Rights({user: tuple(grants) for user, grants in by_user.items()})
