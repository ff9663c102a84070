"""The embedded server: private, shared by its owners, and gone when they are, however they end."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from adapters.embedded_postgres import DatabaseUnavailable, EmbeddedPostgres
from adapters.postgres_account import Account

_OWNER = """
import pathlib, signal, sys, time
from adapters.embedded_postgres import EmbeddedPostgres
signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell's background job inherits it ignored
print(EmbeddedPostgres(pathlib.Path(sys.argv[1])).start(), flush=True)
time.sleep(600)
"""

_PLAIN = """
import pathlib, sys, psycopg
from adapters.embedded_postgres import EmbeddedPostgres
with EmbeddedPostgres(pathlib.Path(sys.argv[1])) as dsn, psycopg.connect(dsn) as connection:
    print(connection.info.user)
"""


@pytest.fixture(scope="module")
def created() -> Iterator[Path]:
    """A database that was created and stopped, to copy: creating one takes seconds."""
    with tempfile.TemporaryDirectory(prefix="facecheckin-test-") as folder:
        with EmbeddedPostgres(Path(folder) / "postgres"):
            pass
        yield Path(folder) / "postgres"


@pytest.fixture
def empty() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="facecheckin-test-") as folder:
        yield Path(folder) / "postgres"


@pytest.fixture
def data_dir(created: Path, empty: Path) -> Path:
    subprocess.run(["cp", "-a", created, empty], check=True)
    return empty


def processes_on(data_dir: Path) -> list[int]:
    """The keeper and the server with its children."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdecimal():
            try:
                started_for = (process / "cmdline").read_bytes()
                works_in = (process / "cwd").readlink()
            except OSError:
                continue
            if str(data_dir).encode() in started_for and b"postgres_keeper" in started_for:
                found.append(int(process.name))
            if works_in == data_dir / "cluster":
                found.append(int(process.name))
    return found


