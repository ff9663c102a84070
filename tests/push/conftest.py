"""One process with people in it, and a push service that it may send to."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.data_subjects.conftest import anyio_backend as anyio_backend
from tests.data_subjects.conftest import bureau as bureau
from tests.http.conftest import busy_server as busy_server
from tests.http.conftest import http_dsn as http_dsn
from tests.http.conftest import http_key_file as http_key_file
from tests.push.local_service import LocalPushService, serving_pushes


@pytest.fixture
async def service() -> AsyncIterator[LocalPushService]:
    async with serving_pushes() as service:
        yield service
