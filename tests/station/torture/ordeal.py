"""Runs the torture: stations and server are started, killed and started again, until everything was delivered."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from adapters.database import Database
from adapters.demo.api_client import StaffClient
from adapters.demo.script import Photograph
from adapters.demo.server_process import free_port
from adapters.http.access_tokens import AccessTokens, NewToken
from tests.station.torture.account import Account, take_account
from tests.station.torture.fault_proxy import FaultProxy, Weather
from tests.station.torture.nursery import Nursery
from tests.station.torture.photographs import PEOPLE, photograph
from tests.station.torture.processes import Server, Troop
from tests.station.torture.stations import Kind, Orders

LIMIT_S = 240.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """Stations of one kind: `processes` of them, each with `stations`, each with `check_ins` people."""

    processes: int
    stations: int
    check_ins: int
    kills: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Twenty real stations and 400 check-ins; the two controls suffer the same in the same run."""

    seed: int
    companies: dict[Kind, Company] = field(
        default_factory=lambda: {
            "real": Company(processes=4, stations=5, check_ins=20, kills=5),
            "no-key": Company(processes=1, stations=3, check_ins=20, kills=1),
            "in-memory": Company(processes=1, stations=3, check_ins=20, kills=2),
        }
    )
    server_kills: int = 2
    interval_s: float = 0.3
    weather: Weather = field(default_factory=Weather)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`live_outboxes`: how many bursts lay in the outboxes of the real stations that were killed, at their death."""

    accounts: dict[Kind, Account]
    faults: Counter[str]
    kills: int
    server_kills: int
    live_outboxes: int
    dead_letters: int
    wall_s: float


def torture(nursery: Nursery, dsn: str, folder: Path, plan: Plan) -> Outcome:
    """On an empty, migrated database. Raises AssertionError where the stations did not come to an end."""
    begun_s = time.monotonic()
    port = free_port(0)
    companies = {kind: _names(kind, company) for kind, company in plan.companies.items()}
    tokens = asyncio.run(_make_tokens(dsn, [name for names in companies.values() for name in names]))
    server = Server(nursery, dsn, folder, port)
    try:
        server.wait_until_ready()
        _enrol(server.url, tokens["staff"].token)
        with FaultProxy(port, seed=plan.seed, weather=plan.weather).running() as proxy:
            with _marching(nursery, plan, companies, tokens, folder, proxy.url) as troops:
                ordeal = Ordeal(plan, server, proxy, troops)
                ordeal.endure()
            faults = Counter({str(fault): count for fault, count in proxy.met.items()})
        server.wait_until_ready()
        accounts = {
            kind: take_account(
                dsn,
                _stations(tokens, companies[kind]),
                [digest for troop in troops if troop.orders.kind == kind for digest in troop.saved],
            )
            for kind in companies
        }
    finally:
        server.stop()
    return Outcome(
        accounts=accounts,
        faults=faults,
        kills=ordeal.kills,
        server_kills=ordeal.server_kills,
        live_outboxes=ordeal.live_outboxes,
        dead_letters=sum(troop.dead_letters for troop in troops if troop.orders.kind == "real"),
        wall_s=time.monotonic() - begun_s,
    )


class Ordeal:
    """The killing, by the plan's seed: rounds in an outage, when what was saved must wait, and rounds at any time."""

    def __init__(self, plan: Plan, server: Server, proxy: FaultProxy, troops: Sequence[Troop]) -> None:
        self._rng = random.Random(plan.seed)
        self._plan = plan
        self._server = server
        self._proxy = proxy
        self._troops = troops
        self._due = {kind: company.kills for kind, company in plan.companies.items()}
        self.kills = 0
        self.server_kills = 0
        self.live_outboxes = 0

    def endure(self) -> None:
        end_s = time.monotonic() + LIMIT_S
        while not all(troop.ended for troop in self._troops):
            assert time.monotonic() < end_s, self._standing()
            time.sleep(self._rng.uniform(0.05, 0.3))
            if self.server_kills < self._plan.server_kills and self._share_done > (self.server_kills + 1) / 5:
                self._server.kill()
                self._server.start()
                self.server_kills += 1
            elif any(self._due.values()) and self._share_done > 0:
                self._kill_one_of_each()
        complaints = "".join(troop.complaint for troop in self._troops)
        assert not complaints, complaints

    def _standing(self) -> str:
        """What holds it up, for whoever reads a failure."""
        troops = [
            f"{troop.orders.kind}: {'ended' if troop.ended else 'at work'}, {len(troop.saved)} saved,"
            f" {troop.waiting} waiting {troop.complaint}"
            for troop in self._troops
        ]
        server = f"server {'ended' if self._server.process.ended else 'at work'}: {self._server.log_tail()}"
        return "\n".join(["the stations did not come to an end", *troops, server])

    @property
    def _share_done(self) -> float:
        return min(troop.share_done for troop in self._troops)

    def _kill_one_of_each(self) -> None:
        in_an_outage = sum(self._due.values()) % 2 == 1 or self._due["in-memory"] > 0
        if in_an_outage:
            self._wait_into_an_outage()
        for kind in self._due:
            working = [troop for troop in self._troops if troop.orders.kind == kind and troop.saved and not troop.ended]
            if self._due[kind] == 0 or not working:
                continue
            victim = self._rng.choice(working)
            waiting = victim.kill()
            victim.start()
            self._due[kind] -= 1
            self.kills += 1
            self.live_outboxes += waiting if kind == "real" else 0

    def _wait_into_an_outage(self) -> None:
        """Into its second half, so that something was saved in it."""
        while self._proxy.away:
            time.sleep(0.01)
        while not self._proxy.away:
            time.sleep(0.01)
        time.sleep(self._plan.weather.outage_s / 2)


