"""The switch on the phone page that has a person told while it is closed, as the tests bring it into each state."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, expect

from application.sign_in import SignedIn
from tests.screens.phone import sign_in
from tests.screens.school import School

# The browser maker's push service cannot be reached from here: the page's PushManager, and nothing else, is made up.
PRETEND = """
const made = %s;
const keep = (on) => localStorage.setItem("pretend", on ? "on" : "");
const subscription = { ...made, toJSON: () => made, unsubscribe: async () => (keep(false), true) };
PushManager.prototype.getSubscription = async () => (localStorage.getItem("pretend") ? subscription : null);
PushManager.prototype.subscribe = async (options) => ((window.asked = options), keep(true), subscription);
"""
BLOCKED = "Object.defineProperty(Notification, 'permission', { get: () => 'denied' })"
UNSUPPORTED = "delete window.PushManager"


@contextmanager
def my_data(
    browser: Browser, school: School, who: SignedIn, script: str = "", *, granted: bool = True, language: str = "en-GB"
) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale=language)
    if granted:
        context.grant_permissions(["notifications"], origin=school.url)
    if script:
        context.add_init_script(script)
    sign_in(context, school, who)
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.goto(f"{school.url}/me/#me")
    page.evaluate("navigator.serviceWorker.ready")
    page.reload()
    expect(switch(page)).to_be_visible()
    yield page
    context.close()


def switch(page: Page) -> Any:  # Playwright's Locator
    return page.locator("#my-data section").nth(1)
