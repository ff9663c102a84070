"""Who was away for longer than the feed remembers is told from the log; after too much, what holds now."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from adapters.live import audience, feed
from domain import check_in as check_ins
from domain import session as sessions
from domain.attendance import Attendance
from tests.event_store import samples, session_samples
from tests.http.live_server import LiveServer
from tests.http.live_watching import begin, match, person_of, until_told, watching
from tests.live.followers import Told
from tests.live.servers import feeding_server

CHECK_INS = 30


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """It remembers little and reads little at a time, so that everything is met within sixty events."""
    monkeypatch.setattr(feed, "_REMEMBERED", 12)
    monkeypatch.setattr(feed, "_REMEMBERED_AT_START", 7)
    monkeypatch.setattr(feed, "_PAGE", 5)


def history(server: LiveServer, people: list[UUID]) -> dict[int, UUID]:
    """Whose each position is."""
    told: dict[int, UUID] = {}
    for number in range(CHECK_INS):
        person = people[number % len(people)]
        position = match(server, begin(server, claimed=person), person)
        told |= {position - 1: person, position: person}
    until_told(server, max(told))
    return told


def positions(server: LiveServer, path: str, token: str, after: int, count: int) -> list[int]:
    url = f"ws://127.0.0.1:{server.port}/api/live/{path}/?after={after}"
    found: list[int] = []
    with connect(url, additional_headers={"Authorization": f"Bearer {token}"}) as socket:
        while len(found) < count:
            told = msgspec.json.decode(socket.recv(timeout=30), type=Told)
            if told.kind != "heartbeat":
                found.append(told.position)
    return found


def test_what_is_not_remembered_is_read_from_the_log(database: str, key_file: Path, forgetful: None) -> None:
    with feeding_server(database, key_file) as server:
        (ada, phone), (bob, _) = person_of(server, "Ada"), person_of(server, "Bob")
        whose = history(server, [ada, bob])
        everything, adas = sorted(whose), sorted(position for position, person in whose.items() if person == ada)
        dashboard = server.callers["staff"].token
        for after in (0, everything[20], everything[-3]):
            expected = [position for position in everything if position > after]
            assert positions(server, "staff", dashboard, after, len(expected)) == expected
        assert positions(server, "mine", phone, 0, len(adas)) == adas
    with feeding_server(database, key_file) as server:
        assert positions(server, "staff", dashboard, 0, len(everything)) == everything, "after a restart as before"


def test_after_too_much_it_begins_with_what_holds_now(
    database: str, key_file: Path, forgetful: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "_REPLAYED_AT_MOST", 40)
    with feeding_server(database, key_file) as server:
        ada, phone = person_of(server, "Ada")
        last = max(history(server, [ada]))
        with watching(server, "mine", phone, query=f"?after={last - 41}") as socket:
            (snapshot,) = socket.until_caught_up()
        with watching(server, "mine", phone, query=f"?after={last - 40}") as socket:
            assert len(socket.until_caught_up()) == 40
    assert (snapshot["kind"], snapshot["position"], len(snapshot["checkins"])) == ("snapshot", last, CHECK_INS)


def test_a_session_that_closes_tells_each_person_how_it_ended_for_them(database: str, key_file: Path) -> None:
    with feeding_server(database, key_file) as server:
        (ada, adas), (bob, bobs) = person_of(server, "Ada"), person_of(server, "Bob")
        session, station = uuid4(), uuid4()
        planned = session_samples.scheduled(station, people=[ada, bob])
        attendance = [
            Attendance(person=ada, status="present", check_in=uuid4()),
            Attendance(person=bob, status="absent"),
        ]
        ended = sessions.settle(session_samples.session(planned), attendance, reported=True, at=samples.later(9000))
        assert isinstance(ended, list)
        # Ada was there, so that the read model agrees with what is recorded.
        check_in = check_ins.start(
            station_id=station,
            burst_id="door",
            request_digest="digest",
            claimed=None,
            captured_at=session_samples.START,
            at=datetime.now(UTC),
        )
        server.run(server.record.store.append(uuid4(), 0, [*check_in, *samples.matched(ada)]))
        server.run(server.record.store.append(session, 0, planned))
        with watching(server, "mine", adas) as hers, watching(server, "mine", bobs) as his:
            hers.until_caught_up()
            his.until_caught_up()
            server.run(server.record.store.append(session, len(planned), ended))
            told = hers.next()
            while told["kind"] != "attendance":  # her check-in may have come after the snapshot
                told = hers.next()
            assert (told["attendance"]["session_id"], told["attendance"]["status"]) == (str(session), "present")
            assert his.next()["attendance"]["status"] == "expected", "as a GET says: no station has reported"


def test_nobody_takes_all_the_room(database: str, key_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audience, "MOST_OF_ONE_PERSON", 1)
    with feeding_server(database, key_file) as server:
        _, phone = person_of(server, "Ada")
        _, other = person_of(server, "Bob")
        with watching(server, "mine", phone) as first:
            first.until_caught_up()
            with watching(server, "mine", phone) as second, pytest.raises(ConnectionClosed) as closed:
                second.next()
            with watching(server, "mine", other) as third:
                assert third.next()["kind"] == "snapshot"
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1013
