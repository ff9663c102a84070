"""One look at a page: what is wrong with it, what it is about, and whether it says that without its script."""

from __future__ import annotations

import msgspec
from playwright.sync_api import Page

from tests.screens.looking import Pages, errors_beside, wrong_with
from tests.screens.school import School
from tests.screens.walk import Stop, shareable

# Of the page as it is, or of its source where that is given.
STATED = """(source) => {
  const page = source === null ? document : new DOMParser().parseFromString(source, 'text/html');
  const parts = page.querySelectorAll('main :is(h1, h2, h3, th[scope=col], legend, summary)');
  return [...parts].map((part) => part.textContent.trim().replace(/\\s+/g, ' '));
}"""
_SCRIPTS = "document.scripts.length"
_SCRIPTS_OF_ALL = 1  # the theme


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A page as it was with its script: what was wrong with it, and what it was about.

    `unsaid`: what its source does not say; `scripted`: it has a script of its own; `differs`: its address showed
    something else to somebody else.
    """

    stop: Stop
    wrong: list[str]
    stated: frozenset[str]
    unsaid: frozenset[str]
    scripted: bool
    differs: bool


def see(pages: Pages, others: Pages, school: School, stop: Stop) -> Seen:
    looked = pages.of(stop.role)
    page = looked.page
    answer = page.goto(school.url + stop.path)
    assert answer is not None
    stated = frozenset(page.evaluate(STATED, None))
    unsaid = stated - set(page.evaluate(STATED, answer.text()))
    scripted = page.evaluate(_SCRIPTS) > _SCRIPTS_OF_ALL
    differs = shareable(stop) and not _shows_the_same(page, others.of(stop.role).page, stop)
    wrong = [] if answer.status == stop.status else [f"status {answer.status}"]
    wrong += [*wrong_with(page), *errors_beside(looked, answer.status)]
    return Seen(stop=stop, wrong=wrong, stated=stated, unsaid=unsaid, scripted=scripted, differs=differs)


def _shows_the_same(mine: Page, theirs: Page, stop: Stop) -> bool:
    """To whoever is given the address: as the same role, and with nothing of what this browser remembers."""
    theirs.goto(mine.url)
    return stop.path.partition("?")[2] in mine.url and mine.inner_text("main") == theirs.inner_text("main")
