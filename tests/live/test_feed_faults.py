"""Each link is broken in turn while a thousand updates flow: everybody is told all of them, once, in order."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import pytest

from adapters.database import connect
from adapters.record import Record, open_record
from domain import check_in as check_ins
from tests.event_store import samples
from tests.fixtures_database import fresh_database
from tests.http.live_server import LiveServer
from tests.live.followers import EventFollower, Follower, PluginFollower, SocketFollower
from tests.live.servers import PluginServer, feeding_server, plugin_server

UPDATES = 1_000
PEOPLE = 4
A_SECOND = 140
_END = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> %s"
_END_NAMED = _END + " AND application_name = %s"


class FaultRun(msgspec.Struct):
    """`committed`: every position, in order, and those about the person whose phone watches."""

    committed: list[int]
    of_person: list[int]
    staff: list[Follower]
    phones: list[Follower]
    plugins: list[Follower]
    reconnects: int


class Scene:
    """Two servers over one database, which come and go, and the rival's beside them."""

    def __init__(self, dsn: str, key_file: Path, stack: ExitStack) -> None:
        self._dsn = dsn
        self._key_file = key_file
        self._stacks = [stack.enter_context(ExitStack()) for _ in range(2)]
        self.servers: list[LiveServer] = [self._start(number) for number in range(2)]
        self.rival: PluginServer = stack.enter_context(plugin_server(dsn))
        self.reconnects = 0

    def ports(self) -> list[int]:
        return [server.port for server in self.servers]

    def restart(self, number: int) -> None:
        self.reconnects += self.servers[number].services.live.figures.reconnects
        self._stacks[number].close()
        self.servers[number] = self._start(number)

    def end_connections(self, name: str | None = None) -> None:
        with connect(self._dsn, name="faults") as connection:
            mine = connection.info.backend_pid
            ended = connection.execute(_END, (mine,)) if name is None else connection.execute(_END_NAMED, (mine, name))
            assert ended.rowcount > 0, f"nobody is connected as {name}"

    def _start(self, number: int) -> LiveServer:
        return self._stacks[number].enter_context(feeding_server(self._dsn, self._key_file))


@pytest.fixture(scope="module")
def run(postgres: str) -> Iterator[FaultRun]:
    with (
        fresh_database(postgres) as dsn,
        tempfile.TemporaryDirectory(prefix="facecheckin-faults-") as folder,
        ExitStack() as stack,
    ):
        key_file = Path(folder, "keys.json")
        yield asyncio.run(_run(dsn, key_file, Scene(dsn, key_file, stack)))


async def _run(dsn: str, key_file: Path, scene: Scene) -> FaultRun:
    async with open_record(dsn, key_file) as record:
        people = [uuid4() for _ in range(PEOPLE)]
        await asyncio.to_thread(record.keys.prepare, people)
        tokens = scene.servers[0].services.tokens
        phone = scene.servers[0].run(tokens.create("person", "phone", subject=people[0])).token
        dashboard = scene.servers[0].callers["staff"].token
        staff: list[Follower] = [
            kind(scene.ports, "/api/live/staff/", dashboard, first=first)
            for kind in (SocketFollower, EventFollower)
            for first in range(3)
        ]
        phones: list[Follower] = [
            SocketFollower(scene.ports, "/api/live/mine/", phone, first=first) for first in (0, 1)
        ]
        plugins: list[Follower] = [PluginFollower(lambda: [scene.rival.port], "", "", first=0)]
        following = [asyncio.create_task(follower.follow()) for follower in (*staff, *phones, *plugins)]
        committed: dict[int, UUID] = {}
        breaking = asyncio.create_task(_break_each_link(scene, [*staff, *phones], committed))
        await _come_in(record, people, scene.rival, committed)
        await breaking
        await _settled([*staff, *phones], max(committed))
        for task in following:
            task.cancel()
        await asyncio.gather(*following, return_exceptions=True)
    return FaultRun(
        committed=sorted(committed),
        of_person=sorted(position for position, person in committed.items() if person == people[0]),
        staff=staff,
        phones=phones,
        plugins=plugins,
        reconnects=scene.reconnects + sum(server.services.live.figures.reconnects for server in scene.servers),
    )


async def _come_in(record: Record, people: list[UUID], rival: PluginServer, committed: dict[int, UUID]) -> None:
    """At an even pace: a start with its claim, and the match."""
    began = asyncio.get_running_loop().time()

    async def come_in(number: int) -> None:
        check_in, person = uuid4(), people[number % len(people)]
        begun = check_ins.start(
            station_id=uuid4(),
            burst_id=str(number),
            request_digest="digest",
            claimed=person,
            captured_at=None,
            at=datetime.now(UTC),
        )
        await asyncio.sleep(began + 2 * number / A_SECOND - asyncio.get_running_loop().time())
        for version, event in enumerate([*begun, *samples.matched(person)]):
            position = await record.store.append(check_in, version, [event])
            committed[position] = person
            rival.publish(position)

    await asyncio.gather(*(come_in(number) for number in range(UPDATES // 2)))


async def _break_each_link(scene: Scene, followers: list[Follower], committed: dict[int, UUID]) -> None:
    """One after the other, an even number of updates apart."""
    links: list[Callable[[], None]] = [
        partial(scene.end_connections, "live feed"),
        partial(scene.end_connections, "projections"),
        partial(scene.restart, 0),
        partial(scene.end_connections, "event writer"),
        partial(scene.restart, 1),
        partial(scene.end_connections, None),
    ]
    for number, break_link in enumerate(links, start=1):
        await _until_committed(committed, (number - 0.5) * UPDATES / (len(links) + 0.5))
        await asyncio.to_thread(break_link)
        await _until_committed(committed, number * UPDATES / (len(links) + 0.5))
        for follower in followers[number % 2 :: 2]:
            follower.break_connection()


async def _until_committed(committed: dict[int, UUID], count: float) -> None:
    while len(committed) < count:  # noqa: ASYNC110  # nobody tells of a commit
        await asyncio.sleep(0.01)


async def _settled(followers: list[Follower], position: int) -> None:
    """Return once all were told of everything through `position`."""
    async with asyncio.timeout(15.0):
        while any(follower.after < position for follower in followers):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def test_every_dashboard_is_told_of_every_update_once_and_in_order(run: FaultRun) -> None:
    assert len(run.committed) == UPDATES
    assert [follower.told for follower in run.staff] == [run.committed] * len(run.staff)


def test_every_phone_is_told_of_its_own_updates_once_and_in_order(run: FaultRun) -> None:
    assert len(run.of_person) == UPDATES // PEOPLE
    assert [follower.told for follower in run.phones] == [run.of_person] * len(run.phones)


def test_the_links_were_broken(run: FaultRun) -> None:
    assert run.reconnects >= 2
    assert all(follower.connections >= 2 for follower in (*run.staff, *run.phones))
    assert 1012 in {code for follower in run.staff for code in follower.closed_with}


def test_the_channels_plugin_loses_updates_in_the_same_run(run: FaultRun) -> None:
    """What the feed is for: and that these faults can be failed."""
    (follower,) = run.plugins
    assert follower.connections >= 1
    assert 0 < len(set(follower.told)) < UPDATES
