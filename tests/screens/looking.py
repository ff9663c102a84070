"""Looking at a page: wide and narrow, light and dark, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
from playwright.sync_api import Browser, Page, ViewportSize

from adapters.http.access_tokens import Role
from application.sign_in import SignedIn
from tests.screens.conftest import axe_violations, watched
from tests.screens.school import School

WIDTHS: dict[str, ViewportSize] = {
    "desktop": ViewportSize(width=1440, height=900),
    "phone": ViewportSize(width=390, height=844),
}
_STICKS_OUT = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
  [...document.querySelectorAll('body *')].filter((part) => part.getBoundingClientRect().right > innerWidth + 1)
  .filter((part) => !part.closest('.scroll')).map((part) => part.outerHTML.slice(0, 90)).slice(0, 5)"""


_COLOURS = "color-contrast"
# A table that can be moved sideways hides what lies beside it; those in a closed part are opened to be looked at.
_HIDES = """() => {
  const closed = [...document.querySelectorAll('details:not([open])')];
  closed.forEach((part) => { part.open = true; });
  const found = [...document.querySelectorAll('.scroll')].filter((part) => part.scrollWidth > part.clientWidth + 1)
    .map((part) => `${part.ariaLabel} hides ${part.scrollWidth - part.clientWidth} px`);
  closed.forEach((part) => { part.open = false; });
  return found;
}"""


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """A page that is open, and all errors of it since it was first opened."""

    page: Page
    errors: list[str]


class Pages:
    """One page for each role, kept open from one look to the next."""

    def __init__(self, browser: Browser, school: School, *, script: bool) -> None:
        self._browser, self._school, self._script = browser, school, script
        self._open: dict[Role | None, Looked] = {}

    def of(self, role: Role | None) -> Looked:
        """Its errors are forgotten."""
        if role not in self._open:
            who = None if role is None else self._school.signed_in[role]
            page = new_page(self._browser, self._school, who, script=self._script)
            self._open[role] = Looked(page=page, errors=watched(page))
        self._open[role].errors.clear()
        return self._open[role]

    def close(self) -> None:
        for one in self._open.values():
            one.page.context.close()


@contextmanager
def pages_of(browser: Browser, school: School, *, script: bool = True) -> Iterator[Pages]:
    pages = Pages(browser, school, script=script)
    try:
        yield pages
    finally:
        pages.close()


def new_page(browser: Browser, school: School, who: SignedIn | None, *, script: bool = True) -> Page:
    """In a context of its own, as wide as a desktop."""
    context = browser.new_context(
        viewport=WIDTHS["desktop"], java_script_enabled=script, locale="en-GB", reduced_motion="reduce"
    )
    if who is not None:
        accounts = school.server.services.accounts
        made = school.server.run(accounts.sign_ins.begin(who))
        context.add_cookies([{"name": accounts.cookie.name, "value": made.value, "url": school.url}])
    page = context.new_page()
    page.set_default_timeout(10_000)
    return page


def errors_beside(looked: Looked, status: int) -> list[str]:
    """A browser reports the page itself as an error where its status is one: that one is meant."""
    return looked.errors[1:] if status >= 400 else list(looked.errors)


def wrong_with(page: Page) -> list[str]:
    """What is wrong with a page as it is now, at each width and in both themes.

    The theme changes colours alone, and no colour depends on the width: colours take most of the time, and are looked
    at where they may differ, in each theme and in what narrow screens alone show.
    """
    found = []
    page.emulate_media(color_scheme="light")
    for width, size in WIDTHS.items():
        page.set_viewport_size(size)
        found += [f"{width}: sticks out: {part}" for part in sticks_out(page)]
        found += [f"{width}: {one}" for one in axe_violations(page, but=None if width == "desktop" else _COLOURS)]
    found += [f"phone: {one}" for one in axe_violations(page, _COLOURS, within=".narrow-only")]
    page.emulate_media(color_scheme="dark")
    found += [f"dark: {one}" for one in axe_violations(page, _COLOURS)]
    page.emulate_media(color_scheme="light")
    return found


def sticks_out(page: Page) -> list[str]:
    """The parts that are wider than their place, where something would have to be moved sideways to be seen."""
    found: list[str] = page.evaluate(_STICKS_OUT) + page.evaluate(_HIDES)
    return found
