"""A large file arrives whole over a bad line, or not at all."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from inference.weights.downloading import download
from inference.weights.errors import ChecksumMismatch, FetchFailed
from tests.inference.file_server import FileServer, serving

CONTENT = np.random.default_rng(1).bytes(300_000)
DIGEST = hashlib.sha256(CONTENT).hexdigest()


def get(
    server: FileServer, partial: Path, *, path: str = "/file", sha256: str = DIGEST, size: int = 300_000
) -> list[int]:
    """Download without waiting between attempts; answers the bytes that were reported on the way."""
    reported: list[int] = []
    download(server.url(path), partial, bytes=size, sha256=sha256, moved=reported.append, pause_s=0.0)
    return reported


def test_a_file_arrives_whole(tmp_path: Path) -> None:
    with serving(CONTENT) as server:
        reported = get(server, tmp_path / "partial")
    assert (tmp_path / "partial").read_bytes() == CONTENT
    assert reported == sorted(reported)
    assert reported[-1] == len(CONTENT)
    assert server.requested == [None]


def test_a_connection_that_is_cut_is_continued_where_it_broke(tmp_path: Path) -> None:
    with serving(CONTENT, cuts=[100_000, 50_000]) as server:
        get(server, tmp_path / "partial")
    assert (tmp_path / "partial").read_bytes() == CONTENT
    assert server.requested == [None, "bytes=100000-", "bytes=150000-"]


def test_a_later_call_continues_what_an_earlier_one_left(tmp_path: Path) -> None:
    (tmp_path / "partial").write_bytes(CONTENT[:123_456])
    with serving(CONTENT) as server:
        get(server, tmp_path / "partial")
    assert (tmp_path / "partial").read_bytes() == CONTENT
    assert server.requested == ["bytes=123456-"]


def test_a_server_that_gives_no_parts_is_asked_for_the_whole_anew(tmp_path: Path) -> None:
    with serving(CONTENT, cuts=[100_000], ranges=False) as server:
        get(server, tmp_path / "partial")
    assert (tmp_path / "partial").read_bytes() == CONTENT
    assert server.requested == [None, "bytes=100000-"]


def test_a_redirect_is_followed(tmp_path: Path) -> None:
    with serving(CONTENT) as server:
        get(server, tmp_path / "partial", path="/moved")
    assert (tmp_path / "partial").read_bytes() == CONTENT


def test_another_file_of_the_same_size_is_deleted_and_never_continued(tmp_path: Path) -> None:
    with serving(CONTENT[::-1]) as server, pytest.raises(ChecksumMismatch, match=DIGEST):
        get(server, tmp_path / "partial")
    assert not (tmp_path / "partial").exists()


def test_a_file_that_does_not_end_is_cut_off_at_its_published_size(tmp_path: Path) -> None:
    with serving(CONTENT) as server, pytest.raises(FetchFailed, match="larger than the 1000 bytes"):
        get(server, tmp_path / "partial", size=1000)
    assert not (tmp_path / "partial").exists()


def test_a_file_that_is_gone_is_not_asked_for_again(tmp_path: Path) -> None:
    with serving(CONTENT) as server, pytest.raises(FetchFailed, match="HTTP 404"):
        get(server, tmp_path / "partial", path="/gone")
    assert server.requested == [None]


def test_a_server_that_brings_nothing_is_given_up_after_four_attempts_and_the_part_is_kept(tmp_path: Path) -> None:
    with serving(CONTENT, cuts=[100_000, 0, 0, 0, 0]) as server, pytest.raises(FetchFailed, match="could not be"):
        get(server, tmp_path / "partial")
    assert len(server.requested) == 5
    assert (tmp_path / "partial").read_bytes() == CONTENT[:100_000]


def test_no_server_at_all_is_a_sentence(tmp_path: Path) -> None:
    with serving(CONTENT) as server:
        pass
    with pytest.raises(FetchFailed, match=r"http://127\.0\.0\.1:\d+/file could not be downloaded"):
        get(server, tmp_path / "partial")
