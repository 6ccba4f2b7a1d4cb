"""An open Market Sim for congestion revenue rights (CRR).

One engine, three doors: calendars are data, the engine turns them into commands, and the market
room carries each command out. See docs/architecture.md for the rooms and who may import whom.
"""

__version__ = "0.1.0"
