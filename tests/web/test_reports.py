"""The pages of reports: the figures of a term, their files, and what is said where there are none."""

from __future__ import annotations

import html
from datetime import datetime
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest

from adapters.http.access_tokens import Role
from application.sign_in import SignedIn
from tests.http.browsers import browser
from tests.http.drawn_people import register
from tests.http.live_server import LiveServer
from tests.http.test_sessions import hold
from tests.web.reading import links, shown

HOSTILE = "<script>alert('report')</script>"


class Group(msgspec.Struct, frozen=True):
    """One that met once: the first was late, the second, whose name is hostile, is expected."""

    name: str
    people: list[UUID]
    session: UUID
    query: dict[str, str]


@pytest.fixture(scope="module")
def group(busy_server: LiveServer) -> Group:
    mark = uuid4().hex[:8]
    title = f"History & <b>{mark}</b>"
    with busy_server.client("staff") as api:
        people = [
            register(api, f"web-report-{mark}-{number}", name, ["face"])
            for number, name in enumerate(("Amira Haddad", HOSTILE))
        ]
        session = hold(busy_server, api, f"web-report-{mark}-0", f"web-report-{mark}-1", title=title)
        correction = {"person_id": str(people[0]), "status": "late", "reason": "the bus"}
        assert api.post(f"/api/sessions/{session}/corrections/", json=correction).status_code == 200
        starts_at = datetime.fromisoformat(api.get(f"/api/sessions/{session}/").json()["session"]["starts_at"])
    day = starts_at.date().isoformat()
    return Group(name=title, people=people, session=session, query={"group": title, "from": day, "to": day})


@pytest.mark.parametrize("by", ["person", "group", "session", "day"])
def test_a_report_shows_its_figures_and_escapes_every_name(staff: httpx.Client, group: Group, by: str) -> None:
    page = staff.get("/reports/", params={**group.query, "by": by})
    assert page.status_code == 200
    assert "100.0%" in shown(page)
    assert "<svg" in page.text
    assert HOSTILE not in page.text
    assert group.name not in page.text, "a title is escaped too"
    assert html.escape(group.name) in page.text


def test_the_same_figures_can_be_had_as_files(staff: httpx.Client, group: Group) -> None:
    page = staff.get("/reports/", params={**group.query, "by": "person"})
    files = {link.rsplit("format=", 1)[1]: link for link in links(page) if "format=" in link}
    assert set(files) == {"csv", "xlsx", "pdf", "json"}
    report = staff.get(files["json"]).json()
    assert (report["group"], report["totals"]["late"], report["totals"]["expected"]) == (group.name, 1, 1)
    assert "Amira Haddad" in staff.get(files["csv"]).text


def test_a_row_leads_to_what_it_is_about(staff: httpx.Client, group: Group) -> None:
    by_session = links(staff.get("/reports/", params={**group.query, "by": "session"}))
    assert f"/sessions/{group.session}/" in by_session
    by_person = staff.get("/reports/", params=group.query)
    detail = next(link for link in links(by_person) if f"/reports/person/{group.people[0]}/" in link)
    page = staff.get(detail)
    assert page.status_code == 200
    assert "Amira Haddad" in shown(page)
    assert group.name in shown(page)
    assert "Late by hand" in shown(page)
    assert f"/sessions/{group.session}/" in links(page)


def test_no_name_stands_in_an_address(staff: httpx.Client, group: Group) -> None:
    found = links(staff.get("/reports/", params=group.query))
    assert not [link for link in found if "Amira" in link or "script" in link]


def test_days_without_sessions_are_said_to_be_so(staff: httpx.Client) -> None:
    page = staff.get("/reports/?from=2001-01-01&to=2001-01-31")
    assert page.status_code == 200
    assert "No session starts on these days" in shown(page)


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        (
            "from=2026-11-03&to=2026-11-02",
            422,
            "The first day must not be after the last day, nor more than 400 days before it",
        ),
        ("from=tomorrow", 400, "It is a day, such as 2026-11-02"),
        ("by=teacher", 400, "Choose one of the list"),
        ("person_id=ada", 400, "Choose one of the list"),
        (f"person_id={UUID(int=1)}", 404, "Nobody is registered under it any more"),
        ("group=%00", 400, "There is no such group"),
    ],
)
def test_what_cannot_be_asked_for_is_said_beside_its_field(
    staff: httpx.Client, asked: str, status: int, said: str
) -> None:
    page = staff.get(f"/reports/?{asked}&by=day" if "by=" not in asked else f"/reports/?{asked}")
    assert page.status_code == status
    assert said in shown(page)
    assert page.text.count('aria-invalid="true"') == 1
    if asked.startswith("from=2026"):
        assert 'value="2026-11-03"' in page.text, "what was chosen is kept"


def test_an_empty_field_is_one_that_was_left_out(staff: httpx.Client, group: Group) -> None:
    page = staff.get("/reports/", params={**group.query, "person_id": "", "by": "group"})
    assert page.status_code == 200
    assert "History &" in shown(page)


def test_of_somebody_who_is_not_there_there_is_no_page(staff: httpx.Client) -> None:
    page = staff.get(f"/reports/person/{uuid4()}/")
    assert page.status_code == 404
    assert page.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("path", ["/reports/", f"/reports/person/{UUID(int=1)}/"])
def test_only_staff_and_admins_see_reports(busy_server: LiveServer, signed_in: dict[Role, SignedIn], path: str) -> None:
    refused: tuple[Role, ...] = ("analyst", "person")
    for role in refused:
        with browser(busy_server, signed_in[role]) as client:
            assert client.get(path).status_code == 403
    with busy_server.client() as nobody:
        assert nobody.get(path).status_code == 303
