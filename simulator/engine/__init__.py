"""The only clock: SimPy turns a calendar and its people into commands at their simulated time."""

from simulator.engine.run import Run, Step

__all__ = ["Run", "Step"]
