"""Who watches sees what concerns them, in order, from where they left off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from domain import session as sessions
from domain.check_in import MatchDenied, Reassigned
from domain.paired_station import PublicKey, station_id
from domain.personal import PersonalData
from tests.event_store import samples, station_samples
from tests.event_store.session_samples import plan
from tests.http.live_server import LiveServer
from tests.http.live_watching import WITHIN_S, as_role, begin, match, person_of, until_told, watching


def session_of(server: LiveServer, station: UUID, *people: UUID) -> UUID:
    """One that has just begun."""
    session = uuid4()
    scheduled = sessions.schedule(None, plan(station, start=datetime.now(UTC)), at=datetime.now(UTC))
    assert isinstance(scheduled, list)
    state = sessions.replay(session, scheduled)
    assert state is not None
    expected = sessions.change_roster(state, people, at=datetime.now(UTC))
    assert isinstance(expected, list)
    position = server.run(server.record.store.append(session, 0, [*scheduled, *expected]))
    server.run(server.record.projections.wait(position, WITHIN_S))
    return session


def test_a_person_sees_processing_before_it_is_decided_and_then_where_they_stand(busy_server: LiveServer) -> None:
    ada, token = person_of(busy_server, "Ada")
    station = uuid4()
    session = session_of(busy_server, station, ada)
    with watching(busy_server, "mine", token) as phone:
        assert phone.until_caught_up()[0]["checkins"] == []
        check_in = begin(busy_server, claimed=ada, station=station)
        (first,) = phone.about(check_in, 1)
        assert (first["status"], first["attendance"]) == ("processing", [])
        match(busy_server, check_in, ada)
        (second,) = phone.about(check_in, 1)
    assert second["status"] == "checked_in"
    assert [(one["session_id"], one["status"]) for one in second["attendance"]] == [(str(session), "present")]
    assert second["position"] > first["position"]


def test_a_check_in_says_where_its_station_stands_and_is_listed_though_it_counts_in_no_session(
    busy_server: LiveServer,
) -> None:
    ada, token = person_of(busy_server, "Ada")
    key = PublicKey.of(uuid4().bytes * 2)
    paired = station_id(key)
    position = busy_server.run(busy_server.record.store.append(paired, 0, station_samples.paired(key)))
    busy_server.run(busy_server.record.projections.wait(position, WITHIN_S))
    by_token = busy_server.callers["station"].caller
    places = {paired: "A1", by_token.subject: by_token.name, uuid4(): None}
    with watching(busy_server, "mine", token) as phone:
        phone.until_caught_up()
        for station, place in places.items():
            check_in = begin(busy_server, claimed=ada, station=station)
            last = match(busy_server, check_in, ada)
            assert [one["place"] for one in phone.about(check_in, 2)] == [place, place]
    until_told(busy_server, last)
    with busy_server.client(headers={"authorization": f"Bearer {token}"}) as person:
        snapshot = person.get("/api/live/mine/state/").json()["checkins"]
        history = person.get(f"/api/people/{ada}/attendance/").json()
    assert [one["place"] for one in snapshot] == list(places.values())
    assert [one["place"] for one in history["outside"]] == [*places.values()][::-1]
    assert (history["sessions"], history["before"]) == ([], None)


def test_a_person_sees_nobody_elses_check_in(busy_server: LiveServer) -> None:
    ada, token = person_of(busy_server, "Ada")
    bob, _ = person_of(busy_server, "Bob")
    with watching(busy_server, "mine", token) as phone:
        phone.until_caught_up()
        match(busy_server, begin(busy_server), bob)
        mine = begin(busy_server)
        match(busy_server, mine, ada)
        assert phone.next()["checkin_id"] == str(mine)


def test_staff_see_whose_it_is_and_no_emotion(busy_server: LiveServer) -> None:
    ada, _ = person_of(busy_server, "Ada")
    with as_role(busy_server, "staff", "staff") as staff:
        check_in = begin(busy_server, claimed=ada)
        match(busy_server, check_in, ada)
        busy_server.run(busy_server.record.store.append(check_in, 2, samples.felt()))
        end = begin(busy_server)
        first, second = staff.about(check_in, 2)
        assert staff.next()["checkin_id"] == str(end), "nothing is told of an emotion"
    assert (first["status"], first["person"]) == ("processing", None)
    assert second["person"]["name"] == "Ada"
    assert second["confidence"] == samples.EVIDENCE.confidence


def test_who_comes_back_goes_on_where_they_left_off(busy_server: LiveServer) -> None:
    ada, token = person_of(busy_server, "Ada")
    check_ins = [begin(busy_server, claimed=ada) for _ in range(3)]
    positions = [match(busy_server, check_in, ada) for check_in in check_ins]
    with watching(busy_server, "mine", token, query=f"?after={positions[0]}") as phone:
        told = [phone.next() for _ in range(2)]
    assert [one["position"] for one in told] == positions[1:]
    until_told(busy_server, positions[2])
    with watching(busy_server, "mine", token, query=f"?after={positions[2]}") as phone:
        assert phone.until_caught_up() == []


def test_who_has_no_position_begins_with_what_holds_now(busy_server: LiveServer) -> None:
    ada, token = person_of(busy_server, "Ada")
    done, under_way = begin(busy_server, claimed=ada), begin(busy_server, claimed=ada)
    until_told(busy_server, match(busy_server, done, ada))
    with watching(busy_server, "mine", token) as phone:
        (snapshot,) = phone.until_caught_up()
    assert {one["checkin_id"]: one["status"] for one in snapshot["checkins"]} == {
        str(done): "checked_in",
        str(under_way): "processing",
    }
    with as_role(busy_server, "staff", "admin") as staff:
        shown = {one["checkin_id"]: one for one in staff.until_caught_up()[0]["checkins"]}
    assert shown[str(done)]["person"]["person_id"] == str(ada)


def test_a_position_from_another_future_begins_with_a_snapshot(busy_server: LiveServer) -> None:
    with as_role(busy_server, "staff", "staff", query=f"?after={2**53 - 1}") as staff:
        assert staff.next()["kind"] == "snapshot"


def test_what_was_told_can_be_asked(busy_server: LiveServer) -> None:
    ada, _ = person_of(busy_server, "Ada")
    with as_role(busy_server, "staff", "staff") as staff, busy_server.client("staff") as client:
        staff.until_caught_up()
        for _ in range(8):
            check_in = begin(busy_server)
            match(busy_server, check_in, ada)
            for told in staff.about(check_in, 2):
                listed = client.get("/api/checkin/", params={"limit": 500}).json()["checkins"]
                (found,) = (one for one in listed if one["checkin_id"] == str(check_in))
                assert found["position"] >= told["position"]


def test_a_review_is_told_to_both_people(busy_server: LiveServer) -> None:
    ada, adas = person_of(busy_server, "Ada")
    bob, bobs = person_of(busy_server, "Bob")
    check_in = begin(busy_server)
    until_told(busy_server, match(busy_server, check_in, ada))
    with watching(busy_server, "mine", adas) as phone_of_ada, watching(busy_server, "mine", bobs) as phone_of_bob:
        assert phone_of_ada.until_caught_up()[0]["checkins"][0]["status"] == "checked_in"
        phone_of_bob.until_caught_up()
        reassigned = Reassigned(at=datetime.now(UTC), person=PersonalData(bob, bob), by=uuid4())
        busy_server.run(busy_server.record.store.append(check_in, 2, [reassigned]))
        assert phone_of_ada.next()["status"] == "unknown"
        assert phone_of_bob.next()["status"] == "checked_in"
        busy_server.run(busy_server.record.store.append(check_in, 3, [MatchDenied(at=datetime.now(UTC), by=uuid4())]))
        assert phone_of_bob.next()["status"] == "unknown"


def test_a_correction_is_told_to_its_person_and_to_staff(busy_server: LiveServer) -> None:
    ada, token = person_of(busy_server, "Ada")
    session = session_of(busy_server, uuid4(), ada)
    with watching(busy_server, "mine", token) as phone, as_role(busy_server, "staff", "staff") as staff:
        phone.until_caught_up()
        staff.until_caught_up()
        with busy_server.client("staff") as client:
            correction = {"person_id": str(ada), "status": "excused", "reason": "a note"}
            assert client.post(f"/api/sessions/{session}/corrections/", json=correction).status_code == 200
        own, told = phone.next(), staff.next()
    assert own["kind"] == told["kind"] == "attendance"
    assert (own["attendance"]["status"], own["attendance"]["corrected"]) == ("excused", True)
    assert told["person"]["person_id"] == str(ada)


def test_stations_and_sessions_are_told_to_staff(busy_server: LiveServer) -> None:
    through = datetime.now(UTC) - timedelta(minutes=1)
    door = busy_server.run(busy_server.services.tokens.create("station", "a door of its own"))
    with as_role(busy_server, "staff", "staff") as staff:
        staff.until_caught_up()
        session = session_of(busy_server, uuid4())
        scheduled = staff.next()
        with busy_server.client(headers={"authorization": f"Bearer {door.token}"}) as station:
            report = station.post("/api/stations/progress/", json={"through": through.isoformat()})
            assert report.status_code == 204
        reported = staff.next()
        while reported["kind"] != "station":
            reported = staff.next()
    assert (scheduled["kind"], scheduled["session_id"]) == ("session", str(session))
    assert datetime.fromisoformat(reported["through"]) == through


def test_whoever_is_erased_watches_no_more_and_is_shown_to_nobody(busy_server: LiveServer) -> None:
    ada, token = person_of(busy_server, "Ada")
    check_in = begin(busy_server, claimed=ada)
    until_told(busy_server, match(busy_server, check_in, ada))
    with watching(busy_server, "mine", token) as phone, as_role(busy_server, "staff", "staff") as staff:
        phone.until_caught_up()
        before = staff.until_caught_up()[0]
        busy_server.run(busy_server.services.erase_person(ada))
        assert staff.next() == {"kind": "erased", "position": staff_position(busy_server), "person_id": str(ada)}
        assert phone.code() == 4401
    shown = {one["checkin_id"]: one for one in before["checkins"]}
    assert shown[str(check_in)]["person"]["name"] == "Ada"
    for query in ("", f"?after={before['position'] - 2}"):
        with as_role(busy_server, "staff", "staff", query=query) as staff:
            told = [str(one) for one in staff.until_caught_up()]
        assert any(str(check_in) in one for one in told)
        assert not any(str(ada) in one for one in told if "'erased'" not in one)
    with watching(busy_server, "mine", token) as phone:
        assert phone.code() == 4401


def staff_position(server: LiveServer) -> int:
    """That of the last erasure."""
    rows = server.run(
        server.record.database.fetch("SELECT max(notification_id) FROM event WHERE topic = 'person.erased.v1'")
    )
    position: int = rows[0][0]
    return position
