"""A whole server on this machine for a while: embedded database, tokens, and `facecheckin serve` as a child process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from adapters.database import Database
from adapters.demo.server_process import ServerProcess, free_port
from adapters.embedded_postgres import EmbeddedPostgres
from adapters.event_store.migrate import migrate
from adapters.http.access_tokens import AccessTokens, Role
from adapters.settings import Settings

Report = Callable[[str], None]
_ROLES: tuple[Role, ...] = ("station", "staff", "admin")


class LocalServer(msgspec.Struct, frozen=True, kw_only=True):
    """Ready to be called. `token_files` hold a token for each role, readable by this user alone."""

    base_url: str
    token_files: dict[Role, Path]
    pid: int
    ready_after_s: float

    def token(self, role: Role) -> str:
        return self.token_files[role].read_text(encoding="ascii").strip()


@contextmanager
def local_server(settings: Settings, report: Report = lambda _: None) -> Iterator[LocalServer]:
    """On `settings.port`, or any free one where it is taken; everything is kept in `settings.data_dir`.

    Leaving it stops the server and the database. Raises ServerFailed, DatabaseUnavailable.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    with EmbeddedPostgres(settings.postgres_dir, progress=report) as dsn:
        migrate(dsn)
        files = {role: settings.data_dir / f"{role}.token" for role in _ROLES}
        asyncio.run(_make_tokens(dsn, files))
        settings = msgspec.structs.replace(settings, database_url=dsn, port=free_port(settings.port))
        with ServerProcess(settings, settings.data_dir / "serve.log") as server:
            server.start(report)
            yield LocalServer(
                base_url=server.base_url, token_files=files, pid=server.pid, ready_after_s=server.ready_after_s
            )


async def _make_tokens(dsn: str, files: dict[Role, Path]) -> None:
    async with Database(dsn) as database:
        tokens = AccessTokens(database)
        for role, file in files.items():
            if file.exists() and await tokens.find(file.read_text(encoding="ascii").strip()) is not None:
                continue
            file.touch(mode=0o600)
            file.write_text((await tokens.create(role, f"demo {role}")).token, encoding="ascii")
