"""Pictures of every page and every state into one folder, and what was wrong with each as it was looked at."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize

from application.sign_in import SignedIn
from domain.matching import Match
from tests.event_store.samples import EVIDENCE
from tests.screens.conftest import axe_violations, watched
from tests.screens.kiosk import STATES, Kiosk
from tests.screens.looking import WIDTHS, errors_beside, new_page, pages_of, sticks_out
from tests.screens.phone import begin, decided, finish, new_person, shows, states
from tests.screens.school import NAMES, School
from tests.screens.walk import deeds, stops

THEMES = ("light", "dark")
KIOSK_SIZES = {"7-inch": ViewportSize(width=800, height=480), "1080p": ViewportSize(width=1920, height=1080)}


class Album:
    """`wrong`: what axe found, what stuck out, by the picture it is seen on; `errors`: what the console said."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pictures: dict[str, list[Path]] = {}
        self.wrong: dict[str, list[str]] = {}
        self.errors: dict[str, list[str]] = {}
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.png"):
            old.unlink()

    def take(self, page: Page, name: str, sizes: dict[str, ViewportSize] = WIDTHS, *, whole: bool = True) -> None:
        """The page as it is now, at each size and in both themes; what fits the screen where it is not the `whole`."""
        for size, viewport in sizes.items():
            page.set_viewport_size(viewport)
            for theme in THEMES:
                page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
                title = f"{name}, {size}, {theme}"
                path = self._folder / (re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") + ".png")
                page.screenshot(path=path, full_page=whole)
                self._pictures.setdefault(name, []).append(path)
                wrong = axe_violations(page, *(["color-contrast"] if theme == "dark" else []))
                if sizes is WIDTHS:
                    wrong += [f"sticks out: {part}" for part in sticks_out(page)]
                if wrong:
                    self.wrong[title] = wrong

    def note(self, name: str, errors: Iterable[str]) -> None:
        if said := list(errors):
            self.errors[name] = said

    @property
    def pictures(self) -> int:
        return sum(map(len, self._pictures.values()))

    def write_index(self) -> Path:
        rows = "\n".join(
            f"<h2>{escape(name)}</h2><p>"
            + "".join(
                f'<a href="{path.name}"><img loading="lazy" src="{path.name}" alt="{path.stem}"></a>' for path in paths
            )
            + "</p>"
            for name, paths in self._pictures.items()
        )
        index = self._folder / "index.html"
        index.write_text(_INDEX.replace("ROWS", rows), "utf-8")
        return index


_INDEX = """<!doctype html><meta charset="utf-8"><title>Every screen</title>
<style>body{font:15px system-ui;margin:2rem;background:#888}h2{margin:1.5rem 0 .3rem}
p{display:flex;gap:.7rem;align-items:start;overflow-x:auto}img{height:22rem;display:block}</style>
<h1>Every screen</h1>
ROWS
"""


def picture_dashboard(browser: Browser, school: School, album: Album) -> None:
    with pages_of(browser, school) as pages:
        for stop in stops(school):
            looked = pages.of(stop.role)
            answer = looked.page.goto(school.url + stop.path)
            album.take(looked.page, stop.name)
            album.note(stop.name, errors_beside(looked, 200 if answer is None else answer.status))
        for deed in deeds(school):
            looked = pages.of("admin")
            looked.page.goto(school.url + deed.path)
            with looked.page.expect_navigation() as navigating:
                deed.do(looked.page)
            album.take(looked.page, deed.name)
            album.note(deed.name, errors_beside(looked, navigating.value.status if navigating.value else 200))


def picture_phone(browser: Browser, school: School, album: Album) -> None:
    who: SignedIn = new_person(school)
    page = new_page(browser, school, who)
    errors = watched(page)
    page.goto(f"{school.url}/me/")
    for state in states(page, school, who):
        if state not in (
            "processing, then " + kind for kind in ("refused", "unknown", "mismatch", "ambiguous", "expired")
        ):
            album.take(page, f"phone {state}", whole=False)
    album.note("phone", errors)
    page.context.set_offline(True)
    page.click(".tabs a[href='#now']")
    page.wait_for_selector("#link[data-state=offline]")
    album.take(page, "phone offline", whole=False)
    page.context.close()
    _picture_a_long_wait_and_a_late_arrival(browser, school, album)
    nobody = new_page(browser, school, None)
    nobody.goto(f"{school.url}/me/")
    nobody.wait_for_selector("#sign-in-form")
    album.take(nobody, "phone signed out", whole=False)
    nobody.context.close()


def _picture_a_long_wait_and_a_late_arrival(browser: Browser, school: School, album: Album) -> None:
    late = SignedIn(role="person", subject=school.people[6], name=NAMES[6])
    page = new_page(browser, school, late)
    page.clock.install()
    page.goto(f"{school.url}/me/")
    shows(page, "none")
    started = begin(school, late)
    shows(page, "processing")
    page.clock.run_for(9_000)
    shows(page, "slow")
    album.take(page, "phone slow", whole=False)
    finish(school, started, decided(started, Match(late.subject, EVIDENCE)))
    shows(page, "late")
    album.take(page, "phone late", whole=False)
    for language in ("ar", "de"):
        page.select_option("#language", language)
        for view in ("now", "history", "me"):
            page.click(f".tabs a[href='#{view}']")
            page.wait_for_load_state("networkidle")
            album.take(page, f"phone {view} {language}", whole=False)
    page.context.close()


def picture_kiosk(browser: Browser, kiosk: Kiosk, album: Album) -> None:
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    errors = watched(page)
    page.goto(kiosk.url)
    for kind in STATES:
        kiosk.show(kind)
        page.wait_for_selector(f"body[data-kind={kind}]")
        album.take(page, f"kiosk {kind}", KIOSK_SIZES)
    for kind in ("unpaired", "offline", "checked_in"):
        kiosk.show(kind, language="ar")
        page.wait_for_selector(f"body[data-kind={kind}]")
        album.take(page, f"kiosk {kind} ar", KIOSK_SIZES)
    album.note("kiosk", errors)
    context.close()
