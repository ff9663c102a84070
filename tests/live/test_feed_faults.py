"""Each link is broken in turn while a thousand updates flow: everybody is told all of them, once, in order."""

from __future__ import annotations

import asyncio
import subprocess
import sys
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
AWAY = 5
_END = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> %s"
_END_NAMED = _END + " AND application_name = %s"


class FaultRun(msgspec.Struct):
    """`committed`: every position, in order, and those about the person whose phone watches.

    `absences`: for each time that a client of the plugin was away, what its other client was told meanwhile.
    `killed_under`: how many watched the server that was killed.
    """

    committed: list[int]
    of_person: list[int]
    staff: list[Follower]
    phones: list[Follower]
    plugins: list[PluginFollower]
    absences: list[list[int]]
    killed_under: int
    reconnects: int


class Flow(msgspec.Struct):
    """`committed`: whom each position is about. No update is begun beyond `limit` of them: the faults keep pace."""

    committed: dict[int, UUID] = {}
    limit: float = 0.0


class Scene:
    """Three servers over one database, which come and go, one of them a process; and the rival's beside them."""

    def __init__(self, dsn: str, key_file: Path, stack: ExitStack) -> None:
        self._dsn = dsn
        self._key_file = key_file
        self._stacks = [stack.enter_context(ExitStack()) for _ in range(2)]
        self.servers: list[LiveServer] = [self._start(0)]
        program = [sys.executable, "-m", "tests.live.process", dsn, str(key_file)]
        self._process = subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        stack.enter_context(self._process)
        stack.callback(self._process.kill)
        self.servers.append(self._start(1))
        self.rival: PluginServer = stack.enter_context(plugin_server(dsn))
        self.reconnects = 0
        self.absences: list[list[int]] = []
        assert self._process.stdout is not None
        self.process_port = int(self._process.stdout.readline())
        self.killed_under = 0

    def ports(self) -> list[int]:
        threads = [server.port for server in self.servers]
        return threads if self.killed_under else [*threads, self.process_port]

    def kill(self, followers: list[Follower]) -> None:
        """As the kernel does, or a failing machine: nothing of it has an end in order."""
        self.killed_under = sum(follower.port == self.process_port for follower in followers)
        self._process.kill()
        self._process.wait()

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
        plugins = [PluginFollower(lambda: [scene.rival.port]) for _ in range(2)]
        following = [asyncio.create_task(follower.follow()) for follower in (*staff, *phones, *plugins)]
        async with asyncio.timeout(60):
            for follower in (*staff, *phones, *plugins):
                await follower.begun.wait()
        flow = Flow()
        await asyncio.gather(
            _come_in(record, people, scene.rival, flow), _break_each_link(scene, [*staff, *phones], plugins, flow)
        )
        committed = flow.committed
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
        absences=scene.absences,
        killed_under=scene.killed_under,
        reconnects=scene.reconnects + sum(server.services.live.figures.reconnects for server in scene.servers),
    )


async def _come_in(record: Record, people: list[UUID], rival: PluginServer, flow: Flow) -> None:
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
        while 2 * number >= flow.limit:  # noqa: ASYNC110  # as below
            await asyncio.sleep(0.01)
        for version, event in enumerate([*begun, *samples.matched(person)]):
            position = await record.store.append(check_in, version, [event])
            flow.committed[position] = person
            rival.publish(position)

    await asyncio.gather(*(come_in(number) for number in range(UPDATES // 2)))


async def _break_each_link(scene: Scene, followers: list[Follower], plugins: list[PluginFollower], flow: Flow) -> None:
    """One after the other, an even number of updates apart."""
    links: list[Callable[[], None]] = [
        partial(scene.kill, followers),
        partial(scene.end_connections, "live feed"),
        partial(scene.end_connections, "projections"),
        partial(scene.restart, 0),
        partial(scene.end_connections, "event writer"),
        partial(scene.restart, 1),
        partial(scene.end_connections, None),
    ]
    share = UPDATES / (len(links) + 0.5)
    for number, break_link in enumerate(links, start=1):
        flow.limit = (number + 0.4) * share
        await _until_committed(flow, (number - 0.5) * share)
        await asyncio.to_thread(break_link)
        await _until_committed(flow, number * share)
        for follower in followers[number % 2 :: 2]:
            follower.break_connection()
        flow.limit = max(flow.limit, len(flow.committed) + 2 * AWAY)
        if number < len(links):  # with the last the plugin's own listener has ended
            scene.absences.append(await _absence(*plugins))
    flow.limit = UPDATES


async def _absence(leaving: PluginFollower, staying: PluginFollower) -> list[int]:
    """One of the plugin's clients is cut off until the other was told of a few more updates: of which."""
    leaving.break_connection()
    before = len(staying.told)
    async with asyncio.timeout(30.0):
        while len(staying.told) < before + AWAY:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    leaving.back.set()
    return staying.told[before:]


async def _until_committed(flow: Flow, count: float) -> None:
    while len(flow.committed) < count:  # noqa: ASYNC110  # nobody tells of a commit
        await asyncio.sleep(0.01)


async def _settled(followers: list[Follower], position: int) -> None:
    """Return once all were told of everything through `position`."""
    async with asyncio.timeout(60.0):
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
    assert run.killed_under >= 1
    assert 1012 in {code for follower in run.staff for code in follower.closed_with}


def test_the_channels_plugin_loses_updates_in_the_same_run(run: FaultRun) -> None:
    """What the feed is for: and that these faults can be failed.

    One of its clients is cut off as often as the others are. The last fault ends its listener for good.
    """
    leaving, staying = run.plugins
    assert all(set(absence) - set(leaving.told) for absence in run.absences)
    assert 0 < len(set(staying.told)) < UPDATES
