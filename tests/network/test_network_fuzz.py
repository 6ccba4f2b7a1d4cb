"""A few hundred mutated files of each format; `network_fuzz.py` runs ten thousand."""

from __future__ import annotations

from network_fuzz import fuzz


def test_mutated_files_are_read_or_refused() -> None:
    outcomes = fuzz(300)
    assert sum(outcomes.values()) == 600
    # both ends are exercised: the mutations are neither harmless nor hopeless
    assert all(number > 10 for number in outcomes.values()), outcomes
    assert len(outcomes) == 4
