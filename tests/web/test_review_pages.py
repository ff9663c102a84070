"""The pages of review without a browser's script: what waits and why, and what plain forms make of it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest

from adapters.http.access_tokens import Role
from application.sign_in import SignedIn
from domain import check_in as check_ins
from domain.matching import Ambiguous, Match, Mismatch, Unknown
from tests.event_store.samples import BOX, EVIDENCE, QUALITY, TIMINGS
from tests.http.browsers import browser
from tests.http.drawn_people import register
from tests.http.live_server import LiveServer, subject_of
from tests.http.test_review import seen
from tests.screens.school import record
from tests.screens.school_check_ins import check_in_at

HOSTILE = "<script>alert('review')</script>"
FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture
def pair(busy_server: LiveServer) -> tuple[str, list[UUID]]:
    """Two people under user ids that begin alike; the second has a hostile name."""
    unique = f"v{uuid4().hex[:8]}"
    with busy_server.client("staff") as api:
        return unique, [
            register(api, f"{unique}-1", f"Maya {unique}", ["face"]),
            register(api, f"{unique}-2", HOSTILE, ["face"]),
        ]


def part_of(page: httpx.Response, id: UUID) -> str:
    """The check-in's place in the list, as it reads; empty where it is not there."""
    assert page.status_code == 200
    found = re.search(rf'<li class="card" id="item-{id}".*?</li>', page.text, re.DOTALL)
    return "" if found is None else found[0]


def pressed(part: str, path: str) -> dict[str, str]:
    """What a browser sends for the form of that path when its button is pressed."""
    form = re.search(rf'<form[^>]*action="{path}".*?</form>', part, re.DOTALL)
    assert form is not None
    fields = re.findall(r'name="(\w+)" value="([^"]*)"', form[0])
    return {name: unescape(value) for name, value in fields}


def test_an_ambiguous_check_in_says_why_and_its_candidates_are_one_press_away(
    busy_server: LiveServer, staff: httpx.Client, pair: tuple[str, list[UUID]]
) -> None:
    unique, people = pair
    close = msgspec.structs.replace(EVIDENCE, margin=0.01)
    older, id = (seen(busy_server, Ambiguous((people[0], people[1]), close)) for _ in range(2))
    page = staff.get("/review/?kind=ambiguous")
    part = part_of(page, id)
    assert f"It looks like Maya {unique}, but {HOSTILE} is nearly as close." in unescape(part)
    assert "0.310" not in part
    assert f"It is Maya {unique}" in part
    assert HOSTILE not in page.text
    fields = pressed(part, f"/review/{id}/assign/")
    assert (fields["user_id"], fields["kind"], fields["next"]) == (f"{unique}-1", "ambiguous", str(older))
    answer = staff.post(f"/review/{id}/assign/", data=fields)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/review/?kind=ambiguous&done=assigned&last={id}#item-{older}"
    after = staff.get(answer.headers["location"])
    assert f"The check-in is Maya {unique}’s now, and counts." in after.text
    assert part_of(after, id) == ""
    assert part_of(after, older) != ""


def test_a_refused_capture_shows_what_was_measured_and_is_dismissed(
    busy_server: LiveServer, staff: httpx.Client
) -> None:
    id = seen(busy_server, None)
    part = part_of(staff.get("/review/?kind=refused"), id)
    assert "The face is blurred, so that it was compared with nobody." in part
    assert "12.5" not in part
    answer = staff.post(f"/review/{id}/dismiss/", data=pressed(part, f"/review/{id}/dismiss/"))
    assert answer.status_code == 303
    assert part_of(staff.get("/review/"), id) == ""
    story = staff.get(f"/review/{id}/").text
    assert "Left as nobody’s." in story
    assert "Measured 12.5, where the limit is 40 (variance)." in story
    assert "Confidence" not in story
    assert "Finding the face" in story, "stages have the words that they have on the page of latency"
    assert "The pictures are not stored" in story


def test_whoever_was_named_at_the_station_is_a_candidate_of_a_mismatch(
    busy_server: LiveServer, staff: httpx.Client, pair: tuple[str, list[UUID]]
) -> None:
    unique, people = pair
    id, at = uuid4(), datetime.now(UTC)
    station = busy_server.run(busy_server.services.tokens.create("station", f"Door {unique}")).caller.subject
    events = check_ins.start(
        station_id=station,
        burst_id=unique,
        request_digest="d",
        claimed=people[0],
        captured_at=at,
        at=at,
    )
    started = check_ins.replay(id, events)
    assert started is not None
    far = Mismatch(people[0], msgspec.structs.replace(EVIDENCE, distance=0.7))
    events += check_ins.decide_identity(started, far, quality=QUALITY, box=BOX, timings_ms=TIMINGS, at=at)
    busy_server.run(record(busy_server, id, events))
    part = part_of(staff.get("/review/?kind=mismatch"), id)
    assert f"Door {unique}" in part
    assert "Named somebody else" in part
    assert f"Maya {unique} was named at the station, but it does not look like them." in part
    assert f"It is Maya {unique}" in part
    assert f"A check-in arrived, for Maya {unique}." in staff.get(f"/review/{id}/").text


