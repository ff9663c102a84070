"""What can be seen of a PostgreSQL server from outside: its files, its socket, its processes, its locks."""

from __future__ import annotations

import contextlib
import fcntl
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path


def says_ready(cluster: Path) -> bool:
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) > 7 and lines[7].strip() == "ready"


def answers(sockets: Path) -> bool:
    """Whether somebody listens: the file of a server that was killed still says that it is ready."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(sockets / ".s.PGSQL.5432"))
        except OSError:
            return False
        return True


def at_work(cluster: Path) -> list[int]:
    """The processes of a server on `cluster`; the number that its file names may be another program's by now."""
    if sys.platform == "linux":
        return [int(process.name) for process in Path("/proc").glob("[0-9]*") if _works_in(process, cluster.resolve())]
    try:
        process = (cluster / "postmaster.pid").read_text().splitlines()[0]
    except (FileNotFoundError, IndexError):
        return []
    listed = subprocess.run(["ps", "-o", "command=", "-p", process], capture_output=True, text=True, check=False)
    return [int(process)] if str(cluster) in listed.stdout else []


def _works_in(process: Path, folder: Path) -> bool:
    try:
        return (process / "cwd").readlink() == folder
    except OSError:
        return False


def tail(log: Path) -> str:
    return log.read_text(errors="replace")[-2000:] if log.exists() else "(no log)"


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def is_locked(path: Path) -> bool:
    """Whether another open file holds any lock on `path`."""
    return not _can_lock(path, fcntl.LOCK_EX)


def is_shared(path: Path) -> bool:
    """Whether others, and only shared ones, hold a lock on `path`."""
    return is_locked(path) and _can_lock(path, fcntl.LOCK_SH)


def _can_lock(path: Path, kind: int) -> bool:
    with path.open("w") as file:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
