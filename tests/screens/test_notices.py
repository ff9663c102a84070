"""Being told while the page is closed: the switch in each of its states, and what the worker shows of a message."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, expect

from adapters.web.assets import assets
from adapters.web.phone.notice_titles import NOTICE_TITLES
from application.sign_in import SignedIn
from tests.fixtures_database import fresh_database
from tests.http.browsers import browser as signed_in_to
from tests.push.local_service import SubscribedBrowser
from tests.push.pushing_server import OUTSIDE, pushing_server
from tests.screens.conftest import axe_violations, watched
from tests.screens.notices import BLOCKED, PRETEND, UNSUPPORTED, my_data, switch
from tests.screens.phone import new_person, sign_in
from tests.screens.school import School

PATH = "/api/me/push-subscriptions/"
# The page's policy allows no predicate that Playwright would poll.
SHOWN = """async (title) => {
  const worker = await navigator.serviceWorker.ready;
  for (;;) {
    const all = await worker.getNotifications();
    const found = all.filter((one) => one.title === title);
    if (found.length) return found.map(({ body, tag, lang, dir }) => ({ body, tag, lang, dir }));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}"""
SILENT = """async () => {
  while (localStorage.getItem("pretend")) await new Promise((resolve) => setTimeout(resolve, 20));
}"""


@pytest.fixture(scope="module")
def school(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    """An empty one, that tells people by push messages."""
    keys_file = tmp_path_factory.mktemp("notices") / "keys.json"
    with fresh_database(postgres) as dsn, pushing_server(dsn, keys_file) as server:
        yield School(server=server, people=[], sessions=[], stations=[], paired=uuid4(), signed_in={})


def silent(page: Page) -> None:
    """Returns once the browser is subscribed to nothing."""
    page.evaluate(SILENT)


def subscribed(school: School, who: SignedIn) -> list[str]:
    with signed_in_to(school.server, who) as client:
        return [one["id"] for one in client.get(PATH).json()["subscriptions"]]


def test_a_device_is_switched_on_and_off_and_silent_after_signing_out(browser: Browser, school: School) -> None:
    who = new_person(school)
    made = SubscribedBrowser(f"https://{OUTSIDE}/send/{uuid4()}")
    with my_data(browser, school, who, PRETEND % json.dumps(made.body)) as page:
        errors = watched(page)
        expect(switch(page).locator(".tag")).to_have_text("Off")
        switch(page).get_by_role("button", name="Turn on: Tell me on this device").press("Enter")
        expect(switch(page).locator(".tag")).to_have_text("On")
        expect(switch(page).get_by_role("button")).to_be_focused()
        assert subscribed(school, who) == [str(made.subscription.id)]
        asked = page.evaluate("window.asked")
        with signed_in_to(school.server, who) as client:
            public_key = client.get(PATH).json()["public_key"]
        assert asked == {"userVisibleOnly": True, "applicationServerKey": public_key}
        assert axe_violations(page) == []
        page.reload()
        expect(switch(page).locator(".tag")).to_have_text("On")
        switch(page).get_by_role("button", name="Turn off: Tell me on this device").click()
        expect(switch(page).locator(".tag")).to_have_text("Off")
        assert subscribed(school, who) == []
        switch(page).get_by_role("button").click()
        expect(switch(page).locator(".tag")).to_have_text("On")
        page.click("#sign-out")
        expect(page.locator("#sign-in-form")).to_be_visible()
        assert subscribed(school, who) == []
        silent(page)
        assert errors == []


def test_what_somebody_else_switched_on_in_this_browser_ends(browser: Browser, school: School) -> None:
    who, other = new_person(school), new_person(school, "Bruno Keller")
    made = SubscribedBrowser(f"https://{OUTSIDE}/send/{uuid4()}")
    with my_data(browser, school, who, PRETEND % json.dumps(made.body)) as page:
        switch(page).get_by_role("button").click()
        expect(switch(page).locator(".tag")).to_have_text("On")
        sign_in(page.context, school, other)
        page.reload()
        silent(page)
        expect(switch(page).locator(".tag")).to_have_text("Off")


@pytest.mark.parametrize(
    ("script", "tag", "words"),
    [(BLOCKED, "Blocked", "Allow them in its settings"), (UNSUPPORTED, "Not possible here", "home screen")],
)
def test_where_there_is_nothing_to_switch_the_page_says_why(
    browser: Browser, school: School, script: str, tag: str, words: str
) -> None:
    with my_data(browser, school, new_person(school), script) as page:
        expect(switch(page).locator(".tag")).to_have_text(tag)
        expect(switch(page)).to_contain_text(words)
        assert switch(page).get_by_role("button").count() == 0
        assert axe_violations(page) == []


def test_a_push_service_that_cannot_be_reached_is_owned_up_to(browser: Browser, school: School) -> None:
    """Nothing is made up: this browser has no push service to subscribe to."""
    with my_data(browser, school, new_person(school), language="de-DE") as page:
        switch(page).get_by_role("button", name="Einschalten").click()
        expect(switch(page).get_by_role("alert")).to_contain_text("nicht erreichbar")
        expect(switch(page).locator(".tag")).to_have_text("Aus")
        assert axe_violations(page) == []


def test_the_worker_shows_what_it_is_told_in_the_language_it_is_told_in(browser: Browser, school: School) -> None:
    at = "2026-11-02T08:00:00Z"
    messages: list[tuple[dict[str, str] | None, str]] = [
        ({"status": "checked_in", "at": at, "language": "en"}, "Checked in"),
        ({"status": "late", "at": at, "language": "ar"}, NOTICE_TITLES["ar"]["late"]),
        ({"status": "ambiguous", "at": at, "language": "de"}, "Bitte zum Personal"),
        ({"status": "of a later server", "at": at, "language": "en"}, "FaceCheckIn"),
        ({"status": "refused", "at": at, "language": "en"}, "Please try again"),
        (None, "FaceCheckIn"),
    ]
    with my_data(browser, school, new_person(school)) as page, push_service(page, school) as deliver:
        errors = watched(page)
        for told, title in messages:
            deliver("no JSON" if told is None else json.dumps(told).ljust(128))
            (shown,) = page.evaluate(SHOWN, title)
            assert shown["tag"] == "check-in"
            if told is not None:
                assert shown["body"] != ""
                assert (shown["lang"], shown["dir"]) == (told["language"], "rtl" if told["language"] == "ar" else "ltr")
        assert errors == []
        words = page.evaluate("async (path) => (await import(path)).WORDS", assets().url("phone/words.js"))
    said = {language: {word: words[language][word] for word in titles} for language, titles in NOTICE_TITLES.items()}
    assert said == NOTICE_TITLES, "a notification says what the page says"


@contextmanager
def push_service(page: Page, school: School) -> Iterator[Callable[[str], None]]:
    """Hands the browser a message as its push service would, once it is decrypted."""
    session = page.context.new_cdp_session(page)
    found: list[str] = []

    def note(event: dict[str, Any]) -> None:  # the protocol's own JSON
        found.extend(one["registrationId"] for one in event["registrations"] if one["scopeURL"].startswith(school.url))

    def deliver(message: str) -> None:
        session.send(
            "ServiceWorker.deliverPushMessage", {"origin": school.url, "registrationId": found[-1], "data": message}
        )

    session.on("ServiceWorker.workerRegistrationUpdated", note)
    session.send("ServiceWorker.enable")
    page.evaluate("navigator.serviceWorker.ready")
    yield deliver
    session.detach()
