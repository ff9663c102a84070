"""One process with people in it, and a push service that it may send to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.data_subjects.bureau import Bureau, open_bureau
from tests.http.conftest import busy_server as busy_server
from tests.http.conftest import http_dsn as http_dsn
from tests.http.conftest import http_key_file as http_key_file
from tests.push.local_service import LocalPushService, serving_pushes


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": True}


@pytest.fixture
async def bureau(database: str, key_file: Path) -> AsyncIterator[Bureau]:
    async with open_bureau(database, key_file) as bureau:
        yield bureau


@pytest.fixture
async def service() -> AsyncIterator[LocalPushService]:
    async with serving_pushes() as service:
        yield service
