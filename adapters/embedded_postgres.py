"""A real PostgreSQL server for one box: started from the wheel's binaries, stopped when its last owner goes."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import IO

from adapters.postgres_account import Account, AccountMissing, account_for
from adapters.postgres_installation import DEFAULT_VERSION, InstallationMissing, programs
from adapters.postgres_signs import answers, at_work, is_locked, is_shared, locked, says_ready, tail

USER = "facecheckin"
_LONGEST_SOCKET_FOLDER = 80
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "15min",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "random_page_cost": "1.1",
    "jit": "off",
    "log_min_messages": "warning",
    "log_line_prefix": "%m [%p] %a ",
}

Progress = Callable[[str], None]


class DatabaseUnavailable(Exception):
    """The embedded server could not be started; the message says why."""


class EmbeddedPostgres:
    """The server that keeps its data in `data_dir`; any number of processes may own it at once.

    `start` joins the server where it runs already, and `stop` leaves it to its other owners. An owner that is killed
    counts as gone at once. As root the server runs as `nobody`, or as whoever owns the data.
    """

    def __init__(self, data_dir: Path, *, progress: Progress = lambda _: None, timeout_s: float = 60.0) -> None:
        self.data_dir = data_dir.absolute()
        self._progress = progress
        self._timeout_s = timeout_s
        self._ownership: IO[str] | None = None
        self._elsewhere: Path | None = None

    @property
    def log(self) -> Path:
        return self.data_dir / "server.log"

    def start(self) -> str:
        """The DSN of the running server. Raises DatabaseUnavailable."""
        if self._ownership is not None:
            raise DatabaseUnavailable(f"this object already owns the database in {self.data_dir}")
        try:
            account = _prepare(self.data_dir)
            with locked(self.data_dir / "start.lock"):
                # Blocks while a keeper stops a server that its last owner has just left.
                ownership = (self.data_dir / "owners.lock").open("w")
                fcntl.flock(ownership, fcntl.LOCK_SH)
                try:
                    dsn = self._join_or_run(account)
                except BaseException:
                    ownership.close()
                    raise
        except (AccountMissing, InstallationMissing, OSError) as error:
            raise DatabaseUnavailable(f"the database in {self.data_dir} cannot be started: {error}") from error
        self._ownership = ownership
        return dsn

    def stop(self) -> None:
        """Give the server up, and wait until it has stopped unless another process owns it too."""
        if self._ownership is None:
            return
        self._ownership.close()
        self._ownership = None
        deadline = time.monotonic() + self._timeout_s
        while is_locked(self.data_dir / "keeper.lock") and not is_shared(self.data_dir / "owners.lock"):
            if time.monotonic() > deadline:
                raise DatabaseUnavailable(f"the server in {self.data_dir} did not stop in {self._timeout_s:g} s")
            time.sleep(0.01)
        self._tidy()

    def until_gone(self) -> None:
        """Blocks until the running server has ended, whoever ended it. For any process, an owner or not."""
        with (self.data_dir / "keeper.lock").open("w") as keeper:
            fcntl.flock(keeper, fcntl.LOCK_SH)

    def __enter__(self) -> str:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _tidy(self) -> None:
        """Remove a socket folder that is not beside the data, unless somebody has started the server again."""
        with locked(self.data_dir / "start.lock"):
            if self._elsewhere is not None and not is_locked(self.data_dir / "keeper.lock"):
                with contextlib.suppress(OSError):
                    self._elsewhere.rmdir()

    def _join_or_run(self, account: Account) -> str:
        cluster = self.data_dir / "cluster"
        if not (cluster / "PG_VERSION").exists():
            self._progress("creating the database (a few seconds, once)")
            self._create(cluster, account)
        sockets = _socket_folder(self.data_dir, account)
        self._elsewhere = sockets if sockets.parent != self.data_dir else None
        if not is_locked(self.data_dir / "keeper.lock"):
            self._progress("starting the database")
            self._end_orphan(cluster, sockets)
            _allow(cluster, account)
            self._run_keeper(cluster, sockets, account)
        self._wait_until_ready(cluster, sockets)
        self._progress("the database is ready")
        return f"host={sockets} user={USER} dbname=postgres"

    def _create(self, cluster: Path, account: Account) -> None:
        if cluster.exists():
            shutil.rmtree(cluster)  # an initdb that was killed: PG_VERSION is there once it is whole
        cluster.mkdir(mode=0o700)
        os.chown(cluster, account.uid, account.gid)
        program = programs(DEFAULT_VERSION, account) / "initdb"
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--encoding=UTF8"]
        auth = ["--auth-local=peer", "--auth-host=reject", f"--username={USER}", "--no-instructions"]
        with _entered(cluster) as (name, folder):
            made = subprocess.run(
                [program, "-D", name, *locale, *auth],
                cwd="/",
                pass_fds=folder,
                capture_output=True,
                text=True,
                check=False,
                user=account.uid if os.geteuid() == 0 else None,
                group=account.gid if os.geteuid() == 0 else None,
                extra_groups=[] if os.geteuid() == 0 else None,
            )
        if made.returncode != 0:
            raise DatabaseUnavailable(f"the database could not be created in {cluster}: {made.stderr.strip()[-2000:]}")

    def _run_keeper(self, cluster: Path, sockets: Path, account: Account) -> None:
        program = programs(_version(cluster), account) / "postgres"
        settings = {**_SETTINGS, "unix_socket_directories": str(sockets)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        keeper = [sys.executable, "-I", "-S", str(Path(__file__).with_name("postgres_keeper.py"))]
        with _entered(cluster) as (name, folder):
            inherited = ",".join(map(str, folder))
            arguments = [str(self.data_dir), str(account.uid), str(account.gid), inherited]
            command = [*keeper, *arguments, str(program), "-D", name, *options]
            subprocess.run(command, cwd="/", pass_fds=folder, check=True)

    def _end_orphan(self, cluster: Path, sockets: Path) -> None:
        """A server whose keeper was killed stops by itself on Linux; elsewhere it is told to."""
        deadline = time.monotonic() + self._timeout_s
        told = False
        while servers := at_work(cluster):
            if not told and (sys.platform != "linux" or time.monotonic() > deadline - self._timeout_s / 2):
                for server in servers:
                    os.kill(server, signal.SIGINT)
                told = True
            if time.monotonic() > deadline:
                raise DatabaseUnavailable(f"another server (process {servers[0]}) runs on {cluster}")
            time.sleep(0.01)
        # What these files name has ended; PostgreSQL would mind that nobody has reaped it yet.
        for stale in (cluster / "postmaster.pid", sockets / ".s.PGSQL.5432.lock"):
            stale.unlink(missing_ok=True)

    def _wait_until_ready(self, cluster: Path, sockets: Path) -> None:
        deadline = time.monotonic() + self._timeout_s
        while not (says_ready(cluster) and answers(sockets)):
            if not is_locked(self.data_dir / "keeper.lock") or time.monotonic() > deadline:
                raise DatabaseUnavailable(f"the server did not start; the end of {self.log}:\n{tail(self.log)}")
            time.sleep(0.01)


def _prepare(data_dir: Path) -> Account:
    """Make the folder, private to the account that the server will run as."""
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    account = account_for(data_dir)
    os.chown(data_dir, account.uid, account.gid)
    data_dir.chmod(0o700)
    return account


def _version(cluster: Path) -> int:
    return int((cluster / "PG_VERSION").read_text())


def _allow(cluster: Path, account: Account) -> None:
    """Whoever runs the server, and root, may connect; nobody else, whatever they know."""
    callers = ["root"] if account.name == "nobody" else [account.name, "root"]
    (cluster / "pg_hba.conf").write_text("local all all peer map=owner\n")
    (cluster / "pg_ident.conf").write_text("".join(f"owner {name} {USER}\n" for name in callers))


@contextlib.contextmanager
def _entered(folder: Path) -> Iterator[tuple[str, tuple[int, ...]]]:
    """A name for `folder`, and the open files that the program which uses the name must inherit.

    Root's folders may be closed to the account: it then comes in through a folder that root has opened for it.
    """
    if os.geteuid() != 0 or sys.platform != "linux":
        yield str(folder), ()
        return
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{opened}", (opened,)
    finally:
        os.close(opened)


def _socket_folder(data_dir: Path, account: Account) -> Path:
    """Beside the data; where that path is too long for a socket or closed, a private folder named after it."""
    folder = data_dir / "socket"
    if len(str(folder)) > _LONGEST_SOCKET_FOLDER or not account.may_enter(data_dir):
        digest = sha256(str(data_dir).encode()).hexdigest()[:12]
        folder = Path(tempfile.gettempdir()) / f"facecheckin-{account.uid}-{digest}"
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        os.chown(folder, account.uid, account.gid)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid or stat.S_IMODE(found.st_mode) != 0o700:
        raise DatabaseUnavailable(f"{folder} is not a private folder of {account.name}; remove it")
    return folder
