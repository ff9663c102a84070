"""Two short histories: drawn ones, as a school's doors make them."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from benchmarks.history import History, generate_history


class Drawn(msgspec.Struct, frozen=True):
    """A database with a history, and the key file of its keys."""

    dsn: str
    key_file: Path
    history: History


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": True}


@pytest.fixture
def drawn(database: str, key_file: Path) -> Drawn:
    """Two school days of sixty people before three doors."""
    history = generate_history(database, 1500, key_file=key_file, people=60, stations=3)
    return Drawn(database, key_file, history)
