"""The outbox keeps what it took: through a kill, a full disk, a corrupt file; and keeps it from other eyes."""

from __future__ import annotations

import signal
import sqlite3
import stat
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from edge_device.outbox import Outbox, OutboxFailed, OutboxFull, Quota
from edge_device.outbox_file import OpenedOutbox, open_outbox
from edge_device.record import Draft
from edge_device.vault import Unreadable

PIXELS = b"\xff\xd8 these are the pixels of a face \xff\xd9"


def draft(number: int = 1, *, user_id: str | None = "ada@example.org", size: int = 0) -> Draft:
    frames = tuple(PIXELS + bytes([frame]) + bytes(size) for frame in range(6))
    return Draft(burst_id=f"burst-{number}", user_id=user_id, primary=2, jpegs=frames, monotonic_ns=1000 + number)


@contextmanager
def outbox(folder: Path, quota: Quota | None = None) -> Iterator[Outbox]:
    opened = open_outbox(folder, boot_id="this boot", quota=quota)
    try:
        yield opened.outbox
    finally:
        opened.close()


def reopened(folder: Path) -> OpenedOutbox:
    return open_outbox(folder, boot_id="next boot")


def test_a_kept_burst_is_loaded_as_it_was_put_after_a_restart(tmp_path: Path) -> None:
    with outbox(tmp_path) as box:
        entry = box.put(draft())
    with outbox(tmp_path) as box:
        assert box.waiting() == [entry]
        record = box.load(entry.sequence)
    assert (record.burst_id, record.user_id, record.primary) == ("burst-1", "ada@example.org", 2)
    assert record.jpegs == draft().jpegs
    assert (record.boot_id, record.monotonic_ns) == ("this boot", 1001)


def test_bursts_wait_in_the_order_they_were_put(tmp_path: Path) -> None:
    with outbox(tmp_path) as box:
        for number in (3, 1, 2):
            box.put(draft(number))
        assert [entry.burst_id for entry in box.waiting()] == ["burst-3", "burst-1", "burst-2"]


def test_neither_pixels_nor_the_person_lie_readable_on_the_disk(tmp_path: Path) -> None:
    with outbox(tmp_path) as box:
        box.put(draft())
        on_disk = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"burst-1" in on_disk
    assert PIXELS not in on_disk
    assert b"ada@example.org" not in on_disk


def test_only_the_owner_may_read_the_device_key_and_the_outbox(tmp_path: Path) -> None:
    with outbox(tmp_path) as box:
        box.put(draft())
        assert stat.S_IMODE((tmp_path / "device.key").stat().st_mode) == 0o600
        assert stat.S_IMODE((tmp_path / "outbox.db").stat().st_mode) == 0o600


def test_a_burst_does_not_open_with_the_key_of_another_device(tmp_path: Path) -> None:
    with outbox(tmp_path) as box:
        entry = box.put(draft())
    (tmp_path / "device.key").write_bytes(bytes(32))
    with outbox(tmp_path) as box, pytest.raises(Unreadable):
        box.load(entry.sequence)


def test_an_acknowledged_burst_leaves_no_frames_and_no_key(tmp_path: Path) -> None:
    with outbox(tmp_path) as box:
        entry = box.put(draft())
        box.remove(entry.sequence)
        assert (box.waiting(), box.waiting_items, box.waiting_bytes) == ([], 0, 0)
    with sqlite3.connect(tmp_path / "outbox.db") as connection:
        assert connection.execute("SELECT count(*) FROM record_key").fetchone() == (0,)
    connection.close()


def test_a_dead_letter_keeps_what_is_known_and_drops_the_pixels(tmp_path: Path) -> None:
    with outbox(tmp_path) as box:
        entry = box.put(draft())
        box.bury(entry.sequence, "identify", "person-unknown", "nobody has that user id")
        [letter] = box.dead_letters()
        assert (letter.burst_id, letter.user_id, letter.code) == ("burst-1", "ada@example.org", "person-unknown")
        assert box.waiting() == []
    with sqlite3.connect(tmp_path / "outbox.db") as connection:
        assert connection.execute("SELECT count(*) FROM record").fetchone() == (0,)
    connection.close()


