"""The phone page in a real browser over a real server: every state, offline too, in three languages."""

from __future__ import annotations

import gzip
import re

import pytest
from playwright.sync_api import Browser, expect

from adapters.web.assets import assets
from adapters.web.phone.pages import LOOKS, MODULES
from application.sign_in import SignedIn
from domain.matching import Match
from tests.event_store.samples import EVIDENCE
from tests.screens.conftest import axe_violations, axe_violations_in_both_themes, watched
from tests.screens.phone import OUTCOMES, begin, decided, finish, link, new_person, phone, shows, states, title
from tests.screens.school import School

MOST_BYTES = 30 * 1024


@pytest.fixture
def somebody(school: School) -> SignedIn:
    """A person of this test alone."""
    return new_person(school)


def test_every_state_comes_from_the_server_accessible_in_both_themes_and_without_an_error(
    browser: Browser, school: School, somebody: SignedIn
) -> None:
    with phone(browser, school, somebody) as page:
        errors = watched(page)
        found: dict[str, list[str]] = {}
        for state in states(page, school, somebody):
            found[state] = axe_violations_in_both_themes(page, moving=state.startswith("processing"))
            if state in OUTCOMES:
                assert title(page) == OUTCOMES[state][1]
            if state == "me":
                assert errors == []  # what comes after is without a network, which a browser's console tells of
        assert page.locator("#earlier li").count() == len(OUTCOMES) - 1
        assert page.locator("#earlier strong").all_inner_texts() == ["Main hall"] * (len(OUTCOMES) - 1)
        assert found == {state: [] for state in found}
        assert {"offline", "reconnecting"} <= set(found)


def test_who_comes_after_the_bell_is_told_so(browser: Browser, school: School) -> None:
    late = SignedIn(role="person", subject=school.people[6], name="Greta Lindqvist")
    with phone(browser, school, late) as page:
        shows(page, "none")
        started = begin(school, late)
        finish(school, started, decided(started, Match(late.subject, EVIDENCE)))
        shows(page, "late")
        assert title(page) == "Checked in, late"
        assert "Linear algebra · R 101" in page.inner_text("#card-detail")
        assert axe_violations(page) == []
        # What came before was on other days, and says so.
        expect(page.locator("#earlier small").first).to_have_text(re.compile(r"^\w+ \d+ \w+, .*\d:\d\d"))


def test_waiting_is_told_by_the_second_and_owned_up_to_when_it_takes_long(
    browser: Browser, school: School, somebody: SignedIn
) -> None:
    with phone(browser, school, somebody) as page:
        page.clock.install()
        page.reload()
        shows(page, "none")
        begin(school, somebody)
        shows(page, "processing")
        page.clock.run_for(3_100)
        assert page.inner_text("#waited") in ("3 s", "4 s")
        page.clock.run_for(6_000)
        shows(page, "slow")
        assert title(page) == "Still processing"
        assert axe_violations(page) == []


def test_without_a_network_the_last_state_is_there_and_says_how_old_it_is(
    browser: Browser, school: School, somebody: SignedIn
) -> None:
    with phone(browser, school, somebody) as page:
        shows(page, "none")
        started = begin(school, somebody)
        finish(school, started, decided(started, Match(somebody.subject, EVIDENCE)))
        shows(page, "checked_in")
        page.click(".tabs a[href='#history']")
        expect(page.locator("#history")).to_contain_text("You were on no session’s list yet.")
        page.click(".tabs a[href='#me']")
        withdraw = page.get_by_role("button", name="Withdraw: Recognise my face")
        expect(withdraw).to_be_visible()
        page.wait_for_function("navigator.serviceWorker.ready.then((one) => one.active.state === 'activated')")
        page.context.set_offline(True)
        page.reload()
        expect(page.locator("#link")).to_have_text(re.compile(r"Offline since \S+: the last known state"))
        expect(page.locator("#my-data .as-of")).to_contain_text("Last known: ")
        expect(page.locator("#my-data")).to_contain_text("Agreed")
        expect(withdraw).to_have_count(0)
        page.click(".tabs a[href='#now']")
        assert "Main hall" in page.inner_text("#card-detail")
        page.click(".tabs a[href='#history']")
        expect(page.locator("#history .as-of")).to_contain_text("Last known: ")
        expect(page.locator("#history li")).to_contain_text("Main hall")
        page.click(".tabs a[href='#me']")
        page.context.set_offline(False)
        expect(withdraw).to_be_visible(timeout=20_000)
        link(page, "live")


def test_a_feed_that_breaks_is_told_and_nothing_is_missed_while_it_is_away(
    browser: Browser, school: School, somebody: SignedIn
) -> None:
    with phone(browser, school, somebody) as page:
        expect(page.locator("#link")).to_have_text("Live")
        page.context.set_offline(True)
        expect(page.locator("#link")).to_contain_text("Offline since")
        started = begin(school, somebody)
        finish(school, started, decided(started, Match(somebody.subject, EVIDENCE)))
        page.context.set_offline(False)
        shows(page, "checked_in")
        expect(page.locator("#link")).to_have_text("Live", timeout=20_000)


def test_a_code_from_staff_signs_in_whether_typed_or_scanned(
    browser: Browser, school: School, somebody: SignedIn
) -> None:
    with school.server.client("staff") as staff:
        first = staff.post(f"/api/people/{somebody.subject}/sign-in-codes/").json()
        with phone(browser, school, None) as page:
            errors = watched(page)
            assert axe_violations(page) == []
            page.fill("input[name=code]", "WRONG-CODE")
            page.keyboard.press("Enter")
            expect(page.locator("#sign-in-wrong")).to_contain_text("This code is not right")
            expect(page.locator("input[name=code]")).to_have_attribute("aria-invalid", "true")
            assert axe_violations(page) == []
            assert [error for error in errors if "Failed to load" not in error] == []
            page.fill("input[name=code]", first["code"])
            page.keyboard.press("Enter")
            expect(page.locator("#hello")).to_have_text("Hello, Amira Haddad")
        second = staff.post(f"/api/people/{somebody.subject}/sign-in-codes/").json()
        with phone(browser, school, None) as page:
            page.goto(f"{school.url}/me/#{second['link'].partition('#')[2]}")
            expect(page.locator("#hello")).to_have_text("Hello, Amira Haddad")
            assert page.url == f"{school.url}/me/"


