"""Seconds by stage, when somebody brought a clock."""

from __future__ import annotations

from collections.abc import Callable

Clock = Callable[[], float]


class Timer:
    """`with timer.lap("solve"): ...` adds to a stage; without a clock there are no seconds."""

    def __init__(self, clock: Clock | None = None, spent: dict[str, float] | None = None) -> None:
        self._clock = clock
        self._started = clock() if clock else 0.0
        stages = {"read": 0.0, "network": 0.0, "screen": 0.0, "solve": 0.0}
        self._spent = {**stages, **(spent or {})}
        self._stage = ""
        self._since = 0.0

    def lap(self, stage: str) -> Timer:
        """The stage that the `with` block counts for."""
        self._stage = stage
        return self

    def __enter__(self) -> None:
        self._since = self._clock() if self._clock else 0.0

    def __exit__(self, *_: object) -> None:
        if self._clock:
            self._spent[self._stage] += self._clock() - self._since

    def seconds(self) -> dict[str, float]:
        """Seconds by stage and in total."""
        if not self._clock:
            return {}
        total = self._clock() - self._started + self._spent["read"] + self._spent["network"]
        return {**self._spent, "total": total}
