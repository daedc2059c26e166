"""The embedded store's database, a SQLite file: made whole, looked over, and followed when it is moved or replaced."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from filelock import FileLock

# A program that makes the tables of a new database.
_MAKE = "import sys; from mlflow import MlflowClient; MlflowClient(sys.argv[1]).search_experiments()"

# Held while somebody looks for news.
_LOOKING = threading.Lock()


def ensure(database: Path, lock: FileLock, artifacts: str) -> None:
    """Make the file unless it is there; it has its name only once it is whole. Runs' files are at `artifacts`.

    Raises OSError and sqlite3.Error.
    """
    # Two that make it at once would trip over each other.
    with lock:
        if not _is_there(database):
            _make(database)
        if database.exists():
            _check(database)
            _follow(database, artifacts)


def writes(database: Path) -> tuple[int, int] | None:
    """What every write to the file changes, by whatever program; None where it cannot be told just now."""
    try:
        with _LOOKING:
            inode = database.stat().st_ino
            (version,) = _looking(database, inode).execute("PRAGMA data_version").fetchone()
            return inode, version
    except (OSError, sqlite3.Error):
        return None


@cache
def _looking(database: Path, inode: int) -> sqlite3.Connection:
    """A connection that reads, and waits for nobody. While it is open no other file gets its `inode`."""
    address = f"{database.absolute().as_uri()}?mode=ro"
    return sqlite3.connect(address, uri=True, timeout=0, check_same_thread=False)


@cache
def follow_replacements() -> None:
    """Have SQLAlchemy open a SQLite file anew once another one is in its place, as when a copy was put back.

    It keeps connections, and one of those would read and write the file that is gone.
    """
    from sqlalchemy import Engine, event
    from sqlalchemy.exc import DisconnectionError
    from sqlalchemy.pool import Pool

    opened: set[Path] = set()

    def refuse(dialect: Any, record: Any, arguments: list[Any], options: Any) -> None:
        # SQLite itself would make an empty file in the place of one that is gone.
        if dialect.name == "sqlite" and Path(arguments[0]) in opened:
            _refuse_if_gone(Path(arguments[0]))

    def remember(connection: Any, record: Any) -> None:
        if isinstance(connection, sqlite3.Connection):
            file = Path(connection.execute("PRAGMA database_list").fetchone()[2])
            opened.add(file)
            record.info["file"] = file, file.stat().st_ino

    def look(connection: Any, record: Any, proxy: Any) -> None:
        if remembered := record.info.get("file"):
            file, inode = remembered
            _refuse_if_gone(file)
            if file.stat().st_ino != inode:
                raise DisconnectionError

    event.listen(Engine, "do_connect", refuse)
    event.listen(Pool, "connect", remember)
    event.listen(Pool, "checkout", look)


def _refuse_if_gone(file: Path) -> None:
    if not file.exists():
        raise FileNotFoundError(f"{file} is gone. Put it back, or start the app again to begin anew.")


def reason(error: BaseException) -> str:
    """What went wrong, in a line: what SQLite says, where it has failed, whatever others made of that."""
    at: BaseException | None = error
    while at and not isinstance(at, sqlite3.Error):
        at = at.__cause__ or at.__context__
    lines = str(at or error).splitlines()
    return lines[0] if lines else type(error).__name__


def has_no_room(error: BaseException) -> bool:
    """Whether what went wrong is that the disk is full, or does not write."""
    text = f"{error} {reason(error)}".lower()
    return any(words in text for words in ("disk is full", "no space left", "disk i/o", "file too large"))


def _is_there(database: Path) -> bool:
    """SQLite leaves an empty file where one was looked for in vain."""
    return database.exists() and database.stat().st_size > 0


def _make(database: Path) -> None:
    partial = database.with_name(f"mlflow-{uuid4().hex[:8]}.partial")
    # In a process of its own, because all that makes tables would stay in this one, which says why if it fails.
    made = subprocess.run([sys.executable, "-c", _MAKE, f"sqlite:///{partial}"], capture_output=True, check=False)
    # That took seconds, in which somebody may have put a copy back.
    if made.returncode == 0 and not _is_there(database):
        partial.replace(database)
    partial.unlink(missing_ok=True)


def _check(database: Path) -> None:
    """Raises sqlite3.DatabaseError for a damaged file: MLflow would keep connections to it, and not see it mended."""
    try:
        with closing(sqlite3.connect(database)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master")
    except sqlite3.OperationalError:
        # Locked, say, or not to be opened.
        raise
    except sqlite3.DatabaseError as error:
        mend = "Put a copy of it back, or move it away to begin anew"
        raise sqlite3.DatabaseError(f"{database} is damaged ({error}). {mend}.") from error


def _follow(database: Path, new: str) -> None:
    """Let the files of runs be where they are now: the folder may have been moved, and MLflow keeps whole addresses."""
    with closing(sqlite3.connect(database)) as connection, connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'experiments'").fetchone():
            return
        moved = "SELECT DISTINCT artifact_location FROM experiments WHERE artifact_location LIKE 'file:%/artifacts'"
        for (old,) in connection.execute(f"{moved} AND artifact_location <> ?", [new]).fetchall():
            known = "UPDATE experiments SET artifact_location = ? WHERE artifact_location = ?"
            connection.execute(known, [new, old])
            known = "UPDATE runs SET artifact_uri = ? || substr(artifact_uri, ?) WHERE substr(artifact_uri, 1, ?) = ?"
            connection.execute(known, [new, len(old) + 1, len(old) + 1, f"{old}/"])