def test_signing_out_leaves_nothing_of_the_person_in_the_browser(
    browser: Browser, school: School, somebody: SignedIn
) -> None:
    with phone(browser, school, somebody) as page:
        started = begin(school, somebody)
        finish(school, started, decided(started, Match(somebody.subject, EVIDENCE)))
        shows(page, "checked_in")
        assert "Amira" in page.evaluate("JSON.stringify(localStorage)")
        page.click("#sign-out")
        expect(page.locator("#sign-in-form")).to_be_visible()
        assert "Amira" not in page.evaluate("JSON.stringify(localStorage)") + page.inner_text("body")
        page.reload()
        expect(page.locator("#sign-in-form")).to_be_visible()


def test_consents_are_withdrawn_and_given_and_everything_is_exported_and_erased(
    browser: Browser, school: School, somebody: SignedIn
) -> None:
    with phone(browser, school, somebody) as page:
        page.click(".tabs a[href='#me']")
        withdraw = page.get_by_role("button", name="Withdraw: Read my mood, anonymously")
        withdraw.press("Enter")
        give = page.get_by_role("button", name="Agree: Read my mood, anonymously")
        expect(give).to_be_visible()
        with school.server.client("staff") as staff:
            assert staff.get(f"/api/people/{somebody.subject}/consents/").json()["consents"] == ["face"]
        give.press("Enter")
        expect(withdraw).to_be_visible()
        with page.expect_download() as downloading:
            page.get_by_role("button", name="Download everything").click()
        assert "Amira Haddad" in downloading.value.path().read_text("utf-8")
        page.get_by_role("button", name="Erase me").click()
        assert axe_violations(page) == []
        page.get_by_role("button", name="Erase me for good").click()
        expect(page.locator("#erased")).to_have_text("You have been erased.")
        expect(page.locator("#sign-in-wrong")).to_be_empty()
        assert "Amira" not in page.evaluate("JSON.stringify(localStorage)")
        with school.server.client("staff") as staff:
            assert staff.get(f"/api/people/{somebody.subject}/consents/").status_code == 404


@pytest.mark.parametrize(("language", "words", "direction"), [("de-DE", "Noch nicht", "ltr"), ("ar", "لم تسجّل", "rtl")])
def test_it_speaks_the_language_of_the_phone(
    browser: Browser, school: School, somebody: SignedIn, language: str, words: str, direction: str
) -> None:
    with phone(browser, school, somebody, language=language) as page:
        shows(page, "none")
        assert title(page).startswith(words)
        assert page.get_attribute("html", "dir") == direction
        assert axe_violations(page) == []
        wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not wide, "something sticks out"
        page.click(".tabs a[href='#me']")
        page.select_option("#language", "en")
        page.click(".tabs a[href='#now']")
        assert title(page) == "Not checked in yet"


def test_every_language_has_every_word(browser: Browser, school: School) -> None:
    with phone(browser, school, None) as page:
        keys = page.evaluate(
            "async (path) => Object.values((await import(path)).WORDS).map((words) => Object.keys(words).sort())",
            assets().url("phone/words.js"),
        )
    assert keys[0] == keys[1] == keys[2]


def test_the_page_reads_the_same_whatever_order_its_messages_come_in(browser: Browser, school: School) -> None:
    """The reducer by itself: an update twice, or two of them swapped, make the same list."""
    with phone(browser, school, None) as page:
        shown = page.evaluate(
            """async (path) => {
              const { nothing, reduce, card } = await import(path);
              const at = (s) => new Date(1e12 + s * 1000).toISOString();
              const one = (id, s, status) => ({ kind: "check_in", position: s, checkin_id: id, status,
                                               started_at: at(s), moment: at(s), attendance: [], now: 1e12 });
              const a = one("a", 1, "checked_in"), b = one("b", 2, "refused");
              const play = (...events) => events.reduce(reduce, nothing);
              return [play(a, b), play(b, a), play(a, b, b), play(a, a, b)].map((state) =>
                [card(state, 1e12 + 3000).kind, state.checkins.map((c) => c.checkin_id).join("")].join(" "));
            }""",
            assets().url("phone/store.js"),
        )
    assert shown == ["refused ba"] * 4


def test_somebody_of_the_staff_is_sent_to_the_dashboard(browser: Browser, school: School) -> None:
    with phone(browser, school, school.signed_in["staff"]) as page:
        page.wait_for_url("**/today/")


def test_all_that_the_page_loads_is_small(browser: Browser, school: School, somebody: SignedIn) -> None:
    with school.server.client() as client:
        html = len(gzip.compress(client.get("/me/").content))
    loaded = html + sum(len(assets().files[name].compressed) for name in (*MODULES, *LOOKS) if name[-3:] != "png")
    assert loaded <= MOST_BYTES
    with phone(browser, school, somebody) as page:
        shows(page, "none")
        sizes = page.evaluate("performance.getEntriesByType('resource').map((one) => [one.name, one.encodedBodySize])")
        asked = {name.partition(f"/{assets().version}/")[2] for name, _ in sizes if "/static/" in name}
        assert asked <= {*MODULES, *LOOKS, "icon.svg"}
