"""Keeps one PostgreSQL server running for as long as any process holds its owners' lock, then stops it.

Started by `adapters.embedded_postgres` as a program of its own, on the standard library alone. Owners hold a shared
lock on a file; the kernel lets go of it however an owner ends, kill -9 included. The keeper waits to hold it alone.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

STOP_TIMEOUT_S = 30.0
_PR_SET_PDEATHSIG = 1


class _ServerGone(Exception):
    """The server ended although it has owners."""


def keep(folder: Path, uid: int, gid: int, inherited: list[int], command: list[str]) -> None:
    """Run `command` until nobody owns `folder` any more. Detaches from the caller first.

    `inherited`: the open files that the server needs.
    """
    # Let go of in the reverse order: a starter that gets the owners' lock finds no keeper.
    with (folder / "owners.lock").open("w") as owners, (folder / "keeper.lock").open("w") as alone:
        # Held before the caller goes on, who may then take a free lock for the keeper's end.
        fcntl.flock(alone, fcntl.LOCK_EX)
        if os.fork():
            os._exit(0)
        os.setsid()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        with (folder / "server.log").open("ab") as log:
            server = _start(command, uid, gid, inherited, log.fileno())
        signal.signal(signal.SIGCHLD, lambda *_: _report_if_gone(server.pid))
        try:
            if not _has_ended(server.pid):
                fcntl.flock(owners, fcntl.LOCK_EX)
        except _ServerGone:
            pass
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        _stop(server)


def _start(command: list[str], uid: int, gid: int, inherited: list[int], log: int) -> subprocess.Popen[bytes]:
    libc = ctypes.CDLL(None, use_errno=True)

    def stop_with_the_keeper() -> None:
        # Linux alone has it; elsewhere a server whose keeper was killed is adopted by the next start.
        if sys.platform == "linux":
            libc.prctl(_PR_SET_PDEATHSIG, signal.SIGINT)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)

    as_root = os.geteuid() == 0
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        cwd="/",
        pass_fds=inherited,
        preexec_fn=stop_with_the_keeper,
        user=uid if as_root else None,
        group=gid if as_root else None,
        extra_groups=[] if as_root else None,
    )


def _report_if_gone(server: int) -> None:
    """A server that was only stopped or continued is told of in the same way."""
    if _has_ended(server):
        raise _ServerGone


def _has_ended(server: int) -> bool:
    """It is left to be reaped, and no lock is taken: a signal may come in the midst of this."""
    return os.waitid(os.P_PID, server, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _stop(server: subprocess.Popen[bytes]) -> None:
    """Fast shutdown (connections are ended, the last checkpoint is written); immediate where that takes too long."""
    if server.poll() is None:
        server.send_signal(signal.SIGINT)
        server.send_signal(signal.SIGCONT)  # one that stands still hears nothing
    with contextlib.suppress(subprocess.TimeoutExpired):
        server.wait(STOP_TIMEOUT_S)
        return
    server.send_signal(signal.SIGQUIT)
    server.wait()


if __name__ == "__main__":
    open_files = [int(number) for number in sys.argv[4].split(",") if number]
    keep(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), open_files, sys.argv[5:])
