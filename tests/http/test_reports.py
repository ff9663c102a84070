"""Attendance reports over HTTP: as JSON and as files, of which days, of whom."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest
from openpyxl import load_workbook  # type: ignore[import-untyped]  # it ships no types

from tests.http.drawn_people import register
from tests.http.live_server import LiveServer
from tests.http.test_sessions import hold

PATH = "/api/reports/attendance/"


class Group(msgspec.Struct, frozen=True):
    """A group of its own, that met once: one was corrected to present and one to absent, one is expected."""

    name: str
    people: list[UUID]
    user_ids: list[str]
    session: UUID
    today: str


@pytest.fixture(scope="module")
def group(busy_server: LiveServer) -> Group:
    mark = uuid4().hex[:8]
    user_ids = [f"report-{mark}-{number}" for number in range(3)]
    with busy_server.client("staff") as staff:
        names = ("=Ada Byron", "Elif Yıldız", "Omar Said")
        people = [register(staff, user_id, name, ["face"]) for user_id, name in zip(user_ids, names, strict=True)]
        session = hold(busy_server, staff, *user_ids, title=f"Algebra {mark}")
        for person, status in zip(people, ("present", "absent"), strict=False):
            correction = {"person_id": str(person), "status": status, "reason": "seen"}
            assert staff.post(f"/api/sessions/{session}/corrections/", json=correction).status_code == 200
        starts_at = datetime.fromisoformat(staff.get(f"/api/sessions/{session}/").json()["session"]["starts_at"])
    today = starts_at.astimezone(UTC).date().isoformat()
    return Group(name=f"Algebra {mark}", people=people, user_ids=user_ids, session=session, today=today)


def ask(server: LiveServer, group: Group, **asked: str) -> httpx.Response:
    query = {"group": group.name, "from": group.today, "to": group.today, **asked}
    with server.client("staff") as staff:
        return staff.get(PATH, params=query)


def test_a_report_counts_each_person_of_a_group(busy_server: LiveServer, group: Group) -> None:
    report = ask(busy_server, group, by="person").json()
    rows = {row["user_id"]: row for row in report["rows"]}
    ada, elif_, omar = (rows[user_id] for user_id in group.user_ids)
    assert (ada["counts"]["present"], ada["counts"]["rate"]) == (1, 1.0)
    assert (elif_["counts"]["absent"], elif_["counts"]["rate"], elif_["name"]) == (1, 0.0, "Elif Yıldız")
    assert (omar["counts"]["expected"], omar["counts"]["rate"]) == (1, None)
    assert report["totals"] == {"present": 1, "late": 0, "absent": 1, "excused": 0, "expected": 1, "rate": 0.5}
    assert (report["sessions"], report["first"], report["zone"]) == (1, group.today, "UTC")


def test_the_same_totals_come_by_group_by_session_and_by_day(busy_server: LiveServer, group: Group) -> None:
    reports = {by: ask(busy_server, group, by=by).json() for by in ("person", "group", "session", "day")}
    assert len({msgspec.json.encode(report["totals"]) for report in reports.values()}) == 1
    assert [row["name"] for row in reports["group"]["rows"]] == [group.name]
    assert [row["session_id"] for row in reports["session"]["rows"]] == [str(group.session)]
    assert [row["day"] for row in reports["day"]["rows"]] == [group.today]


def test_a_report_of_one_person_is_about_nobody_else(busy_server: LiveServer, group: Group) -> None:
    report = ask(busy_server, group, by="session", person_id=str(group.people[1])).json()
    assert report["totals"]["absent"] == 1
    assert sum(report["totals"][status] for status in ("present", "late", "excused", "expected")) == 0
    assert ask(busy_server, group, person_id=str(group.people[1])).json()["rows"][0]["user_id"] == group.user_ids[1]


def test_a_csv_file_is_named_and_no_name_in_it_is_a_formula(busy_server: LiveServer, group: Group) -> None:
    answer = ask(busy_server, group, by="person", format="csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert f'filename="attendance-by-person-{group.today}-{group.today}.csv"' in answer.headers["content-disposition"]
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert {row["Name"] for row in rows} == {"'=Ada Byron", "Elif Yıldız", "Omar Said"}
    assert {row["User id"]: row["Rate"] for row in rows} == dict(zip(group.user_ids, ("1", "0", ""), strict=True))


def test_a_spreadsheet_holds_the_same_figures(busy_server: LiveServer, group: Group) -> None:
    answer = ask(busy_server, group, by="person", format="xlsx")
    assert answer.headers["content-type"] == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    sheet = load_workbook(io.BytesIO(answer.content))["Figures"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0] == ["Name", "User id", "Sessions", "Present", "Late", "Absent", "Excused", "Expected", "Rate"]
    assert rows[-1] == ["All", None, None, 1, 0, 1, 0, 1, 0.5]
    assert {row[0] for row in rows[1:-1]} == {"=Ada Byron", "Elif Yıldız", "Omar Said"}


def test_a_printed_sheet_is_a_pdf(busy_server: LiveServer, group: Group) -> None:
    answer = ask(busy_server, group, by="session", format="pdf")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF-")
    assert answer.content.rstrip().endswith(b"%%EOF")


@pytest.mark.parametrize(
    "asked",
    ["by=teacher", "format=doc", "from=yesterday", "to=2026-11-02T00:00:00Z", "person_id=ada", "group=", "group=%00"],
)
def test_what_cannot_be_asked_for_is_named(busy_server: LiveServer, asked: str) -> None:
    with busy_server.client("staff") as staff:
        answer = staff.get(f"{PATH}?{asked}")
    assert (answer.status_code, answer.json()["code"]) == (400, "request-malformed")
    assert answer.json()["errors"][0]["parameter"] == asked.split("=")[0]


@pytest.mark.parametrize("asked", ["from=2026-11-03&to=2026-11-02", "from=2020-01-01&to=2026-11-02"])
def test_a_window_is_in_order_and_not_too_long(busy_server: LiveServer, asked: str) -> None:
    with busy_server.client("staff") as staff:
        answer = staff.get(f"{PATH}?{asked}")
    assert (answer.status_code, answer.json()["code"]) == (422, "window-impossible")


@pytest.mark.parametrize("asked", ["to=0001-01-01", "from=9999-12-31&to=9999-12-31"])
def test_the_first_and_the_last_day_there_are_have_no_sessions(busy_server: LiveServer, asked: str) -> None:
    with busy_server.client("staff") as staff:
        answer = staff.get(f"{PATH}?{asked}")
    assert (answer.status_code, answer.json()["rows"]) == (200, [])


def test_of_somebody_who_is_not_there_nothing_is_reported(busy_server: LiveServer, group: Group) -> None:
    answer = ask(busy_server, group, person_id=str(uuid4()))
    assert (answer.status_code, answer.json()["code"]) == (404, "person-not-found")


def test_unless_asked_a_report_is_of_four_weeks_up_to_today(busy_server: LiveServer) -> None:
    with busy_server.client("staff") as staff:
        report = staff.get(PATH).json()
    first, last = (datetime.fromisoformat(report[name]).date() for name in ("first", "last"))
    assert last - first == timedelta(days=27)
    assert abs(datetime.now(UTC).date() - last) <= timedelta(days=1)
