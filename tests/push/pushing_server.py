"""A server that sends push messages, to hosts whose names are made up."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import cast

from adapters.http.services import Services
from adapters.metrics.metrics import Metrics
from adapters.push.addresses import Addresses
from adapters.push.push_settings import PushSettings
from adapters.push_wiring import join_push
from adapters.record import Record
from adapters.settings import Settings
from adapters.wiring import join
from inference.worker import InferenceWorker
from tests.http.live_server import FullQueue, LiveServer, live_server

INSIDE, OUTSIDE, NOWHERE = "inside.example", "push.example", "nowhere.example"


async def made_up(host: str, port: int) -> Sequence[str]:
    found = {INSIDE: ["10.0.0.7"], OUTSIDE: ["8.8.8.8"]}
    if host not in found:
        raise OSError(host)
    return found[host]


@contextmanager
def pushing_server(dsn: str, keys_file: Path) -> Iterator[LiveServer]:
    """It needs no models, and its names are made up."""

    @asynccontextmanager
    async def opened(record: Record) -> AsyncIterator[Services]:
        settings = Settings(data_dir=keys_file.parent, models_dir=Path(), keys_file=keys_file)
        services = join(settings, record, cast(InferenceWorker, FullQueue()))  # no test here asks for a model
        contact = PushSettings(contact="mailto:door@school.example")
        push = join_push(contact, keys_file, record, Metrics(), addresses=Addresses(made_up))
        yield replace(services, push=push, lifespan=(*services.lifespan, push.sender.running))

    with live_server(dsn, keys_file, opened) as server:
        yield server
