"""Certificates as the market knows them: whose they are, and which no longer count.

The certificate itself says who its user is; what the user may do is said by its functions
(`simulator.market.access`). A serial number is kept so that a certificate can be revoked while
the user keeps its functions (wire contract 1).
"""

from __future__ import annotations

from typing import Any

from simulator.domain import Finding, Refused
from simulator.market.command import Command
from simulator.market.plain import understood
from simulator.market.world import World
from simulator.store import Transaction, special_tables

ISSUED, REVOKED = "ISSUED", "REVOKED"


def issue(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """The operator enters a certificate; its number was never entered before."""
    with understood(command):
        user, serial = str(command.arguments["user"]), str(int(command.arguments["serial"]))
    if tx.one(special_tables.certificate, serial=serial) is not None:
        raise Refused([_finding("the certificate is there already", serial, "a new number")])
    row = {"serial": serial, "user": user, "status": ISSUED, "changed_at": command.at}
    tx.insert(special_tables.certificate, [row])
    return {"user": user, "serial": serial, "status": ISSUED}


def revoke(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """From now on nobody calls with this certificate; that cannot be undone."""
    with understood(command):
        serial = str(int(command.arguments["serial"]))
    row = tx.one(special_tables.certificate, serial=serial)
    if row is None or row["status"] == REVOKED:
        found = "the certificate is unknown" if row is None else "the certificate is revoked"
        raise Refused([_finding(found, serial, "a certificate that counts")])
    values = {"status": REVOKED, "changed_at": command.at}
    tx.update(special_tables.certificate, {"serial": serial}, values)
    return {"user": row["user"], "serial": serial, "status": REVOKED}


def revoked(tx: Transaction) -> frozenset[int]:
    """Serial numbers that no longer count."""
    rows = tx.rows(special_tables.certificate, status=REVOKED)
    return frozenset(int(row["serial"]) for row in rows)


def is_known(tx: Transaction, serial: int) -> bool:
    """Whether a certificate of this number was entered."""
    return tx.one(special_tables.certificate, serial=str(serial)) is not None


def _finding(message: str, found: str, allowed: str) -> Finding:
    remedy = "check the certificate's serial number"
    return Finding("SER0017", message, "serial", found, allowed, remedy, "wire contract 1")
