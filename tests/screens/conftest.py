"""A real Chromium for the tests of the screens, and what is asked of every page: no error, nothing inaccessible."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from axe_playwright_python.base import AXE_SCRIPT  # type: ignore[import-untyped]  # it has no types
from playwright.sync_api import Browser, Page, sync_playwright

from tests.fixtures_database import postgres as postgres
from tests.screens.school import school as school

_NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--lang=en-GB",  # how dates are asked for follows the browser, whatever a page says
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


_RUN = """([within, options]) => within === null || document.querySelector(within)
  ? axe.run(within ?? document, options).then((results) => results.violations) : []"""


def chromium_path() -> str | None:
    """Where FACECHECKIN_CHROMIUM says, or on the path."""
    return os.environ.get("FACECHECKIN_CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)


# Not for the whole session: while Playwright runs, its event loop is this thread's, and no other test could start one.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One Chromium for all files of this folder. Tests here start no event loop in their own thread."""
    path = chromium_path()
    if path is None:
        pytest.skip("no Chromium here: apt-get install chromium, or name one in FACECHECKIN_CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


def axe_violations(page: Page, *rules: str, within: str | None = None, but: str | None = None) -> list[str]:
    """One line for each thing that axe finds inaccessible: the rule, its weight, and where.

    Of `rules` or of all, `but` for one; in the whole page or in what is selected by `within`.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    options: dict[str, object] = {"resultTypes": ["violations"], "preload": False}
    if rules:
        options["runOnly"] = list(rules)
    if but is not None:
        options["rules"] = {but: {"enabled": False}}
    # Where each thing is takes a third of the time: it is asked for once something was found.
    if not page.evaluate(_RUN, [within, {**options, "selectors": False}]):
        return []
    found = page.evaluate(_RUN, [within, options])
    return [
        f"{rule['id']} ({rule['impact']}): {', '.join(' '.join(node['target']) for node in rule['nodes'])}"
        for rule in found
    ]


def axe_violations_in_both_themes(page: Page, *, moving: bool = False) -> list[str]:
    """The theme changes colours alone. `moving`: the page may change meanwhile, and only its colours are looked at."""
    light = axe_violations(page, *(["color-contrast"] if moving else []))
    page.emulate_media(color_scheme="dark")
    dark = axe_violations(page, "color-contrast")
    page.emulate_media(color_scheme="light")
    return [*light, *(f"dark: {one}" for one in dark)]


def watched(page: Page) -> list[str]:
    """Every error of the page's console and scripts from now on, as they come."""
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("requestfailed", lambda request: errors.append(f"{request.url} failed: {request.failure}"))
    return errors
