"""The kiosk page in a real browser: every state in words, nothing cut, no error, nothing inaccessible."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from edge_device.happenings import PinSent
from tests.screens.conftest import axe_violations, axe_violations_in_both_themes, watched
from tests.screens.kiosk import PIN_WORKED, STATES, Kiosk, identified, kiosk_at_work

SIZES = {"7-inch": ViewportSize(width=800, height=480), "1080p": ViewportSize(width=1920, height=1080)}
_OUTSIDE = """() => {
  const box = (part) => part.getBoundingClientRect();
  const [header, footer] = ['header', 'footer'].map((name) => box(document.querySelector(name)));
  return [...document.querySelectorAll('header *, #figure, #words *, #pairing, footer *')]
  .filter((part) => part.getClientRects().length > 0)
  .filter((part) => {
    const [top, end] = part.closest('header, footer') ? [0, innerHeight] : [header.bottom, footer.top];
    const { left, right, top: upper, bottom } = box(part);
    return left < -1 || right > innerWidth + 1 || upper < top - 1 || bottom > end + 1;
  })
  .map((part) => part.id || part.tagName); }"""


@pytest.fixture(scope="module")
def kiosk() -> Iterator[Kiosk]:
    with kiosk_at_work() as kiosk:
        yield kiosk


def opened(browser: Browser) -> Page:
    context = browser.new_context(viewport=SIZES["7-inch"], reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(10_000)
    return page


def shows(page: Page, kind: str) -> None:
    page.wait_for_selector(f"body[data-kind={kind}]")


def test_every_state_is_accessible_in_both_themes_and_raises_no_error(browser: Browser, kiosk: Kiosk) -> None:
    page = opened(browser)
    errors = watched(page)
    page.goto(kiosk.url)
    found = {}
    for kind in STATES:
        kiosk.show(kind)
        shows(page, kind)
        found[kind] = axe_violations_in_both_themes(page)
    assert {kind: wrong for kind, wrong in found.items() if wrong} == {}
    assert errors == []
    page.context.close()


@pytest.mark.parametrize("language", ["en", "de", "ar"])
def test_nothing_is_cut_in_any_state_language_and_size(browser: Browser, kiosk: Kiosk, language: str) -> None:
    page = opened(browser)
    page.goto(kiosk.url)
    outside = {}
    for kind in STATES:
        kiosk.show(kind, language=language)
        shows(page, kind)
        expect(page.locator("html")).to_have_attribute("dir", "rtl" if language == "ar" else "ltr")
        for size, viewport in SIZES.items():
            page.set_viewport_size(viewport)
            outside[kind, size] = page.evaluate(_OUTSIDE)
    assert {where: cut for where, cut in outside.items() if cut} == {}
    page.context.close()


def test_the_check_for_what_is_cut_can_fail(browser: Browser, kiosk: Kiosk) -> None:
    page = opened(browser)
    page.goto(kiosk.url)
    kiosk.show("ready")
    shows(page, "ready")
    page.evaluate("document.getElementById('text').textContent = 'word '.repeat(400)")
    assert "text" in page.evaluate(_OUTSIDE)
    page.context.close()


def test_a_person_reads_their_name_the_time_and_the_servers_own_sentence(browser: Browser, kiosk: Kiosk) -> None:
    page = opened(browser)
    page.goto(kiosk.url)
    kiosk.show("processing")
    shows(page, "processing")
    expect(page.locator("#elapsed")).to_contain_text("s")
    expect(page.locator("#title")).not_to_have_text("Checked in")
    kiosk.tell(identified())
    shows(page, "checked_in")
    expect(page.locator("#name")).to_have_text("Amira Haddad")
    expect(page.locator("#text")).to_have_text(re.compile(r"^at \d{1,2}:55 [AP]M$"))
    assert page.locator("#live").get_attribute("aria-live") == "polite"
    kiosk.show("refused")
    expect(page.locator("#text")).to_have_text("More than one face can be seen. One person at a time, please.")
    page.context.close()


def test_an_unpaired_station_shows_its_code_in_words_and_as_a_picture(browser: Browser, kiosk: Kiosk) -> None:
    page = opened(browser)
    page.goto(kiosk.url)
    kiosk.show("unpaired")
    expect(page.locator("#code")).to_have_text("KXRT-4827")
    picture = page.locator("#pairing")
    expect(picture).to_be_visible()
    page.wait_for_function("document.getElementById('pairing').naturalWidth > 0")
    kiosk.show("ready")
    expect(picture).to_be_hidden()
    page.context.close()


def test_a_pin_is_typed_by_touch_sent_at_once_and_kept_nowhere_on_the_page(browser: Browser, kiosk: Kiosk) -> None:
    page = opened(browser)
    errors = watched(page)
    page.goto(kiosk.url)
    kiosk.show("see_staff")
    page.get_by_role("button", name="Check in with a PIN").click()
    assert axe_violations(page) == []
    for key in ("Capital letters", "A", "Capital letters", "d", "a", "7"):
        page.get_by_role("button", name=key, exact=True).click()
    expect(page.get_by_label("User id")).to_have_value("Ada7")
    page.get_by_label("PIN", exact=True).click()
    assert axe_violations(page) == []
    for key in ("4", "0", "9", "1", "Delete", "2"):
        page.get_by_role("button", name=key, exact=True).click()
    page.locator("#pad-send").click()
    shows(page, "pin_checking")
    assert kiosk.pins == [("Ada7", "4092")]
    expect(page.locator("#pad")).to_be_hidden()
    assert page.locator("#pad-pin").input_value() == ""
    assert page.locator("#pad-user").input_value() == ""
    kiosk.tell(*PIN_WORKED[1:])
    expect(page.locator("#name")).to_have_text("Jonas Weber")
    assert errors == []
    page.context.close()


def test_the_pad_works_by_keyboard_alone_and_escape_empties_it(browser: Browser, kiosk: Kiosk) -> None:
    kiosk.pins.clear()
    page = opened(browser)
    page.goto(kiosk.url)
    kiosk.show("offline")
    shows(page, "offline")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#pad-note")).to_contain_text("no connection")
    page.keyboard.type("ada")
    page.keyboard.press("Escape")
    expect(page.locator("#pad")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(page.get_by_label("User id")).to_have_value("")
    page.keyboard.type("ada")
    page.keyboard.press("Tab")
    page.keyboard.type("4092")
    page.keyboard.press("Enter")
    shows(page, "pin_checking")
    assert kiosk.pins == [("ada", "4092")]
    page.context.close()


def test_a_station_that_falls_silent_is_called_out_of_order(browser: Browser) -> None:
    with kiosk_at_work() as kiosk:
        page = opened(browser)
        page.clock.install()
        page.goto(kiosk.url)
        kiosk.start_over()
        shows(page, "ready")
    page.clock.run_for(13_000)
    shows(page, "lost")
    expect(page.locator("#title")).to_have_text("Out of order")
    assert axe_violations(page) == []
    page.context.close()


def test_a_new_state_is_on_the_screen_at_once(browser: Browser, kiosk: Kiosk) -> None:
    page = opened(browser)
    page.goto(kiosk.url)
    kiosk.show("ready")
    shows(page, "ready")
    page.evaluate(
        """() => { window.shown = new Promise((tell) => new MutationObserver(() => {
          if (document.body.dataset.kind === 'pin_checking') requestAnimationFrame(() => tell(performance.now()));
        }).observe(document.body, { attributes: true })); }"""
    )
    before_ms = page.evaluate("performance.now()")
    kiosk.tell(PinSent())
    # The test's own two calls are in it; a stream that waits for its beat would take seconds.
    assert page.evaluate("window.shown") - before_ms < 1000
    page.context.close()