@contextmanager
def _marching(
    nursery: Nursery,
    plan: Plan,
    companies: dict[Kind, list[str]],
    tokens: dict[str, NewToken],
    folder: Path,
    url: str,
) -> Iterator[list[Troop]]:
    troops: list[Troop] = []
    try:
        for kind, names in companies.items():
            company = plan.companies[kind]
            for number in range(company.processes):
                mine = names[number :: company.processes]
                orders = Orders(
                    kind=kind,
                    folder=str(folder / f"{kind}-{number}"),
                    url=url,
                    tokens={name: tokens[name].token for name in mine},
                    check_ins=company.check_ins,
                    interval_s=plan.interval_s,
                )
                troops.append(Troop(nursery, orders))
        yield troops
    finally:
        for troop in troops:
            troop.process.kill()


@contextmanager
def idle_server(nursery: Nursery, dsn: str, folder: Path) -> Iterator[tuple[str, Path]]:
    """The same server with nobody before it: its address, and the file with a station's token."""
    token = asyncio.run(_make_tokens(dsn, ["idle-station"]))["idle-station"].token
    token_file = folder / "token"
    token_file.touch(mode=0o600)
    token_file.write_text(token, encoding="ascii")
    server = Server(nursery, dsn, folder, free_port(0))
    try:
        server.wait_until_ready()
        yield server.url, token_file
    finally:
        server.stop()


def _names(kind: Kind, company: Company) -> list[str]:
    return [f"{kind}-station-{number}" for number in range(company.processes * company.stations)]


def _stations(tokens: dict[str, NewToken], names: Sequence[str]) -> list[UUID]:
    return [tokens[name].caller.subject for name in names]


async def _make_tokens(dsn: str, stations: Sequence[str]) -> dict[str, NewToken]:
    async with Database(dsn) as database:
        access = AccessTokens(database)
        tokens = {name: await access.create("station", name) for name in stations}
        return {**tokens, "staff": await access.create("staff", "staff")}


def _enrol(url: str, token: str) -> None:
    with StaffClient(url, token) as staff:
        for person in range(PEOPLE):
            id = staff.register(f"person-{person}", f"Person {person}")
            enrolled = staff.enrol(id, [Photograph("front.jpg", photograph(person, "enrolment"))])
            assert not enrolled.refused
