"""The servers that the tests of the contract talk to, each on a database of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from inference.weights import ModelStore
from tests.contract.servers import warm, willing
from tests.fixtures_database import fresh_database
from tests.http.conftest import logs_without_secrets as logs_without_secrets
from tests.http.live_server import LiveServer


@pytest.fixture(scope="session")
def willing_server(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with fresh_database(postgres) as dsn, willing(dsn, tmp_path_factory.mktemp("willing")) as server:
        yield server


@pytest.fixture(scope="session")
def real_server(
    postgres: str, tmp_path_factory: pytest.TempPathFactory, model_store: ModelStore
) -> Iterator[tuple[LiveServer, str]]:
    """With the DSN of its database."""
    folder = tmp_path_factory.mktemp("real")
    with fresh_database(postgres) as dsn, warm(dsn, folder, model_store.folder) as server:
        yield server, dsn