def test_the_quota_of_items_refuses_the_burst_that_is_too_many(tmp_path: Path) -> None:
    with outbox(tmp_path, Quota(items=2)) as box:
        first = box.put(draft(1))
        box.put(draft(2))
        with pytest.raises(OutboxFull) as full:
            box.put(draft(3))
        assert full.value.reason == "items"
        box.remove(first.sequence)
        box.put(draft(3))


def test_the_quota_of_bytes_counts_what_waited_before_a_restart(tmp_path: Path) -> None:
    with outbox(tmp_path) as box:
        box.put(draft(1, size=10_000))
    with outbox(tmp_path, Quota(bytes=100_000)) as box, pytest.raises(OutboxFull) as full:
        box.put(draft(2, size=10_000))
    assert full.value.reason == "bytes"


def test_a_full_disk_refuses_the_burst_and_keeps_those_before_it(tmp_path: Path) -> None:
    with outbox(tmp_path) as box:
        entry = box.put(draft(1, size=10_000))
        pages = box._connection.execute("PRAGMA page_count").fetchone()[0]
        box._connection.execute(f"PRAGMA max_page_count = {pages + 1}")
        with pytest.raises(OutboxFull) as full:
            box.put(draft(2, size=10_000))
        assert full.value.reason == "disk"
        assert box.waiting() == [entry]
        assert box.load(entry.sequence).jpegs == draft(1, size=10_000).jpegs


@pytest.mark.parametrize("damage", ["overwritten", "no database", "cut"])
def test_a_corrupt_outbox_is_moved_aside_and_a_new_one_works(tmp_path: Path, damage: str) -> None:
    with outbox(tmp_path) as box:
        for number in range(20):
            box.put(draft(number, size=2_000))
    database = tmp_path / "outbox.db"
    whole = database.read_bytes()
    damaged = {
        "overwritten": whole[:4096] + bytes(len(whole) - 4096),
        "no database": b"this is no database" * 400,
        "cut": whole[: len(whole) // 3],
    }[damage]
    database.write_bytes(damaged)
    opened = reopened(tmp_path)
    try:
        assert opened.moved_aside == tmp_path / "outbox.db.corrupt-1"
        assert opened.moved_aside.read_bytes() == damaged
        assert opened.outbox.waiting() == []
        opened.outbox.put(draft(99))
    finally:
        opened.close()


def test_a_whole_outbox_is_not_moved_aside(tmp_path: Path) -> None:
    with outbox(tmp_path) as box:
        box.put(draft())
    opened = reopened(tmp_path)
    assert opened.moved_aside is None
    opened.close()


def test_a_second_station_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    with outbox(tmp_path), pytest.raises(OutboxFailed, match="another station"):
        reopened(tmp_path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutboxFailed, match="cannot be opened"):
        open_outbox(tmp_path / "file" / "state", boot_id="this boot")


def test_what_was_put_survives_kill_9_right_after(tmp_path: Path) -> None:
    program = textwrap.dedent("""
        import os, signal, sys
        from pathlib import Path
        from edge_device.outbox_file import open_outbox
        from tests.station.test_outbox import draft
        box = open_outbox(Path(sys.argv[1]), boot_id="this boot").outbox
        for number in range(5):
            box.put(draft(number))
        os.kill(os.getpid(), signal.SIGKILL)
    """)
    killed = subprocess.run([sys.executable, "-c", program, tmp_path], check=False)
    assert killed.returncode == -signal.SIGKILL
    with outbox(tmp_path) as box:
        assert [box.load(entry.sequence).jpegs for entry in box.waiting()] == [draft().jpegs] * 5


def test_put_syncs_before_it_returns_and_an_acknowledgement_does_not(tmp_path: Path) -> None:
    statements: list[str] = []
    with outbox(tmp_path) as box:
        box._connection.set_trace_callback(statements.append)
        entry = box.put(draft())
        assert [s for s in statements if "PRAGMA" in s or s == "COMMIT"] == ["PRAGMA synchronous = FULL", "COMMIT"]
        statements.clear()
        box.remove(entry.sequence)
        assert [s for s in statements if "PRAGMA" in s or s == "COMMIT"] == ["PRAGMA synchronous = NORMAL", "COMMIT"]
