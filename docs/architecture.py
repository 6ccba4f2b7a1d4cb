"""Draws architecture.svg: the rooms, layer on layer as the import contract in pyproject.toml says.

python docs/architecture.py
"""

import tomllib
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

DOCS = Path(__file__).parent
NOTES = {
    "cli": "marketsim, the program",
    "api": "ten services, mutual TLS",
    "engine": "the only clock (SimPy)",
    "market": "the one door: a command, a use case",
    "clearing": "SFT, auction\n(HiGHS, Pyomo)",
    "rules": "who may do\nwhat, how much",
    "settlement": "to the cent,\nwith lineage",
    "participants": "synthetic\n(Faker)",
    "publish": "downloads,\nreport",
    "store": "tables, journal\n(SQL)",
    "verify": "second opinion,\nno clearing code",
    "network": "power-flow case to DC factors",
    "timeline": "calendar, hours, business days",
    "domain": "the nouns: frozen, no I/O",
}
WIDTH, HEIGHT, GAP = 7.0, 0.62, 0.26
COLOURS = ("#e8eef4", "#e3efe9", "#f6ead9", "#f1ecf5", "#e8eef4", "#ececec")


def layers() -> list[list[str]]:
    """The rooms of each layer, the highest first."""
    project = tomllib.loads((DOCS.parent / "pyproject.toml").read_text(encoding="utf-8"))
    contract = project["tool"]["importlinter"]["contracts"][0]
    return [
        [name.strip().removeprefix("simulator.") for name in layer.split(":")]
        for layer in contract["layers"]
    ]


def draw() -> Figure:
    """One row a layer, one box a room; a row imports from the rows below it."""
    rows = layers()
    figure = Figure(figsize=(9.6, 5.4))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    top = len(rows) * (HEIGHT + GAP)
    axes.set_xlim(-1.25, WIDTH + 0.1)
    axes.set_ylim(-0.75, top + 0.45)
    for depth, rooms in enumerate(rows):
        bottom = top - (depth + 1) * (HEIGHT + GAP)
        width = (WIDTH - (len(rooms) - 1) * 0.08) / len(rooms)
        for place, room in enumerate(rooms):
            left = place * (width + 0.08)
            style = "round,pad=0,rounding_size=0.06"
            axes.add_patch(
                FancyBboxPatch(
                    (left, bottom), width, HEIGHT, boxstyle=style, fc=COLOURS[depth], ec="#5b6675"
                )
            )
            centre = left + width / 2
            axes.text(
                centre, bottom + 0.47, room, ha="center", va="center", weight="bold", size=9.5
            )
            axes.text(centre, bottom + 0.19, NOTES[room], ha="center", va="center", size=7)
    inputs = "scenarios/ · features/ · fixtures/ · a case folder of your own"
    axes.text(WIDTH / 2, top + 0.18, inputs, ha="center", size=8.5, style="italic")
    axes.annotate(
        "", (-0.3, 0.1), (-0.3, top - 0.2), arrowprops={"arrowstyle": "-|>", "color": "#0f5a8a"}
    )
    axes.text(
        -0.75, top / 2, "may import\nfrom below", ha="center", va="center", size=8.5,
        color="#0f5a8a",
    )  # fmt: skip
    outputs = "SQLite or PostgreSQL · published/ · private/ · journal.jsonl · report.html"
    axes.text(WIDTH / 2, -0.4, outputs, ha="center", size=8.5, style="italic")
    return figure


def main() -> None:
    """The same picture, the same bytes."""
    settings = {"svg.fonttype": "none", "svg.hashsalt": "rooms", "font.family": "sans-serif"}
    with mpl.rc_context(settings):
        draw().savefig(DOCS / "architecture.svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
