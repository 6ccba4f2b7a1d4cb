"""Requests that come in one list are answered one by one, in one commit (wire contract 9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import wraps
from typing import Any

from simulator.domain import Finding, Refused, refuse_if_any
from simulator.market.command import Command
from simulator.market.world import World
from simulator.store import Transaction

UseCase = Callable[[Transaction, World, Command], dict[str, Any]]
OF_A_RECORD = "SER0030"  # what the books say against one record; other codes speak against the list
ERROR = "ERROR"


def several(allowed: Callable[[Transaction, World], None]) -> Callable[[UseCase], UseCase]:
    """A use case for one request also takes a list of them, as its argument `requests`.

    Each gets its own answer, ERROR with a message where its data are refused. A request that names
    somebody or something wrongly refuses the list as a whole. `allowed` raises Refused when none
    is taken now.
    """

    def make(use_case: UseCase) -> UseCase:
        @wraps(use_case)
        def carry_out(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
            allowed(tx, world)
            requests = command.arguments.get("requests")
            if requests is None:
                return use_case(tx, world, command)
            answers: list[Mapping[str, Any]] = []
            refusals: list[Finding] = []
            for place, arguments in enumerate(requests):
                try:
                    answers.append(use_case(tx, world, replace(command, arguments=arguments)))
                except Refused as refusal:
                    if all(finding.code == OF_A_RECORD for finding in refusal.findings):
                        answers.append(_answer(refusal))
                    refusals += [
                        replace(finding, where=f"$[{place}]: {finding.where}")
                        for finding in refusal.findings
                        if finding.code != OF_A_RECORD
                    ]
            refuse_if_any(refusals)
            return {"answers": answers}

        return carry_out

    return make


def _answer(refusal: Refused) -> dict[str, Any]:
    message = "; ".join(finding.message for finding in refusal.findings)
    findings = [finding.as_dict() for finding in refusal.findings]
    return {"status": ERROR, "message": message, "findings": findings}
