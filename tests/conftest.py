"""What all tests share: figures that a test counts are told at the end, whoever ran it.

A test tells one with `record_property("counted", "4,140 cases ...")`.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from simulator.store import Store, special_tables


@pytest.fixture
def note() -> Callable[[Store, int], None]:
    """Writes one row, which the moment names, by one command."""

    def noted(store: Store, moment: int) -> None:
        def effect(tx):
            tx.insert(special_tables.played, [{"participant": f"P{moment}", "since": moment}])
            return {}

        store.record(
            key=f"note/{moment}", at=moment, actor="OPERATOR", command="play", arguments={},
            effect=effect,
        )  # fmt: skip

    return noted


def pytest_terminal_summary(terminalreporter):
    counted = [
        value
        for report in terminalreporter.stats.get("passed", [])
        for name, value in report.user_properties
        if name == "counted"
    ]
    if counted:
        terminalreporter.section("counted")
        for line in sorted(set(counted)):
            terminalreporter.write_line(line)