def _owner(data_dir: Path) -> subprocess.Popen[str]:
    owner = subprocess.Popen([sys.executable, "-c", _OWNER, data_dir], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    assert owner.stdout.readline().startswith("host="), "the owner did not get its server"
    owner.stdout.close()
    return owner


def _wait_until_gone(data_dir: Path) -> list[int]:
    deadline = time.monotonic() + 60
    while (left := processes_on(data_dir)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


def _ask(dsn: str) -> int:
    with psycopg.connect(dsn) as connection:
        row = connection.execute("SELECT 42").fetchone()
        assert row is not None
        return int(row[0])


def test_it_answers_keeps_what_it_was_told_and_leaves_nothing_running(empty: Path) -> None:
    data_dir = empty
    steps: list[str] = []
    with EmbeddedPostgres(data_dir, progress=steps.append) as dsn:
        with psycopg.connect(dsn) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
        assert processes_on(data_dir)
    assert steps == [
        "creating the database (a few seconds, once)",
        "starting the database",
        "the database is ready",
    ]
    assert _wait_until_gone(data_dir) == []
    with EmbeddedPostgres(data_dir) as dsn, psycopg.connect(dsn) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (7,)


def test_it_is_private_durable_and_hears_no_network(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir) as dsn:
        sockets = Path(str(psycopg.conninfo.conninfo_to_dict(dsn)["host"]))
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
        assert stat.S_IMODE((data_dir / "cluster").stat().st_mode) == 0o700
        with psycopg.connect(dsn) as connection:
            for setting, value in {"listen_addresses": "", "fsync": "on", "synchronous_commit": "on"}.items():
                assert connection.execute(f"SHOW {setting}".encode()).fetchone() == (value,)
        with pytest.raises(psycopg.OperationalError, match=r"Peer authentication failed"):
            psycopg.connect(dsn, user="postgres")


def test_a_second_owner_joins_and_the_server_stays_until_the_last_one_goes(data_dir: Path) -> None:
    first, second = EmbeddedPostgres(data_dir), EmbeddedPostgres(data_dir)
    dsn = first.start()
    pid_file = (data_dir / "cluster" / "postmaster.pid").read_text()
    assert second.start() == dsn
    first.stop()
    assert _ask(dsn) == 42
    assert (data_dir / "cluster" / "postmaster.pid").read_text() == pid_file
    second.stop()
    assert _wait_until_gone(data_dir) == []
    with pytest.raises(psycopg.OperationalError):
        _ask(dsn)


def test_one_object_is_one_owner(data_dir: Path) -> None:
    server = EmbeddedPostgres(data_dir)
    with server, pytest.raises(DatabaseUnavailable, match="already owns"):
        server.start()


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_an_owner_that_is_killed_takes_the_server_with_it(data_dir: Path, end: signal.Signals) -> None:
    owner = _owner(data_dir)
    assert processes_on(data_dir)
    owner.send_signal(end)
    owner.wait()
    assert _wait_until_gone(data_dir) == []


def test_an_owner_that_is_killed_does_not_take_it_from_another(data_dir: Path) -> None:
    killed = _owner(data_dir)
    with EmbeddedPostgres(data_dir) as dsn:
        killed.kill()
        killed.wait()
        time.sleep(0.5)
        assert _ask(dsn) == 42
    assert _wait_until_gone(data_dir) == []


def test_the_next_start_right_after_a_kill_gets_a_server_with_all_that_was_committed(data_dir: Path) -> None:
    owner = _owner(data_dir)
    with EmbeddedPostgres(data_dir) as dsn, psycopg.connect(dsn) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    owner.kill()
    with EmbeddedPostgres(data_dir) as dsn, psycopg.connect(dsn) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (7,)
    owner.wait()
    assert _wait_until_gone(data_dir) == []


def _has_ended(process: int) -> bool:
    """Whether it is gone or a zombie: its locks are released before it becomes one."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.mark.parametrize("whole", [True, False], ids=["keeper-and-server", "keeper-alone"])
def test_a_start_after_the_keeper_was_killed_recovers(data_dir: Path, whole: bool) -> None:
    first = EmbeddedPostgres(data_dir)
    first.start()
    keeper = _keeper(data_dir)
    victims = processes_on(data_dir) if whole else [keeper]
    for process in sorted(victims, key=lambda process: process != keeper):
        with suppress(ProcessLookupError):  # it went with the one before
            os.kill(process, signal.SIGKILL)
    while not _has_ended(keeper):
        time.sleep(0.01)
    with EmbeddedPostgres(data_dir) as dsn:
        assert _ask(dsn) == 42
    first.stop()
    assert _wait_until_gone(data_dir) == []


def _keeper(data_dir: Path) -> int:
    return next(
        process for process in processes_on(data_dir) if b"keeper" in Path(f"/proc/{process}/cmdline").read_bytes()
    )


def _pauses(process: int) -> str:
    """How often it has gone to sleep by itself."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(line for line in lines if line.startswith("voluntary_ctxt_switches"))


def test_a_server_that_was_stopped_goes_on_and_one_that_has_ended_is_noticed(data_dir: Path) -> None:
    embedded = EmbeddedPostgres(data_dir)
    dsn = embedded.start()
    keeper, server = _keeper(data_dir), int((data_dir / "cluster" / "postmaster.pid").read_text().splitlines()[0])
    watching = threading.Thread(target=embedded.until_gone)
    watching.start()
    for number in (signal.SIGSTOP, signal.SIGCONT):
        before = _pauses(keeper)
        os.kill(server, number)
        while _pauses(keeper) == before:
            time.sleep(0.01)
    assert _ask(dsn) == 42
    assert watching.is_alive()
    os.kill(server, signal.SIGKILL)
    watching.join(30)
    assert not watching.is_alive()
    embedded.stop()
    assert _wait_until_gone(data_dir) == []


def test_four_processes_that_start_together_share_one_server(data_dir: Path) -> None:
    program = _OWNER.replace("time.sleep(600)", "sys.stdin.read()")
    owners = [
        subprocess.Popen([sys.executable, "-c", program, data_dir], stdin=-1, stdout=-1, text=True) for _ in range(4)
    ]
    answers = []
    for owner in owners:
        assert owner.stdout is not None
        answers.append(owner.stdout.readline())
    assert len(set(answers)) == 1
    assert answers[0].startswith("host=")
    for owner in owners:
        owner.communicate(timeout=30)
    assert _wait_until_gone(data_dir) == []


def test_a_path_too_long_for_a_socket_works(data_dir: Path) -> None:
    long = data_dir.with_name("long" * 30)
    data_dir.rename(long)
    with EmbeddedPostgres(long) as dsn:
        sockets = Path(str(psycopg.conninfo.conninfo_to_dict(dsn)["host"]))
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
        assert _ask(dsn) == 42
    assert not sockets.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to run it as somebody else")
def test_as_root_it_works_in_a_folder_that_only_root_may_enter(data_dir: Path) -> None:
    data_dir.parent.chmod(0o700)
    with EmbeddedPostgres(data_dir) as dsn:
        assert _ask(dsn) == 42
        server = int((data_dir / "cluster" / "postmaster.pid").read_text().splitlines()[0])
        assert Path(f"/proc/{server}").stat().st_uid != 0
    assert stat.S_IMODE(data_dir.parent.stat().st_mode) == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become a plain user")
def test_a_plain_user_runs_it_as_themselves(empty: Path) -> None:
    data_dir = empty
    plain = 1  # `daemon`: every system has it
    if not Account(plain, plain, "daemon").may_enter(Path(sys.executable).resolve().parent):
        pytest.skip("this Python is installed where a plain user may not enter")
    data_dir.parent.chmod(0o755)
    data_dir.mkdir()
    os.chown(data_dir, plain, plain)
    ran = subprocess.run(
        [sys.executable, "-c", _PLAIN, data_dir],
        user=plain,
        group=plain,
        extra_groups=[],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.stdout, ran.returncode) == ("facecheckin\n", 0), ran.stderr
    assert _wait_until_gone(data_dir) == []


def test_a_server_that_cannot_start_says_why(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir):
        pass
    (data_dir / "cluster" / "postgresql.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(DatabaseUnavailable, match="no_such_setting"):
        EmbeddedPostgres(data_dir).start()


def test_a_file_in_the_place_of_the_folder_is_refused(empty: Path) -> None:
    empty.write_text("in the way")
    with pytest.raises(DatabaseUnavailable, match="cannot be started"):
        EmbeddedPostgres(empty).start()
