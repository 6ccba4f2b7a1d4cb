"""Figures as text: coordinates are cut short, what is written in them never is."""

from __future__ import annotations

import re

from simulator.publish.plots_style import figure, svg


def test_a_number_that_is_written_keeps_its_digits():
    made = figure(2, 1)
    axes = made.add_subplot()
    axes.plot([0.0, 1 / 3, 2 / 7], [0.001, 0.0025, 0.004])
    axes.set_yticks([0.001, 0.0025], ["0.001", "0.0025"])
    drawn = svg(made, "factors from 0.001")
    assert re.findall(r">\s*(0\.00\d*)\s*<", drawn) == ["0.001", "0.0025"]
    assert 'aria-label="factors from 0.001"' in drawn
    paths = re.findall(r' d="([^"]*)"', drawn)
    assert paths
    assert not [path for path in paths if re.search(r"\.\d{3}", path)]
