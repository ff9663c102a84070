"""The delivery against a real server: what it says, what it keeps, what it lets go."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from adapters.http.request_record import begin_record
from edge_device.outbox_file import open_outbox
from edge_device.steps import (
    Buried,
    EmotionDeclined,
    EmotionRead,
    Identified,
    Offline,
    Online,
    Paused,
    Postponed,
    Refused,
    Sent,
    Settled,
)
from edge_device.trace import trace_id
from tests.station.bench import BOOT, IMPATIENT, delivering
from tests.station.fault_server import FaultName, FaultServer, Reply, Seen, problem
from tests.station.test_outbox import draft


def test_identify_comes_first_then_the_emotion_and_then_nothing_is_left(tmp_path: Path) -> None:
    async def scenario(server: FaultServer) -> None:
        async with delivering(tmp_path, server.url) as bench:
            bench.put(user_id="ada")
            await bench.drained()
            assert bench.story == ["Sent", "Identified", "Sent", "EmotionRead", "Settled"]
            assert bench.of(Identified)[0].answer.name == "Ada"
            assert bench.of(EmotionRead)[0].answer.dominant_emotion == "happy"
            assert bench.outbox.waiting() == []

    with FaultServer().running() as server:
        asyncio.run(scenario(server))
    assert [seen.operation for seen in server.seen] == ["identify", "emotion"]
    assert server.seen[0].request["user_id"] == "ada"


@pytest.mark.parametrize(
    "fault", ["500-before", "500-after", "503", "429", "portal", "cut", "hang-after", "reset-before", "reset-after"]
)
def test_every_fault_is_met_with_the_same_request_and_one_effect(tmp_path: Path, fault: FaultName) -> None:
    async def scenario(server: FaultServer) -> None:
        async with delivering(tmp_path, server.url, timeouts=IMPATIENT) as bench:
            bench.put()
            await bench.drained()
            assert len(bench.of(Postponed)) >= 2  # one more where a busy machine answers after the limit
            assert len(bench.of(Identified)) == 1

    server = FaultServer(hang_s=0.5)
    server.scripts["identify"].append(fault)
    server.scripts["emotion"].append(fault)
    with server.running():
        asyncio.run(scenario(server))
    assert list(server.effects.values()) == [1, 1]
    identify = [seen.request for seen in server.seen if seen.operation == "identify"]
    assert len(identify) >= 2
    assert all(request == identify[0] for request in identify)


def test_every_attempt_of_a_burst_is_a_span_of_its_one_trace(tmp_path: Path) -> None:
    async def scenario(server: FaultServer) -> None:
        async with delivering(tmp_path, server.url) as bench:
            bursts = [bench.put(number) for number in (1, 2)]
            await bench.drained()
            sent = {trace_id(step.burst_id) for step in bench.of(Sent)}
            assert {seen.traceparent.split("-")[1] for seen in server.seen} == sent
            assert len(sent) == len(bursts)

    server = FaultServer()
    server.scripts["identify"].append("503")
    with server.running():
        asyncio.run(scenario(server))
    assert len(server.seen) == 5
    assert len({seen.traceparent for seen in server.seen}) == 5, "each attempt is a span of its own"
    for seen in server.seen:
        record = begin_record([(b"traceparent", seen.traceparent.encode())])
        assert record.trace_id == seen.traceparent.split("-")[1], "the server goes on with it"


def test_a_refused_capture_is_reported_with_the_servers_sentence_and_let_go(tmp_path: Path) -> None:
    async def scenario(server: FaultServer) -> None:
        async with delivering(tmp_path, server.url) as bench:
            bench.put()
            await bench.drained()
            refused = bench.of(Refused)[0]
            assert (refused.code, refused.sentence) == ("image-blurred", "Please stand still.")
            assert (refused.value, refused.limit, refused.unit, refused.frame) == (3.5, 8.0, "laplacian", 0)
            assert bench.of(Identified) == []
            assert bench.outbox.waiting() == []
            assert bench.outbox.dead_letters() == []

    server = FaultServer()
    server.scripts["identify"].append(
        problem(
            422,
            "image-blurred",
            "new_capture",
            sentence="Please stand still.",
            value=3.5,
            limit=8,
            unit="laplacian",
            frame=0,
        )
    )
    with server.running():
        asyncio.run(scenario(server))


def test_of_an_unknown_person_no_other_frames_are_sent(tmp_path: Path) -> None:
    async def scenario(server: FaultServer) -> None:
        async with delivering(tmp_path, server.url) as bench:
            bench.put()
            await bench.drained()
            assert bench.of(Identified)[0].answer.decision == "unknown"

    server = FaultServer()

    def unknown(seen: Seen) -> Reply:
        body = server.take(seen).body.replace(b'"match": true', b'"match": false').replace(b'"match"', b'"unknown"', 0)
        return Reply(200, body.replace(b'"decision": "match"', b'"decision": "unknown"'))

    server.always = unknown
    with server.running():
        asyncio.run(scenario(server))
    assert [seen.operation for seen in server.seen] == ["identify"]


def test_an_emotion_that_the_server_declines_leaves_the_check_in_as_it_is(tmp_path: Path) -> None:
    async def scenario(server: FaultServer) -> None:
        async with delivering(tmp_path, server.url) as bench:
            bench.put()
            await bench.drained()
            assert bench.story == ["Sent", "Identified", "Sent", "EmotionDeclined", "Settled"]
            assert bench.of(EmotionDeclined)[0].sentence == "You have not agreed to it."
            assert bench.outbox.dead_letters() == []

    server = FaultServer()
    server.scripts["emotion"].append(
        problem(403, "emotion-not-consented", "never", sentence="You have not agreed to it.")
    )
    with server.running():
        asyncio.run(scenario(server))


def test_what_the_server_will_never_take_becomes_a_dead_letter(tmp_path: Path) -> None:
    async def scenario(server: FaultServer) -> None:
        async with delivering(tmp_path, server.url) as bench:
            bench.put(user_id="nobody")
            await bench.drained()
            assert bench.of(Buried)[0].code == "candidate-unknown"
            [letter] = bench.outbox.dead_letters()
            assert (letter.burst_id, letter.user_id) == ("burst-1", "nobody")

    server = FaultServer()
    server.scripts["identify"].append(problem(404, "candidate-unknown", "never"))
    with server.running():
        asyncio.run(scenario(server))


def test_a_wrong_token_pauses_and_nothing_is_lost(tmp_path: Path) -> None:
    async def scenario(server: FaultServer) -> None:
        async with delivering(tmp_path, server.url, token="wrong") as bench:
            bench.put()
            paused = await bench.until(Paused, 4)
            assert (paused.code, paused.waiting) == ("unauthenticated", 1)
            assert bench.of(Buried) == []
        async with delivering(tmp_path, server.url) as bench:
            await bench.drained()
            assert len(bench.of(Identified)) == 1

    with FaultServer().running() as server:
        asyncio.run(scenario(server))


def test_a_burst_that_alone_meets_a_404_is_buried_while_the_others_go_through(tmp_path: Path) -> None:
    async def scenario(server: FaultServer) -> None:
        async with delivering(tmp_path, server.url) as bench:
            bench.put(1)
            await bench.until(Paused)
            bench.put(2)
            await bench.until(Settled)
            await bench.until(Paused, len(bench.of(Paused)) + 1)
            bench.put(3)
            await bench.until(Settled, 3)
            bench.put(4)
            await bench.drained()
            assert [buried.burst_id for buried in bench.of(Buried)] == ["burst-1"]
            assert [step.burst_id for step in bench.of(Identified)] == ["burst-2", "burst-3", "burst-4"]

    server = FaultServer()
    server.always = lambda seen: (
        problem(404, "some-new-code", "never") if seen.request.get("burst_id") == "burst-1" else None
    )
    with server.running():
        asyncio.run(scenario(server))


def test_retry_after_is_waited_for(tmp_path: Path) -> None:
    async def scenario(server: FaultServer) -> None:
        async with delivering(tmp_path, server.url) as bench:
            bench.put()
            await bench.drained()

    server = FaultServer()
    server.scripts["identify"].append(problem(503, "overloaded", "same_request", headers={"retry-after": "1"}))
    with server.running():
        asyncio.run(scenario(server))
    assert server.seen[1].at_s - server.seen[0].at_s >= 1.0


def test_a_server_that_is_gone_is_reported_once_and_its_return_too(tmp_path: Path) -> None:
    async def scenario() -> None:
        server = FaultServer()
        server.scripts["identify"].extend(["reset-before"] * 8)
        with server.running():
            async with delivering(tmp_path, server.url) as bench:
                bench.put(1)
                bench.put(2)
                await bench.drained()
                assert len(bench.of(Offline)) == 1
                assert len(bench.of(Online)) == 1
                assert bench.story.index("Offline") < bench.story.index("Online") < bench.story.index("Identified")

    asyncio.run(scenario())


def test_nobody_is_told_checked_in_while_the_server_is_away(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with delivering(tmp_path, "http://127.0.0.1:9") as bench:
            bench.put()
            await bench.until(Offline)
            assert {type(step) for step in bench.steps} == {Sent, Postponed, Offline}
            assert bench.outbox.waiting_items == 1

    asyncio.run(scenario())


def test_the_backlog_is_delivered_in_order_after_a_restart(tmp_path: Path) -> None:
    async def scenario(server: FaultServer) -> None:
        opened = open_outbox(tmp_path, boot_id=BOOT)
        for number in range(1, 6):
            opened.outbox.put(draft(number))
        opened.close()
        async with delivering(tmp_path, server.url) as bench:
            await bench.drained()
            assert [step.burst_id for step in bench.of(Settled)] == [f"burst-{number}" for number in range(1, 6)]

    with FaultServer().running() as server:
        asyncio.run(scenario(server))


def test_the_person_at_the_door_is_answered_before_the_backlog(tmp_path: Path) -> None:
    async def scenario(server: FaultServer) -> None:
        opened = open_outbox(tmp_path, boot_id=BOOT)
        for number in range(1, 21):
            opened.outbox.put(draft(number))
        opened.close()
        async with delivering(tmp_path, server.url) as bench:
            await bench.until(Settled, 2)
            bench.put(99)
            await bench.drained()
            settled = [step.burst_id for step in bench.of(Settled)]
            assert settled.index("burst-99") < 6

    with FaultServer().running() as server:
        asyncio.run(scenario(server))


def test_a_record_that_does_not_open_is_buried_and_the_others_go_on(tmp_path: Path) -> None:
    async def scenario(server: FaultServer) -> None:
        opened = open_outbox(tmp_path, boot_id=BOOT)
        opened.outbox.put(draft(1))
        opened.close()
        (tmp_path / "device.key").write_bytes(bytes(32))
        async with delivering(tmp_path, server.url) as bench:
            bench.put(2)
            await bench.drained()
            assert [(step.burst_id, step.code) for step in bench.of(Buried)] == [("burst-1", "record-unreadable")]
            assert [step.burst_id for step in bench.of(Identified)] == ["burst-2"]

    with FaultServer().running() as server:
        asyncio.run(scenario(server))


def test_what_nobody_waits_for_lets_the_others_go_first(tmp_path: Path) -> None:
    """What was kept while the server was away is told to be the backlog; whoever stands at the door is not."""

    async def scenario(server: FaultServer) -> None:
        opened = open_outbox(tmp_path, boot_id=BOOT)
        opened.outbox.put(draft(1))
        opened.close()
        async with delivering(tmp_path, server.url) as bench:
            await bench.drained()
            bench.put(2)
            await bench.drained()

    with FaultServer().running() as server:
        asyncio.run(scenario(server))
    assert [seen.priority for seen in server.seen] == ["backlog", "backlog", "live", "live"]
