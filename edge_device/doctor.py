"""Looks at everything a station needs, and says in a sentence what is wrong with it."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from edge_device.camera import Camera, CameraFailed
from edge_device.classify import Answer
from edge_device.clock import ServerClock
from edge_device.contract import PATHS, parse_problem
from edge_device.credentials import STATION_REFUSED, Credentials, Signing, refusal_code
from edge_device.exchange import Exchange, Unreachable
from edge_device.selection import Hopeless, choose_primary
from edge_device.standing import EMPTY_REQUEST, SHORT_TIMEOUTS
from edge_device.station_token import NoToken

_SPACE_WANTED_BYTES = 1024 * 1024 * 1024
_SLOW_SYNC_MS = 250.0
_CLOCK_OFF_S = 120.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `well` is None where it is no fault and still worth knowing."""

    about: str
    well: bool | None
    sentence: str


def examine_camera(camera: Camera) -> Finding:
    started_s = time.perf_counter()
    try:
        camera.open()
        try:
            burst = camera.capture_burst()
        finally:
            camera.close()
    except CameraFailed as error:
        return Finding("camera", False, f"The camera gives no burst: {error}.")
    took_s = time.perf_counter() - started_s
    choice = choose_primary(burst)
    if isinstance(choice, Hopeless):
        return Finding("camera", None, f"The camera works, but nothing can be seen ({choice.reason}).")
    size_kb = sum(len(frame.jpeg) for frame in burst.frames) / 1000
    return Finding("camera", True, f"Six frames of {size_kb:.0f} kB in all came in {took_s:.1f} s, opening included.")


def examine_disk(state: Path) -> Finding:
    try:
        state.mkdir(parents=True, exist_ok=True, mode=0o700)
        sync_ms = _time_sync_ms(state / "doctor.tmp")
        free_bytes = shutil.disk_usage(state).free
    except OSError as error:
        return Finding("disk", False, f"The folder {state} cannot be written: {error.strerror}.")
    if free_bytes < _SPACE_WANTED_BYTES:
        return Finding("disk", False, f"Only {free_bytes / 1e6:.0f} MB are free at {state}; the outbox may need 1 GB.")
    if sync_ms > _SLOW_SYNC_MS:
        return Finding(
            "disk", None, f"The disk works but takes {sync_ms:.0f} ms to keep 300 kB: people will wait for it."
        )
    return Finding("disk", True, f"{free_bytes / 1e9:.1f} GB are free, and 300 kB are kept in {sync_ms:.1f} ms.")


async def examine_server(server: str, credentials: Credentials) -> list[Finding]:
    """Reachability, token or signature, and clock, from one request that checks nobody in."""
    clock = ServerClock()
    exchange = Exchange(server, credentials, clock, SHORT_TIMEOUTS)
    started_s = time.perf_counter()
    try:
        answer = await exchange.post(PATHS["identify"], EMPTY_REQUEST)
    except NoToken as error:
        return [Finding("token", False, f"There is no token to present: {error}.")]
    except Unreachable as error:
        return [Finding("server", False, f"No answer comes from {server} ({error.reason}).")]
    finally:
        await exchange.close()
    took_ms = (time.perf_counter() - started_s) * 1000
    presented = _judge_signature(answer) if isinstance(credentials, Signing) else _judge_token(server, answer)
    return [_judge_server(server, answer, took_ms), presented, _judge_clock(clock)]


def examine_token_file(token_file: Path) -> Finding:
    try:
        mode = token_file.stat().st_mode
    except OSError as error:
        return Finding("token file", False, f"{token_file} cannot be read: {error.strerror}.")
    if mode & 0o077:
        return Finding("token file", False, f"Others may read {token_file}; run: chmod 600 {token_file}")
    return Finding("token file", True, "Only its owner may read the token file.")


def _judge_server(server: str, answer: Answer, took_ms: float) -> Finding:
    ours = parse_problem(answer.headers.get("content-type", ""), answer.body) is not None
    if not ours:
        return Finding(
            "server", False, f"Something answers at {server} (status {answer.status}), but it is not a check-in server."
        )
    return Finding("server", True, f"The check-in server answers in {took_ms:.0f} ms, connecting included.")


def _judge_token(server: str, answer: Answer) -> Finding:
    if answer.status == 401:
        return Finding("token", False, "The server does not know this station's token.")
    if answer.status == 403:
        return Finding(
            "token", False, "The server knows the token, and does not allow this station to check people in."
        )
    if answer.status not in (400, 422):
        return Finding("token", None, f"The token could not be tried: the server answers with status {answer.status}.")
    if urlsplit(server).scheme == "http" and urlsplit(server).hostname not in ("localhost", "127.0.0.1", "::1"):
        return Finding(
            "token", None, "The token is taken, but travels unencrypted: the server's address should be https."
        )
    return Finding("token", True, "The server takes the token.")


def _judge_signature(answer: Answer) -> Finding:
    code = refusal_code(answer)
    if code in STATION_REFUSED:
        sentence = f"The server does not accept this station's key ({code}); run: facecheckin-station pair"
        return Finding("signature", False, sentence)
    if code is not None:
        return Finding("signature", False, f"The server does not accept this station's signature ({code}).")
    if answer.status == 403:
        return Finding("signature", False, "The server knows this station, and does not allow it to check people in.")
    if answer.status not in (400, 422):
        return Finding("signature", None, f"It could not be tried: the server answers with status {answer.status}.")
    return Finding("signature", True, "The server accepts this station's signature.")


def _judge_clock(clock: ServerClock) -> Finding:
    server_time = clock.wall_time(time.monotonic_ns())
    if server_time is None:
        return Finding("clock", None, "The server does not tell the time; check-ins are dated when they arrive.")
    off_s = time.time() - server_time.timestamp()
    if abs(off_s) > _CLOCK_OFF_S:
        sentence = f"This machine's clock is off by {off_s:.0f} s. Check-ins use the server's; certificates may fail."
        return Finding("clock", None, sentence)
    return Finding("clock", True, "This machine's clock agrees with the server's.")


def _time_sync_ms(path: Path) -> float:
    started_s = time.perf_counter()
    try:
        with path.open("wb") as file:
            file.write(bytes(300_000))
            file.flush()
            os.fsync(file.fileno())
    finally:
        path.unlink(missing_ok=True)
    return (time.perf_counter() - started_s) * 1000
