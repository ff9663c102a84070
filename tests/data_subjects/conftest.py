"""Async tests run on the loop that serves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.data_subjects.bureau import Bureau, open_bureau


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": True}


@pytest.fixture
async def bureau(database: str, key_file: Path) -> AsyncIterator[Bureau]:
    async with open_bureau(database, key_file) as bureau:
        yield bureau
