"""Who may use which function for whom: requested, approved, revoked (rulebook 9.1, 9.4).

A user belongs to an organisation and shows a certificate; the organisation is provisioned for
participants, service by service, to read or to write. Writing includes reading.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from simulator.domain import Finding, Participant, Role, refuse_if_any


class Service(StrEnum):
    """The services of the wire contract, as their paths name them."""

    AUCTION = "auction"
    NOMINATION = "nomination"
    MARKET_STATUS = "marketstatus"
    MARKET_DATA = "marketdata"
    MESSAGES = "messages"
    LOAD = "historicalforecastedload"
    SECONDARY_MARKET = "secondarymarket"
    LOAD_MIGRATION = "loadmigration"
    TOR_CONVERSION = "torconversion"


class Access(StrEnum):
    """To look, or to act."""

    READ = "READ"
    WRITE = "WRITE"


class GrantStatus(StrEnum):
    """Only an approved grant counts."""

    REQUESTED = "REQUESTED"
    APPROVED = "APPROVED"
    REFUSED = "REFUSED"
    REVOKED = "REVOKED"


class Decision(StrEnum):
    """What the one who approves may do with a grant."""

    APPROVE = "APPROVE"
    REFUSE = "REFUSE"
    REVOKE = "REVOKE"


DECISIONS: Mapping[tuple[GrantStatus, Decision], GrantStatus] = {
    (GrantStatus.REQUESTED, Decision.APPROVE): GrantStatus.APPROVED,
    (GrantStatus.REQUESTED, Decision.REFUSE): GrantStatus.REFUSED,
    (GrantStatus.APPROVED, Decision.REVOKE): GrantStatus.REVOKED,
}

EVERYBODY = (Service.MARKET_STATUS, Service.MARKET_DATA, Service.MESSAGES)
LOAD_SIDE = (Service.NOMINATION, Service.LOAD, Service.LOAD_MIGRATION)
# Whoever may hold CRRs may be handed a converted right, and then approves or rejects it.
HOLDING = (Service.AUCTION, Service.SECONDARY_MARKET, Service.TOR_CONVERSION)
PROCESSES: Mapping[Role, tuple[Service, ...]] = {
    Role.LSE: (*LOAD_SIDE, *HOLDING),
    Role.CCA: (*LOAD_SIDE, *HOLDING),
    Role.OBAALSE: (Service.NOMINATION, Service.LOAD, *HOLDING),
    Role.GENERATOR: HOLDING,
    Role.TRADER: HOLDING,
    Role.MUNICIPAL: (Service.NOMINATION, Service.LOAD, *HOLDING),
}


@dataclass(frozen=True, order=True)
class Grant:
    """One function of one user for one participant."""

    user: str
    organisation: str
    participant: str
    service: Service
    access: Access
    status: GrantStatus = GrantStatus.REQUESTED


def request(grant: Grant, grants: Iterable[Grant], participants: Iterable[str]) -> Grant:
    """The request as it waits for approval; refused when it is there already or for nobody."""
    findings = []
    if grant.participant not in set(participants):
        findings.append(
            _finding(
                "SEC0002",
                f"participant {grant.participant} is unknown",
                grant.participant,
                "a participant of the market",
            )
        )
    waiting = (GrantStatus.REQUESTED, GrantStatus.APPROVED)
    if any(
        function_of(other) == function_of(grant) and other.status in waiting for other in grants
    ):
        message = f"{grant.access} of {grant.service} is already requested or granted"
        findings.append(_finding("SER0030", message, grant.service, "a function once"))
    refuse_if_any(findings)
    return replace(grant, status=GrantStatus.REQUESTED)


def decide(grant: Grant, decision: Decision, acting: str) -> Grant:
    """The grant after the decision; nobody decides on a request of their own."""
    findings = []
    after = DECISIONS.get((grant.status, decision))
    if after is None:
        message = f"a grant that is {grant.status} cannot be decided with {decision}"
        allowed = " or ".join(each for status, each in DECISIONS if status == grant.status)
        findings.append(_finding("SER0030", message, grant.status, allowed or "no decision"))
    if acting == grant.user and decision == Decision.APPROVE:
        message = "a user cannot approve their own request"
        findings.append(_finding("SEC0001", message, acting, "the operator"))
    refuse_if_any(findings)
    assert after is not None
    return replace(grant, status=after)


def access_findings(
    user: str, participant: str, service: Service, access: Access, grants: Iterable[Grant]
) -> tuple[Finding, ...]:
    """Whether the user may act: SEC0002 for a stranger, SEC0001 without this function."""
    rights = [
        grant for grant in grants if _counts(grant, user) and grant.participant == participant
    ]
    if any(grant.service == service and grant.access in (access, Access.WRITE) for grant in rights):
        return ()
    allowed = f"a user who may {access} {service} for {participant or 'a participant'}"
    if not rights:
        message = f"access to {participant or 'nobody'} is denied"
        return (_finding("SEC0002", message, user, allowed),)
    message = f"no privilege to {access} {service} for participant {participant}"
    return (_finding("SEC0001", message, user, allowed),)


def effective_rights(user: str, grants: Iterable[Grant]) -> tuple[Grant, ...]:
    """What a user may do now, by participant and service; writing shows reading too."""
    approved = [grant for grant in grants if _counts(grant, user)]
    reading = [replace(g, access=Access.READ) for g in approved if g.access == Access.WRITE]
    return tuple(sorted({*approved, *reading}))


def _counts(grant: Grant, user: str) -> bool:
    return grant.user == user and grant.status == GrantStatus.APPROVED


def migrated_profiles(
    participants: Sequence[Participant], users: Mapping[str, str]
) -> tuple[Grant, ...]:
    """Profiles that are taken over for the simulation, approved: `users` by participant.

    Everybody reads what is public to participants; the role decides the rest.
    """
    grants: list[Grant] = []
    for participant in sorted(participants, key=lambda each: each.participant_id):
        user = users.get(participant.participant_id)
        if user is None:
            continue
        grants += approved(user, participant.name, participant, functions_of(participant.role))
    return tuple(grants)


def functions_of(role: Role) -> tuple[tuple[Service, Access], ...]:
    """What a role brings along: everybody reads what is public, the role's own it writes."""
    reading = ((service, Access.READ) for service in EVERYBODY)
    return (*reading, *((service, Access.WRITE) for service in PROCESSES[role]))


def approved(
    user: str,
    organisation: str,
    participant: Participant,
    functions: Iterable[tuple[Service, Access]],
) -> tuple[Grant, ...]:
    """These functions of a user for a participant, approved."""
    return tuple(
        Grant(user, organisation, participant.participant_id, service, access, GrantStatus.APPROVED)
        for service, access in functions
    )


def process_owners(participants: Iterable[Participant]) -> dict[Service, tuple[str, ...]]:
    """Process ownership data: for each service, the participants who act in it."""
    ranked = sorted(participants, key=lambda each: each.participant_id)
    return {
        service: tuple(each.participant_id for each in ranked if service in PROCESSES[each.role])
        for service in Service
    }


def function_of(grant: Grant) -> tuple[str, str, Service, Access]:
    """What a grant is about: who, for whom, which service, to look or to act."""
    return grant.user, grant.participant, grant.service, grant.access


def _finding(code: str, message: str, found: str, allowed: str) -> Finding:
    remedy = "ask the own security administrator for the function"
    return Finding(code, message, "participantName", found, allowed, remedy, "rulebook 9.4")
