"""The servers that the contract is tried on: one to whom any bytes are a face, and one with real models."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import cast

from adapters.http.services import Services
from adapters.record import Record
from adapters.settings import Settings
from adapters.wiring import join, recogniser
from inference.worker import InferenceWorker
from tests.contract.any_bytes import AnyBytes
from tests.http.live_server import LiveServer, live_server


@contextmanager
def willing(dsn: str, folder: Path) -> Iterator[LiveServer]:
    """It needs no models, and slows nobody down."""
    settings = Settings(data_dir=folder, models_dir=Path(), keys_file=folder / "keys.json", rate_limits="off")

    @asynccontextmanager
    async def over_any_bytes(record: Record) -> AsyncIterator[Services]:
        worker = cast(InferenceWorker, AnyBytes())  # the wiring asks of a worker what this offers
        yield join(settings, record, worker)

    with live_server(dsn, settings.keys_file, over_any_bytes) as server:
        yield server


@contextmanager
def warm(dsn: str, folder: Path, models_dir: Path) -> Iterator[LiveServer]:
    settings = Settings(data_dir=folder, models_dir=models_dir, keys_file=folder / "keys.json")

    @asynccontextmanager
    async def over_warm_models(record: Record) -> AsyncIterator[Services]:
        worker = recogniser(settings)
        await worker.start()
        try:
            yield join(settings, record, worker)
        finally:
            await worker.stop()

    with live_server(dsn, settings.keys_file, over_warm_models) as server:
        yield server
