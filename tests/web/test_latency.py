"""The page of latencies: the door's quantiles by day, its stages in words, and its stations side by side."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest

from adapters.http.access_tokens import Role
from application.sign_in import SignedIn
from domain.matching import Match
from tests.event_store.samples import EVIDENCE
from tests.http.browsers import browser
from tests.http.live_server import LiveServer
from tests.screens.school import record
from tests.screens.school_check_ins import check_in_at
from tests.web.reading import links, shown

FIRST = datetime(2018, 5, 7, 9, tzinfo=UTC)
DAYS = {"from": "2018-05-07", "to": "2018-05-10"}


class Doors(msgspec.Struct, frozen=True):
    front: UUID
    back: UUID
    front_name: str


@pytest.fixture(scope="module")
def doors(busy_server: LiveServer) -> Doors:
    """Of these days nothing else is known: three check-ins at two doors, and one more three days later."""
    name = f"<i>Front</i> {uuid4().hex[:6]}"
    front = busy_server.run(busy_server.services.tokens.create("station", name)).caller.subject
    found = Doors(front=front, back=uuid4(), front_name=name)
    for station, at in (
        (found.front, FIRST),
        (found.front, FIRST + timedelta(minutes=1)),
        (found.back, FIRST),
        (found.back, FIRST + timedelta(days=3)),
    ):
        id, events = check_in_at(station, Match(uuid4(), EVIDENCE), at)
        busy_server.run(record(busy_server, id, events))
    return found


@pytest.fixture
def analyst(busy_server: LiveServer, signed_in: dict[Role, SignedIn], doors: Doors) -> Iterator[httpx.Client]:
    with browser(busy_server, signed_in["analyst"]) as client:
        yield client


def test_the_door_is_drawn_day_by_day_and_its_latest_day_stage_by_stage(analyst: httpx.Client, doors: Doors) -> None:
    page = analyst.get("/latency/", params=DAYS)
    assert page.status_code == 200
    assert "Mon 7 May 2018 3" in shown(page)
    assert page.text.count('<circle class="dot p50"') == 2, "days without check-ins have no dot"
    assert "Thu 10 May 2018, all stations together" in shown(page)
    assert "At the door, in all from the burst’s arrival at the server to the decision who it is 1" in shown(page)
    assert "Describing the face" in shown(page)


def test_any_day_can_be_looked_into(analyst: httpx.Client, doors: Doors) -> None:
    page = analyst.get("/latency/", params={**DAYS, "day": "2018-05-07"})
    assert "to the decision who it is 3" in shown(page)
    assert f"{doors.front_name} 2" in shown(page)
    assert doors.front_name not in page.text, "it is escaped"
    assert "A station that is gone 1" in shown(page)


def test_one_station_can_be_chosen(analyst: httpx.Client, doors: Doors) -> None:
    page = analyst.get("/latency/", params={**DAYS, "station": str(doors.front)})
    assert "Mon 7 May 2018 2" in shown(page)
    assert "One station is chosen" in shown(page)
    assert f'<option value="{doors.front}" selected>' in page.text


def test_the_same_figures_can_be_had_as_files(analyst: httpx.Client, doors: Doors) -> None:
    files = [link for link in links(analyst.get("/latency/", params=DAYS)) if "2018" in link and "#" not in link]
    table, told = (analyst.get(link) for link in files)
    rows = list(csv.DictReader(io.StringIO(table.text.removeprefix("\ufeff"), newline="")))
    whole = [row for row in rows if row["Stage"] == "identify" and row["Station"] == "all"]
    assert [(row["Day (UTC)"], row["Count"]) for row in whole] == [("2018-05-07", "3"), ("2018-05-10", "1")]
    stages = {stage["stage"]: stage for stage in told.json()["days"][0]["stages"]}
    assert float(whole[0]["p50 ms"]) == stages["identify"]["p50_ms"]


def test_days_without_check_ins_are_said_to_be_so(analyst: httpx.Client) -> None:
    page = analyst.get("/latency/?from=2001-01-01&to=2001-01-31")
    assert page.status_code == 200
    assert "Nobody checked in on these days" in shown(page)


@pytest.mark.parametrize(
    ("asked", "status"),
    [("from=2026-11-03&to=2026-11-02", 422), ("to=now", 400), ("station=north", 400), ("day=monday", 400)],
)
def test_what_cannot_be_shown_is_said(analyst: httpx.Client, asked: str, status: int) -> None:
    page = analyst.get(f"/latency/?{asked}")
    assert page.status_code == status
    assert "This cannot be shown" in shown(page)


@pytest.mark.parametrize("asked", ["to=0001-01-01", "from=9999-12-31&to=9999-12-31"])
def test_the_first_and_the_last_day_there_are_can_be_asked_for(analyst: httpx.Client, asked: str) -> None:
    assert analyst.get(f"/latency/?{asked}").status_code == 200


@pytest.mark.parametrize("path", ["/latency/", "/latency/figures.csv"])
def test_staff_analysts_and_admins_may_look(
    busy_server: LiveServer, signed_in: dict[Role, SignedIn], path: str
) -> None:
    expected: dict[Role, int] = {"staff": 200, "analyst": 200, "admin": 200, "person": 403}
    for role, status in expected.items():
        with browser(busy_server, signed_in[role]) as client:
            assert client.get(path).status_code == status
