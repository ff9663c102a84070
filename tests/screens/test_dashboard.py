"""Every page of the dashboard in a real browser: wide and narrow, light and dark, by keyboard, live, without script."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import Browser, Page, expect

from domain.matching import Ambiguous, Decision, Match, Unknown
from tests.event_store.samples import EVIDENCE
from tests.http.drawn_people import register
from tests.screens.keyboard import tab_to
from tests.screens.looking import THEMES, Pages, errors_beside, new_page, pages_of, wrong_with
from tests.screens.school import School, record
from tests.screens.school_check_ins import check_in_at
from tests.screens.seen import STATED, Seen, see
from tests.screens.walk import deeds, missing_sections, shareable, stops


@pytest.fixture(scope="module")
def pages(browser: Browser, school: School) -> Iterator[Pages]:
    with pages_of(browser, school) as pages:
        yield pages


@pytest.fixture(scope="module")
def walked(pages: Pages, browser: Browser, school: School) -> Sequence[Seen]:
    """All pages, looked at once."""
    with pages_of(browser, school) as others:
        return [see(pages, others, school, stop) for stop in stops(school)]


@pytest.fixture
def staff(browser: Browser, school: School) -> Iterator[Page]:
    page = new_page(browser, school, school.signed_in["staff"])
    yield page
    page.context.close()


def test_every_section_of_the_navigation_leads_somewhere() -> None:
    assert missing_sections() == []


def test_every_page_fits_is_accessible_and_raises_no_error_at_both_widths_and_in_both_themes(
    walked: Sequence[Seen],
) -> None:
    assert {one.stop.name: one.wrong for one in walked if one.wrong} == {}


def test_what_a_form_answers_fits_is_accessible_and_raises_no_error(pages: Pages, school: School) -> None:
    found: dict[str, list[str]] = {}
    for deed in deeds(school):
        looked = pages.of("admin")
        looked.page.goto(school.url + deed.path)
        with looked.page.expect_navigation() as navigating:
            deed.do(looked.page)
        assert navigating.value is not None
        status = navigating.value.status
        found[deed.name] = [] if status == deed.status else [f"status {status}"]
        expect(looked.page.locator("main")).to_contain_text(deed.says)
        found[deed.name] += [*wrong_with(looked.page), *errors_beside(looked, status)]
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_the_look_at_a_page_can_fail(pages: Pages, school: School) -> None:
    looked = pages.of("staff")
    looked.page.goto(f"{school.url}/sessions/")
    looked.page.evaluate(
        """() => { document.querySelector('h1').innerHTML = '<button></button>';
          document.querySelector('main p').style.width = '2000px';
          document.querySelector('main p').style.color = 'light-dark(#888, #555)';
          document.querySelector('.scroll td').style.minWidth = '500px';
          const cell = document.querySelector('tr:nth-child(2) > .first');
          cell.replaceChildren('words', document.createElement('div'));
          cell.style.color = 'light-dark(#888, #555)';
          cell.lastChild.style.cssText = 'width: 900px; height: 1px'; console.error('no'); }"""
    )
    wrong = "\n".join(wrong_with(looked.page))
    assert "desktop: sticks out: <p" in wrong
    assert "phone: sticks out: Sessions of" in wrong
    assert "phone: button-name" in wrong
    assert "tablet: sticks out: <td" in wrong
    for theme in THEMES:
        assert re.search(rf"^{theme}: color-contrast .* tr:nth-child\(2\) > \.first", wrong, re.MULTILINE)
    assert looked.errors == ["no"]


def test_without_a_script_every_page_says_the_same(browser: Browser, school: School, walked: Sequence[Seen]) -> None:
    """Headings and columns: what a page is about. Its figures and forms are tested by their own files."""
    missing = {one.stop.name: one.unsaid for one in walked}
    with pages_of(browser, school, script=False) as plain:
        for one in walked:
            if one.scripted:
                page = plain.of(one.stop.role).page
                page.goto(school.url + one.stop.path)
                missing[one.stop.name] |= one.stated - set(page.evaluate(STATED, None))
    assert {name: words for name, words in missing.items() if words} == {}
    assert {one.stop.name for one in walked if one.scripted} >= {"today", "review", "people one photographs"}


def test_an_address_with_a_query_shows_the_same_to_whoever_it_is_given(walked: Sequence[Seen]) -> None:
    assert any(shareable(one.stop) for one in walked)
    assert [one.stop.name for one in walked if one.differs] == []


def test_a_correction_is_made_by_keyboard_alone(staff: Page, school: School) -> None:
    staff.goto(f"{school.url}/today/")
    table = staff.locator("[data-part=attendance] details")
    tab_to(staff, table.locator("summary"))
    staff.keyboard.press("Enter")
    tab_to(staff, table.locator(f"a[href='/sessions/{school.sessions[1]}/']"))
    staff.keyboard.press("Enter")
    row = staff.locator("tr", has=staff.get_by_text("Omar Said", exact=True))
    expect(row.locator(".tag")).to_have_text("Expected")
    tab_to(staff, row.locator("summary"))
    staff.keyboard.press("Enter")
    tab_to(staff, row.locator("select"))
    staff.keyboard.press("e")
    tab_to(staff, row.locator("input[name=reason]"))
    staff.keyboard.type("at the dentist")
    staff.keyboard.press("Enter")
    expect(row.locator(".tag")).to_have_text("Excused")
    with school.server.client("staff") as api:
        sheet = api.get(f"/api/sessions/{school.sessions[1]}/").json()
    (corrected,) = [one for one in sheet["attendance"] if one["name"] == "Omar Said"]
    assert (corrected["status"], corrected["correction"]["reason"]) == ("excused", "at the dentist")


def test_a_review_is_done_by_keyboard_alone(staff: Page, school: School) -> None:
    unknown = came(school, Unknown(EVIDENCE))
    ambiguous = came(school, Ambiguous((school.people[2], school.people[3]), EVIDENCE))
    staff.goto(f"{school.url}/today/")
    tab_to(staff, staff.get_by_role("link", name="Review", exact=True))
    staff.keyboard.press("Enter")
    item = staff.locator(f"#item-{unknown}")
    tab_to(staff, item.locator("input[list=people]"))
    staff.keyboard.type("s-021")
    tab_to(staff, item.get_by_role("button", name="Assign"))
    staff.keyboard.press("Enter")
    expect(item).to_have_count(0)
    other = staff.locator(f"#item-{ambiguous}")
    tab_to(staff, other.get_by_role("button", name="Leave it as nobody’s"))
    staff.keyboard.press("Enter")
    expect(other).to_have_count(0)
    with school.server.client("staff") as api:
        waiting = {one["checkin_id"] for one in api.get("/api/review/").json()["items"]}
        assert waiting.isdisjoint({str(unknown), str(ambiguous)})
        assert api.post(f"/api/review/{unknown}/assign/", json={"user_id": "s-021"}).json()["person_id"] == str(
            school.people[20]
        )
        assert api.post(f"/api/review/{ambiguous}/dismiss/").json()["dismissed"] is True


def test_a_check_in_comes_into_today_and_the_figures_follow_without_a_reload(staff: Page, school: School) -> None:
    staff.goto(f"{school.url}/today/")
    staff.evaluate("window.notReloaded = true")
    expect(staff.locator("#live")).to_have_text("Live")
    late = staff.locator("[data-part=figures] .figure", has_text="Late").locator("dd")
    before = int(late.evaluate("(one) => one.firstChild.textContent"))
    check_in = came(school, Match(school.people[7], EVIDENCE))
    line = staff.locator(f"#feed li[data-id='{check_in}']")
    expect(line).to_contain_text("Hugo Almeida")
    expect(line).to_contain_text("Linear algebra: late")
    expect(line.locator(".tag")).to_have_text("Checked in")
    expect(late).to_have_text(re.compile(rf"^{before + 1}\d+%$"))
    assert staff.evaluate("window.notReloaded")


def test_whoever_belongs_to_nobody_leads_from_today_to_the_review(staff: Page, school: School) -> None:
    there = came(school, Unknown(EVIDENCE))
    staff.goto(f"{school.url}/today/")
    expect(staff.locator("#live")).to_have_text("Live")
    live = came(school, Unknown(EVIDENCE))
    for check_in in (there, live):
        link = staff.locator(f"#feed li[data-id='{check_in}'] a")
        expect(link).to_have_attribute("href", f"/review/{check_in}/")
    staff.locator(f"#feed li[data-id='{live}'] a").click()
    expect(staff.locator("h1")).to_have_text("Nobody’s check-in")
    for check_in in (there, live):
        with school.server.client("staff") as api:
            assert api.post(f"/api/review/{check_in}/dismiss/").is_success


def test_whoever_is_erased_leaves_the_feed_of_today_at_once(staff: Page, school: School) -> None:
    with school.server.client("staff") as api:
        person = register(api, f"erased-{uuid4().hex[:8]}", "Somebody Leaving", ["face"])
    came(school, Match(person, EVIDENCE))
    staff.goto(f"{school.url}/today/")
    expect(staff.locator("#live")).to_have_text("Live")
    came(school, Match(person, EVIDENCE))
    lines = staff.locator("#feed li", has_text="Somebody Leaving")
    expect(lines).to_have_count(2)
    with school.server.client("admin") as api:
        assert api.delete(f"/api/people/{person}/").is_success
    expect(lines).to_have_count(0)
    nameless = staff.locator("#feed li", has_text="Somebody who was erased")
    expect(nameless).to_have_count(2)
    staff.reload()
    expect(nameless).to_have_count(2)


def test_a_check_in_that_arrives_late_comes_into_the_feed_at_its_time(staff: Page, school: School) -> None:
    newest = came(school, Unknown(EVIDENCE))
    staff.goto(f"{school.url}/today/")
    expect(staff.locator("#live")).to_have_text("Live")
    id, events = check_in_at(school.stations[0], Unknown(EVIDENCE), datetime.now(UTC) - timedelta(seconds=20))
    school.server.run(record(school.server, id, events))
    line = f"#feed li[data-id='{id}']"
    expect(staff.locator(line)).to_have_count(1)
    moments = staff.locator("#feed time").evaluate_all("(all) => all.map((one) => Date.parse(one.dateTime))")
    assert moments == sorted(moments, reverse=True)
    assert staff.locator(f"#feed li[data-id='{newest}'] ~ li[data-id='{id}']").count() == 1
    for check_in in (newest, id):
        with school.server.client("staff") as api:
            assert api.post(f"/api/review/{check_in}/dismiss/").is_success


def came(school: School, decision: Decision) -> UUID:
    """A check-in at the first station, now."""
    id, events = check_in_at(school.stations[0], decision, datetime.now(UTC))
    school.server.run(record(school.server, id, events))
    return id