def test_who_was_matched_by_mistake_is_found_and_denied_and_then_given_to_another(
    busy_server: LiveServer, staff: httpx.Client, pair: tuple[str, list[UUID]]
) -> None:
    unique, people = pair
    id = seen(busy_server, Match(people[0], EVIDENCE))
    assert f"/review/{id}/deny/" in staff.get("/review/matched/").text
    assert "Confidence</th><td>94%" in staff.get(f"/review/{id}/").text
    answer = staff.post(f"/review/{id}/deny/", data={"back": "one"})
    assert answer.headers["location"] == f"/review/{id}/?done=denied"
    page = staff.get(answer.headers["location"]).text
    assert f"It is Maya {unique}’s no more" in page
    assert "Nobody’s check-in" in page
    assert f"Matched to Maya {unique}." in page
    assert "Confidence" not in page
    assert "Said not to be who was matched." in page
    denied = part_of(staff.get("/review/?kind=denied"), id)
    assert "Match denied by staff" in denied
    assert f"It was taken for Maya {unique}, and a member of staff said that it is not." in denied
    given = staff.post(f"/review/{id}/assign/", data={"user_id": f"{unique}-2"})
    assert given.headers["location"] == f"/review/{id}/?done=assigned"
    page = staff.get(f"/review/{id}/").text
    assert "<h1>&lt;script&gt;" in page
    assert HOSTILE not in page


@pytest.mark.parametrize("typed", ["nobody-at-all", "", "a\x00b"])
def test_a_user_id_that_nobody_has_is_told_beside_the_field_with_what_was_typed(
    busy_server: LiveServer, staff: httpx.Client, typed: str
) -> None:
    id = seen(busy_server, Unknown(EVIDENCE))
    page = staff.post(f"/review/{id}/assign/", data={"user_id": typed, "back": "list"})
    assert page.status_code == 422
    assert 'aria-invalid="true" aria-describedby="wrong"' in page.text
    assert f'list="people" value="{typed}"' in page.text
    assert part_of(staff.get("/review/?kind=unknown"), id) != ""


def test_what_cannot_be_decided_so_says_why_on_the_page_of_the_check_in(
    busy_server: LiveServer, staff: httpx.Client, pair: tuple[str, list[UUID]]
) -> None:
    matched = seen(busy_server, Match(pair[1][0], EVIDENCE))
    page = staff.post(f"/review/{matched}/dismiss/", content="", headers=FORM)
    assert page.status_code == 409
    assert '<p class="notice bad" role="alert" id="wrong">' in page.text
    for path in (f"/review/{uuid4()}/", f"/people/{matched}/"):
        assert staff.get(path).status_code == 404
    assert staff.post(f"/review/{uuid4()}/deny/", content="", headers=FORM).status_code == 404


def test_a_mood_is_told_as_read_and_never_as_what_it_was(
    busy_server: LiveServer, staff: httpx.Client, pair: tuple[str, list[UUID]]
) -> None:
    station, at = subject_of(busy_server, "station"), datetime.now(UTC)
    mood = {"happy": 0.987}
    id, events = check_in_at(station, Match(pair[1][0], EVIDENCE), at, mood=mood)
    busy_server.run(record(busy_server, id, events))
    page = staff.get(f"/review/{id}/").text
    assert "A mood was read." in page
    assert "happy" not in page
    assert "0.987" not in page


def test_the_list_goes_on_page_by_page_within_its_kind(busy_server: LiveServer, staff: httpx.Client) -> None:
    ids = [seen(busy_server, Unknown(EVIDENCE)) for _ in range(21)]
    first = staff.get("/review/?kind=unknown")
    shown = re.findall(r'id="item-([0-9a-f-]{36})"', first.text)
    assert shown == [str(id) for id in reversed(ids[1:])]
    older = re.search(r'rel="next" href="([^"]+)"', first.text)
    assert older is not None
    second = staff.get(unescape(older[1]))
    assert part_of(second, ids[0]) != ""
    assert "before=" in older[1]
    assert pressed(part_of(second, ids[0]), f"/review/{ids[0]}/dismiss/")["before"] in older[1]
    assert "There is nothing older." in staff.get("/review/?kind=unknown&before=1").text


def test_only_staff_look_again(busy_server: LiveServer, signed_in: dict[Role, SignedIn]) -> None:
    for role in ("person", "analyst"):
        with browser(busy_server, signed_in[role]) as other:
            for path in ("/review/", "/review/matched/", f"/review/{uuid4()}/"):
                assert other.get(path).status_code == 403
            assert other.post(f"/review/{uuid4()}/dismiss/", content="", headers=FORM).status_code == 403
    with browser(busy_server, signed_in["staff"], headers={"sec-fetch-site": "cross-site"}) as elsewhere:
        assert elsewhere.post(f"/review/{uuid4()}/dismiss/", content="", headers=FORM).status_code == 403
