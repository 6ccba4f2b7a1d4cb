"""The truth: relational tables, a hash-chained journal, one transaction a command."""

from simulator.store.batch import Ask
from simulator.store.database import Store, open_store
from simulator.store.journal import Entry
from simulator.store.transaction import Transaction

__all__ = ["Ask", "Entry", "Store", "Transaction", "open_store"]
