"""The one door: a command comes in, its use case is carried out, the journal keeps it.

Engine, features, web services and load tests all come in here, so that what a scenario proves is
what the sandbox serves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from simulator.domain import Finding, Refused
from simulator.market import (
    caps,
    clearing,
    corrections,
    credit,
    data,
    day_ahead,
    messages,
    portfolios,
    posting,
    settlement,
    windows,
)
from simulator.market.command import Command
from simulator.market.world import World
from simulator.store import Entry, Store, Transaction

UseCase = Callable[[Transaction, World, Command], dict[str, Any]]

USE_CASES: Mapping[str, UseCase] = {
    # the operator's
    "setup": messages.announce,
    "message": messages.announce,
    "unstructured": messages.announce,
    "preload": data.preload,
    "publish": data.publish,
    "open": windows.open_window,
    "close": windows.close_window,
    "clear": clearing.clear_market,
    "post": posting.post_results,
    "verify_collateral": credit.verify_collateral_command,
    "post_caps": caps.post_caps,
    "day_ahead": day_ahead.run_day_ahead,
    "settle_day": settlement.settle_trading_day,
    "recalculate": settlement.recalculate,
    "correct_price": corrections.correct_price,
    "settle": settlement.statements_available,
    # the participants'
    "create_portfolio": portfolios.create,
    "submit_portfolio": portfolios.submit,
    "retract_portfolio": portfolios.retract,
    "delete_portfolio": portfolios.delete,
}


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
                    )
                ]
            )
        return self.store.record(
            key=command.key,
            at=command.at,
            actor=command.actor,
            command=command.kind,
            arguments=dict(command.arguments),
            effect=lambda tx: use_case(tx, self.world, command),
        )
