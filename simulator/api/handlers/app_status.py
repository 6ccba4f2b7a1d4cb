"""App status (wire contract 2)."""

from __future__ import annotations

from simulator.api.call import Call
from simulator.api.router import handles
from simulator.api.types.app_status import AppStatus


@handles("app_status", "get-status")
async def get_status(call: Call) -> AppStatus:
    """It answers, so it is up."""
    return AppStatus(status="up")
