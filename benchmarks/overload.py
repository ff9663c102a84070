"""A server at 2.5 times what it can do, for a minute: `python -m benchmarks.overload [--bar]`.

A real server process with its real models is first asked one request after the other (the unloaded median), then by a
few callers at once (what it can do at best), then at 2.5 times that rate whether or not it answers. The callers share
this machine's cores with the server, so they send bytes that were made beforehand, and read no more of an answer than
its head and its length.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import math
import random
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from adapters.demo.api_client import StaffClient
from adapters.demo.drawn_script import drawn_script
from adapters.demo.local_server import LocalServer, local_server
from adapters.demo.script import Script
from adapters.settings import load_settings
from benchmarks.bars import Bar, judge
from benchmarks.raw_http import Answered, Caller, Template
from benchmarks.resident import resident_mb

OVERLOAD_S = 60.0
TIMES_CAPACITY = 2.5
CALLERS = 48
_UNLOADED_REQUESTS = 150
_AT_ONCE = (1, 2, 3)
_BEST_S = 6.0


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """Milliseconds as the callers saw them; `memory_mb`: of the server after a quarter of it, and at its end."""

    unloaded_ms: list[float]
    best_per_s: float
    offered_per_s: float
    goodput_per_s: float
    accepted_ms: list[float]
    refused: Counter[str]
    untyped: int
    unanswered: int
    not_sent: int
    memory_mb: tuple[float, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bar", action="store_true", help="exit 1 and name each bar that falls short")
    parser.add_argument("--seconds", type=float, default=OVERLOAD_S)
    options = parser.parse_args()
    judge(bars(options.seconds), enforce=options.bar)


def bars(overload_s: float = OVERLOAD_S) -> list[Bar]:
    measured = measure(overload_s)
    report(measured)
    unloaded = statistics.median(measured.unloaded_ms)
    grown = measured.memory_mb[1] / measured.memory_mb[0]
    return [
        Bar(
            "overload: goodput of the best", 100 * measured.goodput_per_s / measured.best_per_s, 90, "%", at_least=True
        ),
        Bar(
            "overload: p99 of accepted over the unloaded median", _quantile(measured.accepted_ms, 99) / unloaded, 5, "x"
        ),
        Bar("overload: memory at the end over that after a quarter", grown, 1.05, "x"),
        Bar("overload: refusals without type or Retry-After", measured.untyped + measured.unanswered, 0),
        Bar("overload: offered over the best", measured.offered_per_s / measured.best_per_s, 2.4, "x", at_least=True),
    ]


def measure(overload_s: float) -> Measured:
    with tempfile.TemporaryDirectory() as folder, _enrolled_server(Path(folder)) as (server, script):
        template = _identify(server, script)
        return asyncio.run(_play(server, template, overload_s))


def report(measured: Measured) -> None:
    accepted, (early_mb, late_mb) = measured.accepted_ms, measured.memory_mb
    quantiles = "  ".join(f"p{percent} {_quantile(accepted, percent):.1f}" for percent in (50, 95, 99, 100))
    print(f"unloaded, one after the other    p50 {statistics.median(measured.unloaded_ms):7.1f} ms")
    print(f"best, {_AT_ONCE} callers at once   {measured.best_per_s:7.1f} identified a second")
    print(f"offered                          {measured.offered_per_s:7.1f} a second, {measured.not_sent} not sent")
    print(f"accepted                         {measured.goodput_per_s:7.1f} a second, after {quantiles} ms")
    print(f"refused                          {dict(measured.refused)}, untyped {measured.untyped}")
    print(f"resident memory of the server    {early_mb:.0f} MB after a quarter, {late_mb:.0f} MB at the end")


async def _play(server: LocalServer, template: Template, overload_s: float) -> Measured:
    host, _, port = server.base_url.removeprefix("http://").partition(":")
    callers = [Caller(host, int(port), template) for _ in range(CALLERS)]
    unloaded = [(await callers[0].ask()).took_ms for _ in range(_UNLOADED_REQUESTS)]
    best_per_s = await _best(callers)
    overload = asyncio.create_task(_open_loop(callers, best_per_s * TIMES_CAPACITY, overload_s))
    await asyncio.sleep(overload_s / 4)
    early_mb = resident_mb(server.pid)
    answers, not_sent, took_s = await overload
    late_mb = resident_mb(server.pid)
    best_per_s = max(best_per_s, await _best(callers))  # whichever was the quieter moment of the machine
    for caller in callers:
        caller.close()
    accepted = [answer.took_ms for answer in answers if answer.status == 200]
    refused = [answer for answer in answers if answer.status != 200]
    return Measured(
        unloaded_ms=unloaded,
        best_per_s=best_per_s,
        offered_per_s=(len(answers) + not_sent) / took_s,
        goodput_per_s=len(accepted) / took_s,
        accepted_ms=accepted,
        refused=Counter(f"{answer.status} {answer.code}" for answer in refused),
        untyped=sum(answer.status != 0 and not answer.typed_refusal for answer in refused),
        unanswered=sum(answer.status == 0 for answer in answers),
        not_sent=not_sent,
        memory_mb=(early_mb, late_mb),
    )


async def _best(callers: list[Caller]) -> float:
    """Each twice: the server, and the machine, are slower at first."""
    return max([await _closed_loop(callers[:count]) for count in (*_AT_ONCE, *_AT_ONCE)])


async def _closed_loop(callers: list[Caller]) -> float:
    """Answers a second where each caller sends the next as soon as it has its answer; refusals do not count."""
    done = 0

    async def go_on(caller: Caller, until_s: float) -> None:
        nonlocal done
        while time.perf_counter() < until_s:
            answer = await caller.ask()
            done += answer.status == 200

    begun = time.perf_counter()
    await asyncio.gather(*(go_on(caller, begun + _BEST_S) for caller in callers))
    return done / (time.perf_counter() - begun)


async def _open_loop(callers: list[Caller], per_s: float, last_s: float) -> tuple[list[Answered], int, float]:
    """Requests at random moments of that rate, whether or not the earlier ones are answered."""
    moments, free = random.Random(7), list(callers)
    answers: list[Answered] = []
    asking: set[asyncio.Task[None]] = set()
    not_sent = 0

    async def ask(caller: Caller) -> None:
        answers.append(await caller.ask())
        free.append(caller)

    begun = time.perf_counter()
    due = begun
    while due < begun + last_s:
        due += moments.expovariate(per_s)
        pause_s = due - time.perf_counter()
        if pause_s > 0:
            await asyncio.sleep(pause_s)
        if not free:
            not_sent += 1
            continue
        task = asyncio.create_task(ask(free.pop()))
        asking.add(task)
        task.add_done_callback(asking.discard)
    await asyncio.gather(*asking)
    return answers, not_sent, time.perf_counter() - begun


@contextmanager
def _enrolled_server(folder: Path) -> Iterator[tuple[LocalServer, Script]]:
    given = load_settings()
    script = drawn_script(given.data_dir / "demo" / "drawn" / "cast")
    settings = msgspec.structs.replace(
        given, data_dir=folder, keys_file=folder / "keys.json", database_url=None, port=18100
    )
    with local_server(settings) as server:
        with StaffClient(server.base_url, server.token("staff")) as staff:
            for actor in script.actors:
                staff.enrol(staff.register(actor.user_id, actor.name), actor.photographs)
        yield server, script


def _identify(server: LocalServer, script: Script) -> Template:
    """Who is it? 1:N, each time as a new burst of somebody who is enrolled."""
    scene = next(scene for scene in script.scenes if scene.expected == "match" and scene.claimed is None)
    image = base64.b64encode(scene.burst.frames[scene.burst.primary])
    return Template.post(
        "/api/checkin/identify/", server.token("station"), b'{"image":"' + image + b'","burst_id":"', b'"}'
    )


def _quantile(values: list[float], percent: int) -> float:
    """Infinite where there are none."""
    if not values:
        return math.inf
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(percent / 100 * len(ordered)))]


if __name__ == "__main__":
    main()
