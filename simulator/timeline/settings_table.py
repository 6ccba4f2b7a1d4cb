"""The settings as the table that scenarios/README.md shows, from the domain itself."""

from __future__ import annotations

from dataclasses import fields

from simulator.domain.settings import Settings


def settings_table() -> str:
    """Markdown rows of every setting: default, unit or allowed values, source and confidence."""
    lines = [
        "| setting | default | unit or values | source | confidence |",
        "|---|---|---|---|---|",
    ]
    for group in Settings.groups():
        defaults = getattr(Settings(), group)
        for item in fields(defaults):
            words = item.metadata
            cells = (
                f"`{group}.{item.name}`",
                _written(getattr(defaults, item.name)),
                words["unit"],
                words["source"],
                words["confidence"],
            )
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _written(value: object) -> str:
    """A default as a scenario file would write it."""
    if isinstance(value, tuple):
        return f"`[{', '.join(_bare(item) for item in value)}]`"
    return f"`{_bare(value)}`"


def _bare(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.12g}"
    return f'"{value}"' if isinstance(value, str) else str(value)
