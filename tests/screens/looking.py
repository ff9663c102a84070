"""Looking at a page: wide and narrow, light and dark, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import msgspec
from axe_playwright_python.base import AXE_SCRIPT  # type: ignore[import-untyped]  # it has no types
from playwright.sync_api import Browser, Page, ViewportSize

from adapters.http.access_tokens import Role
from application.sign_in import SignedIn
from tests.screens.conftest import axe_violations, watched
from tests.screens.school import School

WIDTHS: dict[str, ViewportSize] = {
    "desktop": ViewportSize(width=1440, height=900),
    "phone": ViewportSize(width=390, height=844),
}
BETWEEN: dict[str, ViewportSize] = {
    "laptop": ViewportSize(width=1024, height=768),
    "tablet": ViewportSize(width=768, height=1024),
}
"""Where pages change how they are laid out, and nothing else."""
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
_COLOURS = "color-contrast"
# A table that can be moved sideways hides what lies beside it; those in a closed part are opened to be looked at.
_STICKS_OUT = """() => {
  const closed = [...document.querySelectorAll('details:not([open])')];
  const all = (selector) => [...document.querySelectorAll(selector)];
  const beyond = (part) => part.scrollWidth - part.clientWidth;
  const of = (part) => part.outerHTML.slice(0, 90);
  const found = document.documentElement.scrollWidth <= innerWidth ? [] :
    all('body *').filter((part) => part.getBoundingClientRect().right > innerWidth + 1)
      .filter((part) => !part.closest('.scroll')).map(of).slice(0, 5);
  closed.forEach((part) => { part.open = true; });
  found.push(...all('.scroll').filter((part) => beyond(part) > 1)
    .map((part) => `${part.ariaLabel} hides ${beyond(part)} px`));
  found.push(...all('td, th').filter((part) => beyond(part) > 1).map(of));
  closed.forEach((part) => { part.open = false; });
  return found;
}"""
# Of neighbours that differ in nothing but their words, the first and the last stay, and what narrow screens alone show
# is shown: colours take most of the time, and are the same in all that is marked up alike.
_ONE_OF_EACH = """() => {
  const shape = (part) => part.outerHTML
    .replace(/ (id|href|action|value|datetime|name|for|title|aria-label|data-id)="[^"]*"/g, '')
    .replace(/>[^<]*[^<\\s][^<]*/g, '>words');
  for (const within of [...document.querySelectorAll('main *')].reverse()) {
    const known = new Set();
    for (const part of [...within.children].slice(0, -1)) {
      const its = shape(part);
      if (known.has(its) && part instanceof HTMLElement) part.hidden = true;
      known.add(its);
    }
  }
  for (const part of document.querySelectorAll('.narrow-only')) part.style.display = 'inline';
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
            if self._script:
                page.add_init_script(AXE_SCRIPT)  # the browser compiles it once, and not for every page
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
    """What is wrong with a page as it is now, at each width and in both themes; it is not to be used afterwards.

    The theme changes colours alone, and no colour depends on the width.
    """
    found = []
    page.emulate_media(color_scheme="light")
    for width, size in (WIDTHS | BETWEEN).items():
        page.set_viewport_size(size)
        found += [f"{width}: sticks out: {part}" for part in sticks_out(page)]
        if width in WIDTHS:
            found += [f"{width}: {one}" for one in axe_violations(page, but=_COLOURS)]
    page.set_viewport_size(WIDTHS["desktop"])
    page.evaluate(_ONE_OF_EACH)
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        found += [f"{theme}: {one}" for one in axe_violations(page, _COLOURS)]
    page.emulate_media(color_scheme="light")
    return found


def sticks_out(page: Page) -> list[str]:
    """The parts that are wider than their place, where something would have to be moved sideways to be seen."""
    found: list[str] = page.evaluate(_STICKS_OUT)
    return found
