"""The servers that the tests of the HTTP door talk to."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import pytest
import structlog

from adapters.http.services import Services
from adapters.logs import log_as_json
from adapters.record import Record
from adapters.settings import Settings
from adapters.wiring import join, recogniser
from inference.weights import ModelStore
from inference.worker import InferenceWorker
from tests.fixtures_database import fresh_database
from tests.fixtures_database import postgres as postgres
from tests.http.contract_recorder import TALLY
from tests.http.live_server import FullQueue, LiveServer, live_server
from tests.http.log_scan import MADE_UP, scan


@pytest.fixture(scope="session", autouse=True)
def logs_without_secrets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What the servers of all tests log goes to a file, as in service; at the end no secret stands in it."""
    file = tmp_path_factory.mktemp("logs") / "servers.jsonl"
    with file.open("w", encoding="utf-8") as stream:
        log_as_json(stream)
        yield
        structlog.reset_defaults()
        logging.getLogger().handlers.clear()
    log = file.read_text(encoding="utf-8")
    found = scan(log, MADE_UP)
    TALLY.secrets += len(found)
    TALLY.log_lines += log.count("\n")
    assert not found, f"{len(found)} secrets stand in the logs: {found[:5]}"


@pytest.fixture(scope="session")
def http_dsn(postgres: str) -> Iterator[str]:
    with fresh_database(postgres) as dsn:
        yield dsn


@pytest.fixture(scope="session")
def http_key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("http") / "keys.json"


@pytest.fixture(scope="session")
def busy_server(http_dsn: str, http_key_file: Path) -> Iterator[LiveServer]:
    """Its inference queue is always full; it needs no models."""

    @asynccontextmanager
    async def over_a_full_queue(record: Record) -> AsyncIterator[Services]:
        worker = cast(InferenceWorker, FullQueue())  # the wiring asks of a worker what this offers
        yield join(_settings(http_key_file, Path()), record, worker)

    with live_server(http_dsn, http_key_file, over_a_full_queue) as server:
        yield server


@pytest.fixture(scope="session")
def warm_server(http_dsn: str, http_key_file: Path, model_store: ModelStore) -> Iterator[LiveServer]:
    """Its models are warm."""
    settings = _settings(http_key_file, model_store.folder)

    @asynccontextmanager
    async def over_warm_models(record: Record) -> AsyncIterator[Services]:
        worker = recogniser(settings)
        await worker.start()
        try:
            yield join(settings, record, worker)
        finally:
            await worker.stop()

    with live_server(http_dsn, http_key_file, over_warm_models) as server:
        yield server


def _settings(key_file: Path, models_dir: Path) -> Settings:
    return Settings(data_dir=key_file.parent, models_dir=models_dir, keys_file=key_file)
