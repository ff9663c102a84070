"""The page of moods: what may be told is drawn, what may not is drawn as withheld, and off means off."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx
import pytest

from adapters.http.access_tokens import Role
from adapters.web.dashboard.mood_columns import MoodColumn, day_of, mood_columns, window_of
from application.emotion_report import EmotionReport
from application.ports import EmotionFigures, EmotionGroup
from application.sign_in import SignedIn
from domain.emotion import EMOTIONS
from domain.matching import Match
from tests.event_store.samples import EVIDENCE
from tests.http.browsers import browser
from tests.http.live_server import LiveServer
from tests.http.test_policy import AS_STARTED
from tests.screens.school import record
from tests.screens.school_check_ins import check_in_at
from tests.web.reading import links, shown

# Of this week nothing else is known: a Monday, told; a Tuesday, withheld; a Wednesday, one told and one withheld.
MONDAY = datetime(2019, 3, 4, tzinfo=UTC)
WEEK = {"from": "2019-03-04", "to": "2019-03-10"}
HAPPY = {"happy": 0.75, "neutral": 0.25}
SAD = {"sad": 1.0}


@pytest.fixture(scope="module")
def week(busy_server: LiveServer) -> None:
    for days, readings, mood in ((0, 10, HAPPY), (1, 4, SAD), (2, 10, SAD), (2, 3, HAPPY)):
        station = uuid4()
        for _ in range(readings):
            id, events = check_in_at(station, Match(uuid4(), EVIDENCE), datetime.now(UTC), mood=mood)
            busy_server.run(record(busy_server, id, events))
        busy_server.run(_move(busy_server, station, MONDAY + timedelta(days=days)))


async def _move(server: LiveServer, station: UUID, day: datetime) -> None:
    """What was counted there, as if it had been that day: nobody waits a day for a test."""
    async with server.record.database.connection() as connection:
        await connection.execute(
            "UPDATE emotion SET ends_at = %s, begins_at = begins_at - (ends_at - %s) WHERE station_id = %s",
            (day + timedelta(days=1), day + timedelta(days=1), station),
        )


@pytest.fixture
def analyst(busy_server: LiveServer, signed_in: dict[Role, SignedIn], week: None) -> Iterator[httpx.Client]:
    with browser(busy_server, signed_in["analyst"]) as client:
        yield client


def test_days_that_may_be_told_are_drawn_and_the_others_are_withheld(analyst: httpx.Client) -> None:
    page = analyst.get("/mood/", params=WEEK)
    assert page.status_code == 200
    assert "Mon 4 Mar 2019 10 1 told 75% 0% 25%" in shown(page)
    assert "Tue 5 Mar 2019 – 1 withheld (fewer than 10 readings)" in shown(page)
    assert "Wed 6 Mar 2019 10 1 told, 1 withheld 0% 0% 0% 100%" in shown(page)
    assert page.text.count('<rect class="withheld"') == 1
    assert page.text.count(">fewer than 10 readings</text>") == 1
    assert "7 Mar 2019" not in shown(page).split("Show as a table")[1], "a day without readings has no row"


def test_a_week_is_the_mean_of_what_is_told_of_its_days(analyst: httpx.Client) -> None:
    page = analyst.get("/mood/", params={**WEEK, "step": "week"})
    assert "Mon 4 Mar 2019 20 2 told, 2 withheld 38% 0% 12% 50%" in shown(page)
    assert '<rect class="withheld"' not in page.text


def test_its_files_tell_no_more_than_the_page(analyst: httpx.Client) -> None:
    files = [link for link in links(analyst.get("/mood/", params=WEEK)) if "2019" in link]
    table, groups = (analyst.get(link) for link in files)
    rows = {row["Day"]: row for row in csv.DictReader(io.StringIO(table.text.removeprefix("\ufeff"), newline=""))}
    assert (rows["2019-03-04"]["Readings told"], rows["2019-03-04"]["Happy"]) == ("10", "0.75")
    assert (rows["2019-03-05"]["Readings told"], rows["2019-03-05"]["Sad"]) == ("0", "")
    assert (rows["2019-03-06"]["Readings told"], rows["2019-03-06"]["Happy"]) == ("10", "0")
    assert len(groups.json()["groups"]) == 4
    told = [group["figures"]["readings"] for group in groups.json()["groups"] if group["figures"] is not None]
    assert told == [10, 10]


def test_where_the_policy_is_off_it_says_so_and_shows_nothing(busy_server: LiveServer, analyst: httpx.Client) -> None:
    with busy_server.client("admin") as admin:
        try:
            assert admin.put("/api/policy/", json={**AS_STARTED, "emotion": "off"}).status_code == 200
            page = analyst.get("/mood/", params=WEEK)
            table = analyst.get("/mood/figures.csv", params=WEEK)
        finally:
            assert admin.put("/api/policy/", json=AS_STARTED).status_code == 200
    assert page.status_code == 200
    assert "/mood/" not in links(page), "the navigation leads there no more"
    assert "/mood/" in links(analyst.get("/latency/"))
    assert "No emotions are read on this server" in shown(page)
    assert "<svg" not in page.text
    assert not re.search(r"<table|figures\.csv|/api/emotion", page.text)
    assert table.status_code == 403


def test_days_without_readings_are_said_to_be_so(analyst: httpx.Client) -> None:
    assert "Nothing was read on these days" in shown(analyst.get("/mood/?from=2001-01-01&to=2001-01-31"))


@pytest.mark.parametrize(
    ("asked", "status"),
    [("from=2026-11-03&to=2026-11-02", 422), ("to=now", 400), ("from=2020-01-01&to=2026-01-01", 422)],
)
def test_days_that_cannot_be_shown_are_said_to_be_so_and_kept(analyst: httpx.Client, asked: str, status: int) -> None:
    page = analyst.get(f"/mood/?{asked}")
    assert page.status_code == status
    assert "These days cannot be shown" in shown(page)
    assert f'value="{asked.split("=")[1].split("&")[0]}"' in page.text


@pytest.mark.parametrize("asked", ["to=0001-01-01", "from=9999-12-31&to=9999-12-31"])
def test_the_first_and_the_last_day_there_are_can_be_asked_for(analyst: httpx.Client, asked: str) -> None:
    assert analyst.get(f"/mood/?{asked}").status_code == 200


@pytest.mark.parametrize("path", ["/mood/", "/mood/figures.csv"])
def test_staff_analysts_and_admins_may_look(
    busy_server: LiveServer, signed_in: dict[Role, SignedIn], path: str
) -> None:
    expected: dict[Role, int] = {"staff": 200, "analyst": 200, "admin": 200, "person": 403}
    for role, status in expected.items():
        with browser(busy_server, signed_in[role]) as client:
            assert client.get(path).status_code == status


def test_a_stations_day_is_one_in_utc_and_a_sessions_is_where_it_was_held() -> None:
    midnight = datetime(2019, 3, 5, tzinfo=UTC)
    assert day_of(group(midnight, station=True), "Asia/Tokyo") == datetime(2019, 3, 4).date()
    assert day_of(group(midnight, station=False), "Asia/Tokyo") == datetime(2019, 3, 5).date()
    for zone in ("Asia/Tokyo", "America/Lima", "UTC"):
        start, end = window_of(MONDAY.date(), MONDAY.date(), zone)
        assert start <= midnight < end


def test_a_column_is_made_of_told_figures_alone() -> None:
    report = EmotionReport(
        smallest_cohort=10, groups=[group(MONDAY, readings=30), group(MONDAY, readings=10), group(MONDAY)]
    )
    (column,) = mood_columns(report, "week", MONDAY.date(), MONDAY.date(), "America/Lima")[-1:]
    assert isinstance(column, MoodColumn)
    before = [one for one in mood_columns(report, "day", datetime(2019, 3, 3).date(), MONDAY.date(), "UTC") if one.told]
    assert [(one.readings, one.told, one.withheld) for one in before] == [(40, 2, 1)]
    assert before[0].shares == pytest.approx(dict.fromkeys(EMOTIONS, 1 / len(EMOTIONS)))


def group(ends_at: datetime, *, station: bool = False, readings: int | None = None) -> EmotionGroup:
    even = dict.fromkeys(EMOTIONS, 1 / len(EMOTIONS))
    return EmotionGroup(
        session_id=None if station else uuid4(),
        station_id=uuid4() if station else None,
        ends_at=ends_at,
        figures=None if readings is None else EmotionFigures(readings=readings, mean=even),
        buckets=[],
    )
