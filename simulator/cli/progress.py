"""How a run shows that it is alive: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as Bar

from simulator.engine import Step


class Progress:
    """Steps of a run on standard error; nothing when `quiet`."""

    def __init__(self, quiet: bool) -> None:
        self._console = Console(stderr=True, quiet=quiet)
        self._is_terminal = self._console.is_terminal and not quiet
        self._quiet = quiet
        self._bar = Bar(
            TextColumn("{task.description}"), BarColumn(), console=self._console, transient=True
        )
        self._task = self._bar.add_task("starting", total=None)

    def __enter__(self) -> Progress:
        if self._is_terminal:
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._is_terminal:
            self._bar.stop()

    def step(self, step: Step) -> None:
        """Show one step of the operator's calendar."""
        if not step.event_id:
            return
        entry = step.entry
        mark = "=" if step.replayed else {"done": "+", "refused": "!"}[entry.status]
        self.phase(f"{mark} {entry.key}")

    def phase(self, text: str) -> None:
        """Show what is being done now."""
        if self._is_terminal:
            self._bar.update(self._task, description=text)
        elif not self._quiet:
            sys.stderr.write(f"{text}\n")
