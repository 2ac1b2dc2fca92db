"""Values that were measured before, found by content: image bytes, code, parameters, weights, device."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from lightmeter.errors import LightmeterError

_SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS results (
  key TEXT PRIMARY KEY, value REAL, reason TEXT NOT NULL, error REAL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS portraits (key TEXT PRIMARY KEY, portrait TEXT NOT NULL);
"""


class Value(NamedTuple):
    """A value, or None with its reason; its standard error where that is known."""

    value: float | None
    reason: str = ""
    error: float | None = None


class Cache:
    """One sqlite file, safe in threads; a batch is written in one transaction, so a kill loses one batch."""

    def __init__(self, path: Path | None) -> None:
        """`path`: the file, made where it is not there; None keeps nothing beyond this object's life."""
        self._lock = threading.Lock()
        try:
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path or ":memory:", timeout=30, check_same_thread=False)
            self._connection.executescript(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise LightmeterError(
                f"the cache {path} cannot be used: {error}; name another with --cache, or give --no-cache"
            ) from error

    def readings(self, keys: Sequence[str]) -> dict[str, Value]:
        """The values among `keys` that are known."""
        marks = ",".join("?" * len(keys))
        with self._lock:
            rows = self._connection.execute(
                f"SELECT key, value, reason, error FROM results WHERE key IN ({marks})",
                tuple(keys),
            ).fetchall()
        return {key: Value(*rest) for key, *rest in rows}

    def portrait(self, key: str) -> str | None:
        """What was kept of an image besides its values, as JSON text."""
        with self._lock:
            row = self._connection.execute("SELECT portrait FROM portraits WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def keep(self, readings: Mapping[str, Value], portraits: Mapping[str, str]) -> None:
        """Write both at once, replacing what was there."""
        with self._lock, self._connection:
            self._connection.executemany(
                "INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?)",
                [(key, *value) for key, value in readings.items()],
            )
            self._connection.executemany(
                "INSERT OR REPLACE INTO portraits VALUES (?, ?)", list(portraits.items())
            )

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()
