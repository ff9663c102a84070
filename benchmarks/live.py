"""From a commit to three hundred WebSocket clients, beside Litestar's channels plugin: `python -m benchmarks.live`.

The server, its database and its clients share this machine. Every client is told of every check-in; the plugin is
handed each event as soon as it is committed. Under faults all connections of the server to its database are ended,
once a second.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
import uvloop

from adapters.database import connect
from adapters.embedded_postgres import EmbeddedPostgres
from benchmarks.bars import Bar, judge
from benchmarks.event_store import Server
from benchmarks.live_server import CHANNEL, EVERY_S, Committed, Serving
from benchmarks.live_sockets import Received, connect_clients, until_received

CLIENTS = 300
FAULTY_CLIENTS = 20
Who = Literal["ours", "plugin"]
_WITHIN_S = 10.0
_OTHERS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> %s"


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """Milliseconds from a commit to a client, over all of them; `lost`: messages that some client never got."""

    took_ms: list[float]
    lost: int
    doubled: int

    def __str__(self) -> str:
        p50, p95, most = np.percentile(self.took_ms, [50, 95, 100]) if self.took_ms else (0.0, 0.0, 0.0)
        return (
            f"p50 {p50:6.1f} ms   p95 {p95:6.1f} ms   most {most:7.1f} ms   lost {self.lost}   doubled {self.doubled}"
        )


class ServerProcess:
    """A server, and what it committed when it was told to record."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.serving = msgspec.json.decode(self._line(), type=Serving)

    async def record(self, check_ins: int) -> dict[int, float]:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{check_ins}\n")
        self._process.stdin.flush()
        return msgspec.json.decode(await asyncio.to_thread(self._line), type=Committed).at_s

    def _line(self) -> str:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("{"):
                return line
        raise RuntimeError("the server ended")


@contextmanager
def server_process(who: Who, dsn: str, folder: Path) -> Iterator[ServerProcess]:
    command = [sys.executable, "-m", "benchmarks.live_server", who, dsn, str(folder)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            yield ServerProcess(process)
        finally:
            process.kill()  # the plugin's own shutdown fails once its listener has died


async def measure(who: Who, dsn: str, folder: Path, *, seconds: float, clients: int, faults: bool = False) -> Measured:
    with server_process(who, dsn, folder) as server:
        path = "/api/live/staff/" if who == "ours" else f"/{CHANNEL}"
        watching = await connect_clients(server.serving.port, path, server.serving.token, clients)
        await asyncio.sleep(1.0)
        warm_up = await server.record(10)
        await until_received(watching, list(warm_up), _WITHIN_S)
        recording = asyncio.create_task(server.record(int(seconds / EVERY_S)))
        if faults:
            await _end_connections(dsn, seconds)
        committed = await recording
        await until_received(watching, [*warm_up, *committed], 3.0 if faults else _WITHIN_S)
    return _measured(watching, committed)


async def _end_connections(dsn: str, seconds: float) -> None:
    """All that the server has, once a second."""
    with connect(dsn, name="benchmark faults") as connection:
        for _ in range(int(seconds) - 1):
            await asyncio.sleep(1.0)
            connection.execute(_OTHERS, (connection.info.backend_pid,))


def _measured(watching: Sequence[Received], committed: dict[int, float]) -> Measured:
    took_ms = [
        (client.at_s[position] - at_s) * 1e3
        for client in watching
        for position, at_s in committed.items()
        if position in client.at_s
    ]
    return Measured(
        took_ms=took_ms,
        lost=len(watching) * len(committed) - len(took_ms),
        doubled=sum(len(client.seen) - len(client.at_s) for client in watching),
    )


def bars(seconds: float = 8.0) -> list[Bar]:
    """What the contract promises of the live feed, measured now beside the plugin."""
    with tempfile.TemporaryDirectory() as folder, EmbeddedPostgres(Path(folder) / "postgres") as dsn:
        server = Server(dsn, Path(folder) / "keys.json")
        found: dict[tuple[Who, bool], Measured] = {}
        for faults, clients in ((False, CLIENTS), (True, FAULTY_CLIENTS)):
            for who in ("ours", "plugin"):
                with server.database() as database:
                    measuring = measure(who, database, Path(folder), seconds=seconds, clients=clients, faults=faults)
                    one = found[who, faults] = uvloop.run(measuring)
                kind = "connections ended each second" if faults else "undisturbed"
                print(f"{who:7s} {clients} clients, {kind:30s} {one}")
    p50, p95 = np.percentile(found["ours", False].took_ms, [50, 95])
    lost = sum(found["ours", faults].lost + found["ours", faults].doubled for faults in (False, True))
    return [
        Bar("commit to a WebSocket client, p50", float(p50), 10, "ms"),
        Bar("commit to a WebSocket client, p95", float(p95), 30, "ms"),
        Bar("live messages lost or doubled, under faults too", float(lost), 0),
        Bar("live messages that the plugin loses under faults", float(found["plugin", True].lost), 1, at_least=True),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bar", action="store_true", help="exit 1 and name each bar that falls short")
    parser.add_argument("--seconds", type=float, default=8.0, help="for each run of each rival")
    options = parser.parse_args()
    began = time.monotonic()
    found = bars(options.seconds)
    print(f"took {time.monotonic() - began:.0f} s")
    judge(found, enforce=options.bar)


if __name__ == "__main__":
    main()
