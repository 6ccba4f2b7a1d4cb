"""The one door: a command comes in, its use case is carried out, the journal keeps it.

Engine, features, web services and load tests all come in here, so that what a scenario proves is
what the sandbox serves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from simulator.domain import Finding, Refused, refuse_if_any
from simulator.market import (
    access,
    caps,
    certificates,
    clearing,
    clock,
    corrections,
    credit,
    data,
    day_ahead,
    load,
    merchant,
    messages,
    migration,
    opening,
    played,
    portfolios,
    posting,
    process_events,
    rerun,
    rerun_auction,
    secondary,
    service,
    settlement,
    tor,
    wheeling,
    windows,
)
from simulator.market.arguments import argument_findings
from simulator.market.command import Command
from simulator.market.plain import operator_only
from simulator.market.recordable import recordable
from simulator.market.world import World
from simulator.store import Ask, Entry, Store, Transaction

UseCase = Callable[[Transaction, World, Command], dict[str, Any]]

OPERATORS: Mapping[str, UseCase] = {
    "setup": access.set_up,
    "message": messages.announce,
    "service_down": service.take_down,
    "service_up": service.bring_up,
    "unstructured": messages.announce,
    "preload": data.preload,
    "publish": data.publish,
    "open": opening.open_market,
    "close": windows.close_window,
    "clear": clearing.clear_market,
    "post": posting.post_results,
    "verify_collateral": credit.verify_collateral_command,
    "set_collateral": credit.set_collateral,
    "post_caps": caps.post_caps,
    "day_ahead": day_ahead.run_day_ahead,
    "settle_day": settlement.settle_trading_day,
    "recalculate": settlement.recalculate,
    "correct_price": corrections.correct_price,
    "rerun_day_ahead": rerun.rerun_day_ahead,
    "rerun_auction": rerun_auction.rerun_auction,
    "settle": settlement.statements_available,
    "award_merchant": merchant.award,
    "process": process_events.lead_on,
    "set_reference_load": load.set_reference_load,
    "check_secondary_credit": secondary.check_credit,
    "decide_access": access.decide,
    "provision": access.provision,
    "issue_certificate": certificates.issue,
    "revoke_certificate": certificates.revoke,
    "send_message": messages.send_to,
    "set_clock": clock.set_clock,
    "play": played.play,
}

PARTICIPANTS: Mapping[str, UseCase] = {
    "create_portfolio": portfolios.create,
    "submit_portfolio": portfolios.submit,
    "retract_portfolio": portfolios.retract,
    "delete_portfolio": portfolios.delete,
    "submit_load": load.submit_load,
    "show_need": wheeling.show_need,
    "prepay_wheeling": wheeling.prepay,
    "upload_migration": migration.upload,
    "request_tor_conversion": tor.request,
    "decide_tor_conversion": tor.decide,
    "post_secondary_offer": secondary.post_offer,
    "target_secondary_offer": secondary.target_offer,
    "respond_secondary_offer": secondary.respond,
    "request_access": access.request,
}

USE_CASES: Mapping[str, UseCase] = {**OPERATORS, **PARTICIPANTS}


class MarketRoom:
    """The market of one store in one world."""

    def __init__(self, store: Store, world: World) -> None:
        self.store = store
        self.world = world

    def carry_out(self, command: Command) -> Entry:
        """Do what is asked, once; the answer is durable when it is given.

        A refusal is an answer too: the entry's status says "refused" and nothing has changed.
        Refused is raised only for a kind of command that does not exist.
        """
        return self.carry_out_many([command])[0]

    def carry_out_many(self, commands: Sequence[Command]) -> list[Entry]:
        """The same for several commands in their order: one commit, one answer each."""
        return self.store.record_many([self._ask(command) for command in commands])

    def _ask(self, command: Command) -> Ask:
        use_case = USE_CASES.get(command.kind)
        if use_case is None:
            raise Refused(
                [
                    Finding(
                        "SER0017",
                        "the request is invalid",
                        where="command",
                        found=command.kind,
                        allowed=", ".join(USE_CASES),
                        remedy="use one of these",
                        rule="wire contract 1.2",
                    )
                ]
            )
        arguments = recordable(command.arguments)
        kept = arguments is command.arguments  # as always but for what nothing can keep
        asked = command if kept else replace(command, arguments=arguments)
        return Ask(
            asked.key,
            asked.at,
            asked.actor,
            asked.kind,
            asked.arguments,
            lambda tx: self._effect(tx, use_case, asked),
            asked.user,
        )

    def _effect(self, tx: Transaction, use_case: UseCase, command: Command) -> dict[str, Any]:
        if command.kind in OPERATORS:
            refuse_if_any(operator_only(command))
        refuse_if_any(argument_findings(command))
        refuse_if_any(service.denied(tx, command) or access.denied(tx, self.world, command))
        return use_case(tx, self.world, command)
