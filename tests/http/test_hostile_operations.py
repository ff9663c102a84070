"""Every operation of the contract under made-up bodies, queries and ids: no failure, and no memory kept."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import cv2
import httpx
import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.http.access_tokens import ROLES, Role
from tests.http.drawn_people import in_base64
from tests.http.live_server import LiveServer
from tests.http.test_hostile_requests import JSON, TEXT, check
from tests.http.test_roles import MAY, REQUESTS, SOMETHING

SOME = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
# They end what the other tests of the session ask with.
NOT_HERE = {"signOut"}
OPERATIONS = sorted(set(REQUESTS) - NOT_HERE)
PARAMETERS = ("limit", "after_position", "since", "until", "from", "to", "station", "made-up")
MEGABYTE = 2**20


@pytest.fixture(scope="module")
def clients(busy_server: LiveServer) -> Iterator[dict[Role, httpx.Client]]:
    with ExitStack() as stack:
        yield {role: stack.enter_context(busy_server.client(role)) for role in ROLES}


def role_for(operation: str) -> Role:
    return sorted(MAY.get(operation, {"admin"}))[0]


@SOME
@given(
    operation=st.sampled_from(OPERATIONS),
    changes=st.dictionaries(
        st.sampled_from(["text", "name", "user_id", "images", "stations", "made-up"]), JSON, max_size=3
    ),
    left_out=st.integers(0, 7),
    query=st.dictionaries(
        st.sampled_from(PARAMETERS), TEXT | st.integers().map(str) | st.datetimes().map(str), max_size=3
    ),
    id=st.none() | TEXT.filter(lambda text: text.isalnum() and text.isascii()),
    whole=JSON,
    nonsense=st.booleans(),
)
def test_no_operation_fails_whatever_it_is_sent(
    clients: dict[Role, httpx.Client],
    operation: str,
    changes: dict[str, Any],
    left_out: int,
    query: dict[str, str],
    id: str | None,
    whole: object,
    nonsense: bool,
) -> None:
    method, path, body = REQUESTS[operation]
    url = (path if id is None else path.replace(SOMETHING, id)) + ("?" + urlencode(query) if query else "")
    content = b""
    if body is not None:
        kept = {name: value for place, (name, value) in enumerate(body.items()) if place != left_out}
        content = msgspec.json.encode(whole if nonsense else {**kept, **changes})
    headers = {"content-type": "application/json"} if body is not None else {}
    check(clients[role_for(operation)].request(method, url, content=content, headers=headers))


@pytest.mark.parametrize("operation", ["identify", "importPeople", "signInByPassword"])
def test_a_body_without_end_is_refused_at_the_limit_and_then_cut_off(busy_server: LiveServer, operation: str) -> None:
    """Chunked, so that no length announces it: the server reads little more of it than the operation allows."""
    method, path, _ = REQUESTS[operation]
    pulled = 0

    def endless() -> Iterator[bytes]:
        nonlocal pulled
        while True:
            pulled += MEGABYTE
            yield b" " * MEGABYTE

    with busy_server.client(role_for(operation), headers={"content-type": "application/json"}) as client:
        try:
            answer = client.request(method, path, content=endless())
        except (httpx.WriteError, httpx.ReadError):
            pass  # cut off before we read the answer
        else:
            assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")
    assert pulled < 64 * MEGABYTE


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096


def peak_bytes() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


@pytest.fixture(scope="module")
def bombs() -> list[bytes]:
    """Small files of very many pixels: one that has them all, and one whose head claims more than can be."""
    _, many = cv2.imencode(".jpg", np.zeros((9000, 9000), np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 10])
    _, few = cv2.imencode(".jpg", np.zeros((64, 64), np.uint8))
    claims = bytearray(few.tobytes())
    size = claims.index(b"\xff\xc0") + 5
    claims[size : size + 4] = (65500).to_bytes(2, "big") * 2
    return [many.tobytes(), bytes(claims)]


def test_a_picture_that_would_fill_the_memory_is_refused_without_it(
    warm_server: LiveServer, bombs: list[bytes]
) -> None:
    with warm_server.client("station") as station:
        station.post("/api/checkin/identify/", json={"image": in_base64(bombs[1])[0]})
        forget_peak()
        before = peak_bytes()
        for bomb in bombs:
            answer = station.post("/api/checkin/identify/", json={"image": in_base64(bomb)[0]})
            assert (answer.status_code, answer.json()["code"]) == (422, "image-too-many-pixels")
        grown = peak_bytes() - before
        pixels = cv2.imdecode(np.frombuffer(bombs[0], np.uint8), cv2.IMREAD_GRAYSCALE)
        assert pixels is not None
        decoded = peak_bytes() - before
    assert grown < 32 * MEGABYTE
    assert decoded > 70 * MEGABYTE, "the control: whoever decodes it has it in memory"


def test_hostile_requests_leave_nothing_behind(warm_server: LiveServer, bombs: list[bytes]) -> None:
    dice = random.Random(11)
    with warm_server.client("station") as station:

        def assail(times: int) -> None:
            for _ in range(times):
                noise = dice.choice([dice.randbytes(dice.randrange(1, 100_000)), bombs[1], b"\xff\xd8" * 20_000])
                check(station.post("/api/checkin/identify/", json={"image": in_base64(noise)[0]}))
                check(station.post("/api/checkin/emotion/", content=dice.randbytes(50_000)))
                check(station.get(f"/{dice.randbytes(2_000).hex()}"))

        assail(30)
        before = resident_bytes()
        assail(80)
        assert resident_bytes() - before < 12 * MEGABYTE
