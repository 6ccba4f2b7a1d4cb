"""A whole market in one consistent copy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Engine


def backup_file(engine: Engine, target: Path) -> None:
    """A SQLite database into a new file, page by page, as it was at one moment."""
    pooled = engine.raw_connection()
    try:
        source: Any = pooled.driver_connection
        copy = type(source)(str(target))
        try:
            source.backup(copy)  # all in one step: no commit comes between
        finally:
            copy.close()
    finally:
        pooled.close()
