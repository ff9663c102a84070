"""Cuts a release of the contract: `python -m adapters.http.release`, from the top of the repository.

A released contract is kept for good beside its digest. What comes after it must let every caller of it go on, unless
the first part of the version was raised.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Any

import msgspec

from adapters.http.contract_changes import breaking_changes
from adapters.http.openapi import CONTRACT_VERSION, openapi_document

RELEASED = Path("docs/contracts/released")
_DIGESTS = "SHA256SUMS"
Version = tuple[int, ...]


class NotReleased(Exception):
    """Says why not, and what to do."""


def version_of(text: str) -> Version:
    return tuple(int(part) for part in text.split("."))


def released_contracts(folder: Path) -> dict[Version, Path]:
    """Oldest first."""
    found = {version_of(path.stem.removeprefix("openapi-")): path for path in folder.glob("openapi-*.json")}
    return dict(sorted(found.items()))


def promises(folder: Path, version: Version) -> list[Path]:
    """The releases whose callers must be able to go on with `version`."""
    return [path for released, path in released_contracts(folder).items() if released[0] == version[0]]


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 by file name, as they were when each was released."""
    lines = (folder / _DIGESTS).read_text(encoding="ascii").splitlines() if (folder / _DIGESTS).exists() else []
    return {name: digest for digest, name in (line.split() for line in lines)}


def release(folder: Path, *, version: str = CONTRACT_VERSION, document: bytes | None = None) -> Path:
    """The file that was written. Raises NotReleased."""
    content = openapi_document() if document is None else document
    present: dict[str, Any] = msgspec.json.decode(content)  # a tree of JSON
    path = folder / f"openapi-{version}.json"
    if path.exists():
        raise NotReleased(f"{version} was released before: raise CONTRACT_VERSION in adapters/http/openapi.py")
    for older in promises(folder, version_of(version)):
        if broken := breaking_changes(msgspec.json.decode(older.read_bytes()), present):
            raise NotReleased(f"callers of {older.name} could not go on:\n  " + "\n  ".join(broken))
    folder.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    kept = {**digests(folder), path.name: hashlib.sha256(content).hexdigest()}
    lines = [f"{digest}  {name}\n" for name, digest in sorted(kept.items())]
    (folder / _DIGESTS).write_text("".join(lines), encoding="ascii")
    return path


if __name__ == "__main__":
    try:
        print(f"released {release(RELEASED)}")  # noqa: T201  # it is a command
    except NotReleased as reason:
        sys.exit(str(reason))
