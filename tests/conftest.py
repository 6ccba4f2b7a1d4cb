"""What all tests share: figures that a test counts are told at the end, whoever ran it.

A test tells one with `record_property("counted", "4,140 cases ...")`.
"""

from __future__ import annotations


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
