"""The pages of sessions without a browser's script: planned, attended, corrected and settled by plain forms."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx
import pytest

from tests.http.drawn_people import register
from tests.http.live_server import LiveServer, subject_of
from tests.http.test_sessions import NOW, hold, sheet
from tests.web.reading import shown

HOSTILE = "<script>alert('roster')</script>"


@pytest.fixture
def session(busy_server: LiveServer) -> UUID:
    """One that began five minutes ago, with two people."""
    name = uuid4().hex[:8]
    with busy_server.client("staff") as api:
        register(api, f"{name}-1", "Amira Haddad", ["face"])
        register(api, f"{name}-2", HOSTILE, ["face"])
        return hold(busy_server, api, f"{name}-1", f"{name}-2", title=f"Algebra {name}")


def people_of(busy_server: LiveServer, session: UUID) -> dict[str, str]:
    """Person ids by name."""
    with busy_server.client("staff") as api:
        return {row["name"]: row["person_id"] for row in sheet(api, session).values()}


def status_of(busy_server: LiveServer, session: UUID, name: str) -> str:
    with busy_server.client("staff") as api:
        found = {row["name"]: row["status"] for row in sheet(api, session).values()}
    status: str = found[name]
    return status


def test_a_session_shows_who_is_expected_and_escapes_their_names(staff: httpx.Client, session: UUID) -> None:
    page = staff.get(f"/sessions/{session}/")
    assert page.status_code == 200
    assert "Amira Haddad" in page.text
    assert HOSTILE not in page.text
    assert "&lt;script&gt;" in page.text
    assert "Nobody is absent before every station has reported" in page.text


def test_a_correction_by_form_holds_is_shown_with_its_reason_and_can_be_withdrawn(
    busy_server: LiveServer, staff: httpx.Client, session: UUID
) -> None:
    person = people_of(busy_server, session)["Amira Haddad"]
    form = {"person": person, "status": "excused", "reason": "dentist"}
    answer = staff.post(f"/sessions/{session}/corrections/", data=form)
    expected = f"/sessions/{session}/?said=corrected&person={person}"
    assert (answer.status_code, answer.headers["location"]) == (303, expected)
    assert "Amira Haddad is excused." in staff.get(answer.headers["location"]).text
    assert "dentist" in staff.get(f"/sessions/{session}/").text
    assert ",Excused,,0,dentist" in staff.get(f"/sessions/{session}/sheet/csv/").text
    assert status_of(busy_server, session, "Amira Haddad") == "excused"
    answer = staff.post(f"/sessions/{session}/corrections/", data={"person": person, "status": "withdraw"})
    assert "Amira Haddad’s check-ins speak again." in staff.get(answer.headers["location"]).text
    assert status_of(busy_server, session, "Amira Haddad") == "expected"


@pytest.mark.parametrize(("reason", "kept"), [("", ""), (" ", " "), ("at the\tdentist\x01", "at the\tdentist\x01")])
def test_a_correction_without_a_reason_is_refused_with_what_was_typed(
    busy_server: LiveServer, staff: httpx.Client, session: UUID, reason: str, kept: str
) -> None:
    form = {"person": people_of(busy_server, session)["Amira Haddad"], "status": "late", "reason": reason}
    answer = staff.post(f"/sessions/{session}/corrections/", data=form)
    assert answer.status_code == 422
    assert f'size="18" value="{kept}" aria-invalid="true" aria-describedby="wrong"' in answer.text
    assert re.search(r'<details open>.*?<option value="late" selected>.*?id="wrong">Say why', answer.text, re.DOTALL)
    assert status_of(busy_server, session, "Amira Haddad") == "expected"


def test_staff_vouch_for_somebody_by_their_user_id(busy_server: LiveServer, staff: httpx.Client, session: UUID) -> None:
    with busy_server.client("staff") as api:
        user_id = next(iter(sheet(api, session)))
    assert staff.post(f"/sessions/{session}/check-ins/", data={"user_id": user_id}).status_code == 303
    with busy_server.client("staff") as api:
        assert sheet(api, session)[user_id]["status"] == "present"
    nobody = staff.post(f"/sessions/{session}/check-ins/", data={"user_id": "nobody-there"})
    assert nobody.status_code == 404
    assert "Nobody is registered under the user id “nobody-there”." in nobody.text
    assert 'value="nobody-there" aria-invalid="true" aria-describedby="wrong"' in nobody.text


def test_a_roster_is_replaced_and_a_wrong_line_is_named(
    busy_server: LiveServer, staff: httpx.Client, session: UUID
) -> None:
    with busy_server.client("staff") as api:
        first = next(iter(sheet(api, session)))
    assert staff.post(f"/sessions/{session}/roster/", data={"user_ids": f"{first}\r\n\r\n"}).status_code == 303
    with busy_server.client("staff") as api:
        assert list(sheet(api, session)) == [first]
    wrong = staff.post(f"/sessions/{session}/roster/", data={"user_ids": f"no-such-person\n{first} "})
    assert wrong.status_code == 404
    assert "Nothing was changed: nobody is registered under no-such-person." in wrong.text
    assert f'aria-describedby="wrong">\nno-such-person\n{first} </textarea>' in wrong.text


def test_one_person_is_added_to_a_roster_and_another_removed(
    busy_server: LiveServer, staff: httpx.Client, session: UUID
) -> None:
    unique = uuid4().hex[:8]
    with busy_server.client("staff") as api:
        register(api, unique, "Greta Lindqvist", ["face"])
        other = next(one for one in sheet(api, session) if one.endswith("-2"))
    added = staff.post(f"/sessions/{session}/roster/add/", data={"user_id": unique})
    assert "Greta Lindqvist is expected." in staff.get(added.headers["location"]).text
    gone = {"person": people_of(busy_server, session)["Amira Haddad"]}
    removed = staff.post(f"/sessions/{session}/roster/remove/", data=gone)
    assert "Amira Haddad is expected no more." in staff.get(removed.headers["location"]).text
    with busy_server.client("staff") as api:
        assert set(sheet(api, session)) == {other, unique}
    nobody = staff.post(f"/sessions/{session}/roster/add/", data={"user_id": "Greta"})
    assert nobody.status_code == 404
    assert 'value="Greta" aria-invalid="true" aria-describedby="wrong"' in nobody.text


def test_a_session_is_planned_by_form_and_found_in_its_week(busy_server: LiveServer, staff: httpx.Client) -> None:
    title = f"Chemistry {uuid4().hex[:6]}"
    form = {
        "title": title,
        "room": "R 204",
        "date": "2026-11-25",
        "starts": "09:00",
        "ends": "09:45",
        "late_after_min": "5",
        "stations": str(subject_of(busy_server, "station")),
    }
    answer = staff.post("/sessions/", data=form)
    assert answer.status_code == 303, answer.text
    assert title in staff.get(answer.headers["location"]).text
    listed = staff.get("/sessions/", params={"week": "2026-11-23"})
    assert title in listed.text
    assert "09:00–09:45" in listed.text


def test_a_plan_that_is_refused_comes_back_as_it_was_typed(staff: httpx.Client) -> None:
    form = {"title": "Only a title", "room": "R 1", "date": "2026-11-25", "starts": "09:00", "ends": "09:45"}
    answer = staff.post("/sessions/", data=form)
    assert answer.status_code in (400, 422)
    assert 'value="Only a title"' in answer.text
    assert 'class="notice bad"' in answer.text
    assert 'id="stations-fault">A session needs a station, or nobody could check in.' in answer.text
    assert "(" not in shown(answer).split("Nothing was planned.")[1].split("Class or group")[0]


def test_what_is_wrong_with_a_plan_is_told_beside_its_field(busy_server: LiveServer, staff: httpx.Client) -> None:
    form = {"title": "T", "room": "R 1", "date": "2026-11-25", "starts": "09:00", "ends": "09:05"}
    form["stations"] = str(subject_of(busy_server, "station"))
    answer = staff.post("/sessions/", data=form)
    assert answer.status_code == 422
    assert 'aria-describedby="late_after_min-fault"' in answer.text
    assert 'id="late_after_min-fault">Nobody could be late before the end.' in answer.text
    nameless = staff.post("/sessions/", data={**form, "title": " "})
    assert 'id="title-fault">1 to 200 characters that can be seen' in nameless.text


def test_a_timetable_is_checked_and_then_imported_by_form(busy_server: LiveServer, staff: httpx.Client) -> None:
    series, station = uuid4().hex[:8], subject_of(busy_server, "station")
    lines = (
        "series,title,room,start,end,stations,repeat",
        f"{series},Botany,R 1,2031-03-24 09:00,2031-03-24 10:00,{station},FREQ=WEEKLY;COUNT=2",
        f"{series},Botany,R 1,2031-03-26 09:00,2031-03-26 08:00,{station},",
    )
    fields = {"text": "\n".join(lines), "first": "2031-03-01", "last": "2031-03-31"}
    multipart = {name: (None, value) for name, value in fields.items()}
    checked = staff.post("/sessions/import/check/", files=multipart)
    assert "Nothing has changed yet" in checked.text
    assert "Import 2 sessions" in checked.text
    assert "it is not after the start" in checked.text
    assert "Botany" not in staff.get("/sessions/?week=2031-03-24").text
    done = staff.post("/sessions/import/", files=multipart)
    assert "The import is done, except for the lines below." in done.text
    assert staff.get("/sessions/?week=2031-03-24").text.count("Botany") == 1
    again = staff.post("/sessions/import/check/", files=multipart)
    assert "Import 2 sessions" not in again.text
    wrong = staff.post("/sessions/import/", files={**multipart, "last": (None, "2031-02-01")})
    assert (wrong.status_code, 'id="last-fault">It is before the first day.' in wrong.text) == (422, True)
    assert "Botany" in wrong.text


@pytest.mark.parametrize("week", ["", "2026-02-30", "9999-12-31", "0001-01-01", "tomorrow"])
def test_whatever_week_is_asked_for_there_is_a_page(staff: httpx.Client, week: str) -> None:
    assert staff.get("/sessions/", params={"week": week}).status_code == 200


def test_it_opens_settles_and_cancels_by_form(busy_server: LiveServer, staff: httpx.Client, session: UUID) -> None:
    page = staff.get(f"/sessions/{session}/").text
    assert '<span class="tag ok">Running</span>' in page
    assert "Settle it now" not in page
    unsettled = staff.post(f"/sessions/{session}/close/")
    assert unsettled.status_code == 409
    assert "station has not reported past the end yet: 2 people may still have been seen there." in unsettled.text
    cancelled = staff.post(f"/sessions/{session}/cancel/")
    assert cancelled.status_code == 303
    page = staff.get(cancelled.headers["location"]).text
    assert page.count("nobody misses it") == 1
    assert "Who is expected" not in page


def test_the_sheet_for_spreadsheets_holds_no_formula(busy_server: LiveServer, staff: httpx.Client) -> None:
    with busy_server.client("staff") as api:
        user_id = f"f-{uuid4().hex[:6]}"
        register(api, user_id, "=HYPERLINK(1)", ["face"])
        id = hold(busy_server, api, user_id, starts_at=(NOW + timedelta(hours=1)).isoformat(),
                  ends_at=(NOW + timedelta(hours=2)).isoformat())  # fmt: skip
    answer = staff.get(f"/sessions/{id}/sheet/csv/")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert f"'=HYPERLINK(1),{user_id},Expected" in answer.text


def test_the_page_of_today_shows_the_session_and_what_waits(
    busy_server: LiveServer, staff: httpx.Client, session: UUID
) -> None:
    page = staff.get("/today/").text
    assert f"/sessions/{session}/" in page
    assert "/api/reports/attendance/?by=session&amp;from=" in page
    assert staff.get("/today/arrivals.csv").text.splitlines()[0].endswith("Minutes from the start,Present,Late")
    assert re.search(r"Waiting for review</dt><dd><a href=\"/review/\">\d+", page)
    assert datetime.now(UTC).strftime("%B %Y") in page


def test_a_session_that_is_not_there_is_a_page_that_says_so(staff: httpx.Client) -> None:
    answer = staff.get(f"/sessions/{uuid4()}/")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "There is no such session" in answer.text


def test_whoever_is_not_signed_in_is_led_to_the_sign_in_and_back(busy_server: LiveServer) -> None:
    with busy_server.client() as nobody:
        answer = nobody.get("/sessions/")
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in/?next=%2Fsessions%2F")
        assert 'name="next" value="/sessions/"' in nobody.get(answer.headers["location"]).text


@pytest.mark.parametrize(("kind", "begins"), [("xlsx", b"PK"), ("pdf", b"%PDF")])
def test_the_sheet_can_be_printed_and_computed_with(
    staff: httpx.Client, session: UUID, kind: str, begins: bytes
) -> None:
    answer = staff.get(f"/sessions/{session}/sheet/{kind}/")
    assert answer.status_code == 200
    assert answer.content.startswith(begins)
    assert answer.headers["content-disposition"] == f'attachment; filename="session-{session}.{kind}"'
