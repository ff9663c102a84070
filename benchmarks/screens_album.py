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
from tests.screens.looking import BETWEEN, THEMES, WIDTHS, errors_beside, new_page, pages_of, sticks_out
from tests.screens.notices import BLOCKED, UNSUPPORTED, my_data
from tests.screens.phone import begin, decided, finish, new_person, shows, states
from tests.screens.school import NAMES, School
from tests.screens.walk import Deed, deeds, send, stops

_PAPER = ViewportSize(width=688, height=1017)
_PRINTED = ("sessions one", "reports", "reports person one", "today")
_TABLE = "user_id,name,consents\ns-101,Zoe Klein,face\ns-001,Amira Haddad,\ns-102,,mood\n"
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
                page.emulate_media(color_scheme=theme)
                title = f"{name}, {size}, {theme}"
                self._picture(page, name, title, whole=whole)
                wrong = axe_violations(page, *(["color-contrast"] if theme == "dark" else []))
                if sizes is WIDTHS:
                    wrong += [f"sticks out: {part}" for part in sticks_out(page)]
                if wrong:
                    self.wrong[title] = wrong

    def take_everywhere(self, page: Page, name: str) -> None:
        """As wide as a tablet too, in light alone: there a page is laid out otherwise, and coloured the same."""
        self.take(page, name)
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(BETWEEN["tablet"])
        self._picture(page, name, f"{name}, tablet, light", whole=True)
        if wrong := sticks_out(page):
            self.wrong[f"{name}, tablet, light"] = [f"sticks out: {part}" for part in wrong]

    def take_on_paper(self, page: Page, name: str) -> None:
        """As wide as a sheet of A4 between its margins."""
        page.emulate_media(media="print", color_scheme="light")
        page.set_viewport_size(_PAPER)
        self._picture(page, name, f"{name}, printed", whole=True)
        page.emulate_media(media="screen")

    def _picture(self, page: Page, name: str, title: str, *, whole: bool) -> None:
        path = self._folder / (re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") + ".png")
        page.screenshot(path=path, full_page=whole)
        self._pictures.setdefault(name, []).append(path)

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
            album.take_everywhere(looked.page, stop.name)
            if stop.name in _PRINTED:
                album.take_on_paper(looked.page, stop.name)
            album.note(stop.name, errors_beside(looked, 200 if answer is None else answer.status))
        for deed in [*deeds(school), *_done(school)]:
            looked = pages.of("admin")
            looked.page.goto(school.url + deed.path)
            with looked.page.expect_navigation() as navigating:
                deed.do(looked.page)
            album.take_everywhere(looked.page, deed.name)
            album.note(deed.name, errors_beside(looked, navigating.value.status if navigating.value else 200))


def _done(school: School) -> list[Deed]:
    """What a day at work leaves changed: whoever is erased is last, and nobody is pictured after it."""
    session = f"/sessions/{school.sessions[0]}/"
    return [
        Deed(name="a correction done", path=session, do=send("corrections/", reason="at the dentist"), says=""),
        Deed(name="a review done", path="/review/", do=send("dismiss/"), says=""),
        Deed(name="an import checked", path="/people/import/", do=send("import/check/", text=_TABLE), says=""),
        Deed(name="people imported", path="/people/import/", do=_import, says=""),
        Deed(name="somebody erased", path=f"/people/{school.people[23]}/erase/", do=_erase, says=""),
    ]


def _import(page: Page) -> None:
    with page.expect_navigation():
        send("import/check/", text=_TABLE)(page)
    page.locator("button[formaction='/people/import/']").click()


def _erase(page: Page) -> None:
    page.check("input[name=sure]")
    send("erase/")(page)


def picture_push(browser: Browser, school: School, album: Album) -> None:
    """The switch where it is off, where the browser blocks it, and where there is none."""
    for name, script in {"off": "", "blocked": BLOCKED, "not possible": UNSUPPORTED}.items():
        with my_data(browser, school, new_person(school), script) as page:
            album.take(page, f"phone notices {name}")


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
        if state == "me":
            album.note("phone", errors)  # what comes after is without a network
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
        page.click(".tabs a[href='#me']")
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
    kiosk.show("see_staff")
    page.get_by_role("button", name="Check in with a PIN").click()
    album.take(page, "kiosk PIN pad", KIOSK_SIZES)
    album.note("kiosk", errors)
    context.close()
