"""Notices that the embedded database has ended under a server that lives from it."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress

from adapters.embedded_postgres import DatabaseUnavailable, EmbeddedPostgres
from adapters.postgres_signs import tail
from adapters.settings import Settings


async def until_database_gone(settings: Settings) -> None:
    """Raises DatabaseUnavailable then. A database elsewhere is waited for instead: whoever runs it starts it again."""
    gone = asyncio.Event()
    if settings.database_url is None:
        _watch(EmbeddedPostgres(settings.postgres_dir), asyncio.get_running_loop(), gone)
    await gone.wait()
    embedded = EmbeddedPostgres(settings.postgres_dir)
    raise DatabaseUnavailable(
        f"the database in {embedded.data_dir} has ended; the end of {embedded.log}:\n{tail(embedded.log)}"
    )


def _watch(embedded: EmbeddedPostgres, loop: asyncio.AbstractEventLoop, gone: asyncio.Event) -> None:
    """In a thread that is left behind: nothing interrupts it, and in the end it sees the database go with its owner."""

    def wait() -> None:
        embedded.until_gone()
        with suppress(RuntimeError):  # the loop was closed first
            loop.call_soon_threadsafe(gone.set)

    threading.Thread(target=wait, name="database watch", daemon=True).start()
