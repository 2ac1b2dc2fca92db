"""Values that were measured before, found by content: image bytes, code, parameters, weights, device."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, TypeVar

from lightmeter.errors import LightmeterError

T = TypeVar("T")

_SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS results (
  key TEXT PRIMARY KEY, value REAL, reason TEXT NOT NULL, error REAL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS portraits (key TEXT PRIMARY KEY, portrait TEXT NOT NULL);
SELECT key, value, reason, error FROM results LIMIT 1;
SELECT key, portrait FROM portraits LIMIT 1;
"""
_OURS = (".sqlite", ".sqlite3", ".db")
"""A damaged file of another name may be anything, and is left alone."""

_BESIDE = ("", "-wal", "-shm")
_PATIENCE = 30
"""Seconds to wait for another run that writes into the same file; one batch takes milliseconds."""


class Value(NamedTuple):
    """A value, or None with its reason; its standard error where that is known."""

    value: float | None
    reason: str = ""
    error: float | None = None


class Cache:
    """One sqlite file, safe in threads and between processes; a batch is written in one transaction.

    A damaged file is set aside as `NAME.damaged` and begun anew; where nothing more can be written (disk
    full, file locked), nothing more is remembered. Either is said in `notes`, and no run ends for it.
    """

    def __init__(self, path: Path | None) -> None:
        """`path`: the file, made where it is not there; None keeps nothing beyond this object's
        life, in a file that sqlite makes without a name once memory does not do."""
        self.notes: list[str] = []
        self._path = path
        self._lock = threading.Lock()
        self._writes = True
        try:
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = self._opened()
        except (OSError, sqlite3.Error) as error:
            raise LightmeterError(
                f"the cache {path} cannot be used: {error}; name another with --cache, or give --no-cache"
            ) from error

    def readings(self, keys: Sequence[str]) -> dict[str, Value]:
        """The values among `keys` that are known."""
        marks = ",".join("?" * len(keys))
        question = f"SELECT key, value, reason, error FROM results WHERE key IN ({marks})"
        rows = self._asked(lambda: self._connection.execute(question, tuple(keys)).fetchall())
        return {key: Value(*rest) for key, *rest in rows or ()}

    def portrait(self, key: str) -> str | None:
        """What was kept of an image besides its values, as JSON text."""
        question = "SELECT portrait FROM portraits WHERE key = ?"
        row = self._asked(lambda: self._connection.execute(question, (key,)).fetchone())
        return None if row is None else str(row[0])

    def keep(self, readings: Mapping[str, Value], portraits: Mapping[str, str]) -> None:
        """Write both at once, replacing what was there."""
        if self._writes:
            self._asked(lambda: self._write(readings, portraits))

    def _write(self, readings: Mapping[str, Value], portraits: Mapping[str, str]) -> None:
        with self._connection:
            self._connection.executemany(
                "INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?)",
                [(key, *value) for key, value in readings.items()],
            )
            self._connection.executemany(
                "INSERT OR REPLACE INTO portraits VALUES (?, ?)", list(portraits.items())
            )

    def close(self) -> None:
        """Let go of the file."""
        with self._lock, suppress(sqlite3.Error):
            self._connection.close()

    def _asked(self, work: Callable[[], T]) -> T | None:
        """The answer, or None where the file gives none: begun anew if damaged, else not written to again."""
        with self._lock:
            try:
                return work()
            except sqlite3.OperationalError as error:  # disk full, read-only, locked for too long
                if self._writes:
                    self.notes.append(f"the cache {self._path}: {error}; later values are not remembered")
                self._writes = False
            except sqlite3.DatabaseError as error:
                self._begin_anew(error)
        return None

    def _opened(self) -> sqlite3.Connection:
        try:
            return self._connected()
        except sqlite3.DatabaseError as error:
            if not self._is_damaged(error):
                raise
            self._set_aside(error)
            return self._connected()

    def _connected(self) -> sqlite3.Connection:
        deadline = time.monotonic() + _PATIENCE
        while True:
            connection = sqlite3.connect(self._path or "", timeout=_PATIENCE, check_same_thread=False)
            try:
                connection.executescript(_SCHEMA)
                return connection
            except sqlite3.Error as error:
                connection.close()
                # Two runs that make a file at once: sqlite does not wait for the other's change to WAL.
                if "locked" not in str(error) or time.monotonic() > deadline:
                    raise
            time.sleep(0.02)

    def _is_damaged(self, error: sqlite3.DatabaseError) -> bool:
        """Whether the file is ours and useless: no database, a broken one, or tables of another version."""
        ours = self._path is not None and self._path.is_file() and self._path.suffix in _OURS
        foreign = "no such column" in str(error)
        return ours and (foreign or not isinstance(error, sqlite3.OperationalError))

    def _begin_anew(self, error: sqlite3.DatabaseError) -> None:
        """After damage that shows only when a page is read. Where even that fails, remember in memory."""
        with suppress(sqlite3.Error):
            self._connection.close()
        try:
            self._set_aside(error)
            self._connection = self._connected()
        except (OSError, sqlite3.Error):
            self._path = None
            self._connection = self._connected()

    def _set_aside(self, error: sqlite3.DatabaseError) -> None:
        if self._path is None:
            return
        aside = self._path.with_name(f"{self._path.name}.damaged")
        self.notes.append(f"the cache {self._path} was damaged ({error}): kept as {aside.name}, begun anew")
        for suffix in _BESIDE:
            with suppress(FileNotFoundError):
                self._path.with_name(self._path.name + suffix).replace(aside.with_name(aside.name + suffix))
