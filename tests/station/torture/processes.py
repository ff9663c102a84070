"""The processes that are killed and started again: several stations in one, and our server."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import asdict
from pathlib import Path

import httpx

from tests.station.torture.nursery import Nursery
from tests.station.torture.stations import Orders

_READY_WITHIN_S = 30.0


class Troop:
    """One process of stations, started anew each time it is killed."""

    def __init__(self, nursery: Nursery, orders: Orders) -> None:
        self.orders = orders
        self._nursery = nursery
        self._log = Path(orders.folder) / "stations.log"
        for name in orders.tokens:
            orders.ledger(name).parent.mkdir(parents=True)
        self.start()

    def start(self) -> None:
        self.process = self._nursery.stations(asdict(self.orders), self._log)

    @property
    def ended(self) -> bool:
        return self.process.ended

    @property
    def complaint(self) -> str:
        """What it wrote before it failed; nothing where all is well."""
        return self._log.read_text()

    @property
    def saved(self) -> list[str]:
        ledgers = [self.orders.ledger(name) for name in self.orders.tokens]
        return [digest for ledger in ledgers if ledger.exists() for digest in ledger.read_text().split()]

    @property
    def share_done(self) -> float:
        return len(self.saved) / (len(self.orders.tokens) * self.orders.check_ins)

    def kill(self) -> int:
        """How many bursts lay in its outboxes then."""
        self.process.kill()
        return self.waiting

    @property
    def waiting(self) -> int:
        """How many bursts lie in its outboxes."""
        return self._count("SELECT count(*) FROM record")

    @property
    def dead_letters(self) -> int:
        return self._count("SELECT count(*) FROM dead_letter")

    def _count(self, query: str) -> int:
        total = 0
        for database in Path(self.orders.folder).glob("*/outbox*/outbox.db"):
            connection = sqlite3.connect(database)
            total += connection.execute(query).fetchone()[0]
            connection.close()
        return total


class Server:
    """Our server as a process, on one database and one port however often it is killed."""

    def __init__(self, nursery: Nursery, dsn: str, folder: Path, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.log = folder / "server.log"
        self._nursery = nursery
        self._environment = {
            "DATABASE_URL": dsn,
            "FACECHECKIN_DATA": str(folder),
            "FACECHECKIN_KEYS": str(folder / "keys.json"),
            "FACECHECKIN_PORT": str(port),
        }
        self.start()

    def start(self) -> None:
        self.process = self._nursery.server(self._environment, self.log)

    def wait_until_ready(self) -> None:
        end_s = time.monotonic() + _READY_WITHIN_S
        while True:
            try:
                if httpx.get(f"{self.url}/health/ready/", timeout=2.0).is_success:
                    return
            except httpx.TransportError:
                pass
            ended = self.process.ended or time.monotonic() > end_s
            assert not ended, self.log_tail()
            time.sleep(0.02)

    def log_tail(self) -> str:
        return self.log.read_text()[-2000:]

    def kill(self) -> None:
        self.process.kill()

    def stop(self) -> None:
        self.process.terminate(20.0)
