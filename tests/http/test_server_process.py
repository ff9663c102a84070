"""`facecheckin serve` as it runs in service: its log names nobody, and stopping it loses nothing of what it took."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest

from adapters.database import Database, connect
from adapters.demo.cast import CAST, STRANGER
from adapters.demo.server_process import ServerProcess, free_port
from adapters.http.access_tokens import AccessTokens, NewToken, Role
from adapters.settings import Settings
from domain.check_in import check_in_id
from edge_device.exchange import Timeouts
from edge_device.record import Draft
from edge_device.steps import Identified, Sent, Settled, Step
from edge_device.trace import trace_id
from inference.weights import ModelStore
from tests.fixtures_database import fresh_database
from tests.http.drawn_people import Json, in_base64, join_in, perform
from tests.http.log_scan import scan
from tests.station.bench import delivering

NAME, USER_ID = "Perpetua Quillfeather", "perpetua.q@example.org"
PASSWORD = "correct-horse-battery-9"
CALLERS = 6
FRAME = in_base64(perform(CAST[3], "neutral", seed=9).primary_frame)[0]
STRANGERS_FRAME = perform(STRANGER, "neutral", seed=9).primary_frame


class Running(msgspec.Struct, frozen=True, kw_only=True):
    process: ServerProcess
    dsn: str
    log_file: Path
    tokens: dict[Role, NewToken]

    def client(self, role: Role) -> httpx.Client:
        return httpx.Client(base_url=self.process.base_url, headers=self.headers(role), timeout=20)

    def headers(self, role: Role) -> dict[str, str]:
        return {"authorization": f"Bearer {self.tokens[role].token}"}


@pytest.fixture(scope="module")
def running(postgres: str, model_store: ModelStore, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("server")
    with ExitStack() as stack:
        dsn = stack.enter_context(fresh_database(postgres))
        settings = Settings(
            data_dir=folder,
            models_dir=model_store.folder,
            keys_file=folder / "keys.json",
            database_url=dsn,
            port=free_port(18200),
        )
        log_file = folder / "serve.log"
        process = stack.enter_context(ServerProcess(settings, log_file))
        process.start()
        yield Running(process=process, dsn=dsn, log_file=log_file, tokens=asyncio.run(_tokens(dsn)))


async def _tokens(dsn: str) -> dict[Role, NewToken]:
    roles: tuple[Role, ...] = ("station", "staff", "admin")
    async with Database(dsn) as database:
        return {role: await AccessTokens(database).create(role, f"the {role}") for role in roles}


def test_no_line_of_its_log_holds_a_secret_or_names_a_person(running: Running) -> None:
    with running.client("admin") as admin, running.client("station") as station:
        person = join_in(admin, CAST[3], ["face", "emotion"])
        other = admin.post("/api/people/", json={"user_id": USER_ID, "name": NAME, "consents": ["face"]}).json()["id"]
        pin = admin.post(f"/api/people/{other}/pin/").json()["secret"]
        code = admin.post(f"/api/people/{other}/code/").json()["secret"]
        assert station.post("/api/checkin/identify/", json={"image": FRAME}).json()["match"] is True
        by_pin = {"user_id": USER_ID, "pin": pin, "request_id": "r1"}
        station.post("/api/checkin/pin/", json=by_pin)
        station.post("/api/checkin/pin/", json={**by_pin, "pin": "000000", "request_id": "r2"})
        station.post("/api/checkin/code/", json={"code": code, "request_id": "r3"})
        station.post("/api/checkin/identify/", json={"image": FRAME, "user_id": USER_ID})
        station.post(
            "/api/checkin/identify/", content=f'{{"image": "{USER_ID}', headers={"content-type": "application/json"}
        )
        admin.post("/api/sign-in/password/", json={"name": USER_ID, "password": PASSWORD})
        admin.post("/api/people/", json={"user_id": USER_ID, "name": NAME, "consents": ["face"]})
        admin.get(f"/api/people/{NAME}/export/")
        admin.get("/api/checkin/", params={"limit": NAME})
        admin.get(f"/api/people/{other}/export/")
        admin.delete(f"/api/people/{other}/")
        httpx.get(f"{running.process.base_url}/metrics", headers={"authorization": f"Bearer {PASSWORD}"})
    log = running.log_file.read_text(encoding="utf-8")
    secrets = [NAME, USER_ID, PASSWORD, code, str(person), other, CAST[3].name, CAST[3].user_id]
    secrets += [made.token for made in running.tokens.values()]
    assert scan(log, secrets) == []
    # A PIN is a few digits, which may be found in any position or time: it must not stand alone as a value.
    assert f'"{pin}"' not in log
    lines = [msgspec.json.decode(line) for line in log.splitlines()]
    assert len([line for line in lines if line["event"] == "answered"]) > 15


def test_a_trace_is_found_from_the_station_to_the_projection(running: Running, tmp_path: Path) -> None:
    """The station program keeps a burst, sends it, and names the trace in which the server goes on."""
    draft = Draft(burst_id=str(uuid4()), user_id=None, primary=0, jpegs=(STRANGERS_FRAME,) * 6, monotonic_ns=1)

    async def deliver() -> list[Step]:
        token = running.tokens["station"].token
        async with delivering(tmp_path, running.process.base_url, token=token, timeouts=Timeouts()) as bench:
            bench.delivery.announce(bench.outbox.put(draft))
            await bench.drained()
            return bench.steps

    assert [type(step) for step in asyncio.run(deliver())] == [Sent, Identified, Settled]
    trace = trace_id(draft.burst_id)
    appended = [line["positions"][1] for line in logged(running, trace, "appended", count=2)]
    assert len(appended) == 2  # Started, and its decision
    assert [line["position"] for line in logged(running, trace, "projected", count=2)] == appended
    assert [line["status"] for line in logged(running, trace, "answered")] == [200]


def logged(running: Running, trace: str, event: str, *, count: int = 1) -> list[Json]:
    """What the log says of it in that trace, once there are so many lines."""
    deadline = time.monotonic() + 30
    found: list[Json] = []
    while len(found) < count:
        assert time.monotonic() < deadline, f"no line of the trace tells of {event}"
        whole = [line for line in running.log_file.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]
        lines = [msgspec.json.decode(line) for line in whole]
        found = [line for line in lines if line.get("trace_id") == trace and line["event"] == event]
        time.sleep(0.01)
    return found


def test_stopping_it_under_load_loses_nothing_that_it_took(running: Running) -> None:
    """The last of the module: it ends the server."""
    answers = asyncio.run(_load_until_it_stops(running))
    assert running.process.wait() == 0
    by_status: dict[int | None, list[str]] = {}
    for burst_id, status in answers.items():
        by_status.setdefault(status, []).append(burst_id)
    assert len(by_status[200]) > CALLERS
    assert set(by_status) <= {200, 503, None}
    station = running.tokens["station"].caller.subject
    with connect(running.dsn, name="test") as connection:
        rows = connection.execute("SELECT originator_id, array_agg(topic) FROM event GROUP BY 1").fetchall()
    topics: dict[UUID, list[str]] = dict(rows)
    for burst_id, status in answers.items():
        recorded = topics.get(check_in_id(station, burst_id), [])
        decided = any(topic.startswith(("checkin.identity_", "checkin.capture_")) for topic in recorded)
        if status == 200:
            assert decided, "an answer that was given is not in the record"
        elif status is None:
            assert decided or not recorded, "a check-in was taken, and neither answered nor decided"


async def _load_until_it_stops(running: Running) -> dict[str, int | None]:
    """The status of each request by its burst id; None where its connection ended without an answer."""
    answers: dict[str, int | None] = {}
    limits = httpx.Limits(max_connections=CALLERS, max_keepalive_connections=CALLERS)
    async with httpx.AsyncClient(
        base_url=running.process.base_url, headers=running.headers("station"), timeout=20, limits=limits
    ) as client:

        async def go_on() -> None:
            while True:
                burst_id = str(uuid4())
                try:
                    answer = await client.post("/api/checkin/identify/", json={"image": FRAME, "burst_id": burst_id})
                except httpx.ConnectError:
                    return
                except httpx.TransportError:
                    answers[burst_id] = None
                    return
                answers[burst_id] = answer.status_code
                if len(answers) == 5 * CALLERS:
                    os.kill(running.process.pid, signal.SIGTERM)

        await asyncio.gather(*(go_on() for _ in range(CALLERS)))
    return answers
