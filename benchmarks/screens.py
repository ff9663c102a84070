"""The bars of what people see: how soon, how light, how accessible; and a picture of every screen.

`python -m benchmarks.screens [--bar] [--screenshots FOLDER]`: `index.html` in that folder shows them all.
"""

from __future__ import annotations

import argparse
import gzip
import sys
import tempfile
from pathlib import Path
from uuid import UUID

import httpx
import msgspec
import numpy as np
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from adapters.embedded_postgres import EmbeddedPostgres
from adapters.event_store.migrate import migrate
from adapters.settings import load_settings
from application.sign_in import SignedIn
from benchmarks.bars import Bar, judge
from benchmarks.screens_album import Album, picture_dashboard, picture_kiosk, picture_phone, picture_push
from benchmarks.screens_live import ServerProcess, hear, painted, server_process
from tests.push.pushing_server import pushing_server
from tests.screens.conftest import ARGUMENTS, chromium_path
from tests.screens.kiosk import kiosk_at_work
from tests.screens.phone import new_person
from tests.screens.school import School, school_at
from tests.screens.school_people import sign_in_by_the_door

CHECK_INS = 60
FIRST_PAINTS = 7
_KIB = 1024
_LOADED = """() => performance.getEntriesByType("resource").map((one) => [one.name, one.encodedBodySize])"""
_FIRST_PAINT = """() => new Promise((tell) => new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (one.name === "first-contentful-paint") tell(one.startTime);
}).observe({ type: "paint", buffered: true }))"""


class Cookies:
    """Who is signed in, by cookies that any server on the same record knows."""

    def __init__(self, school: School, person: SignedIn) -> None:
        accounts = school.server.services.accounts
        self._name = accounts.cookie.name
        self.person: UUID = person.subject
        self._values = {
            role: school.server.run(accounts.sign_ins.begin(who)).value
            for role, who in {"person": person, "staff": school.signed_in["staff"]}.items()
        }

    def context(self, browser: Browser, role: str, url: str, width: int, height: int) -> BrowserContext:
        context = browser.new_context(viewport={"width": width, "height": height}, locale="en-GB")
        context.add_cookies([{"name": self._name, "value": self._values[role], "url": url}])
        return context


def measured_bars(browser: Browser, server: ServerProcess, cookies: Cookies) -> list[Bar]:
    url = f"http://127.0.0.1:{server.port}"
    first_paints = sorted(_first_paint(browser, cookies, url) for _ in range(FIRST_PAINTS))
    median, slowest = float(np.median(first_paints)), first_paints[-1]
    print(f"first paint of Today, nothing cached: median {median:.0f} ms, slowest {slowest:.0f} ms")
    context = cookies.context(browser, "person", url, 390, 844)
    page = context.new_page()
    hear(page)
    page.goto(f"{url}/me/", wait_until="networkidle")
    page.wait_for_selector("#link[data-state=live]")
    loaded = _phone_bytes(page, url)
    print("the phone page, gzipped; icons excluded")
    for name, size in sorted(loaded.items(), key=lambda one: -one[1]):
        print(f"  {name:24s} {size:6d} bytes")
    seen = painted(page, server, cookies.person, CHECK_INS)
    print(f"after the commit of a check-in ({len(seen.painted_ms)} of them)\n{seen}")
    context.close()
    return [
        Bar("from a commit to the painted green card, p50", float(np.median(seen.painted_ms)), 60, "ms"),
        Bar("phone page, gzipped, without icons", sum(loaded.values()) / _KIB, 30, "KiB"),
        Bar("first paint of the dashboard, nothing cached, median", median / 1e3, 1, "s"),
    ]


def _first_paint(browser: Browser, cookies: Cookies, url: str) -> float:
    context = cookies.context(browser, "staff", url, 1440, 900)
    page = context.new_page()
    page.goto(f"{url}/today/")
    found = float(page.evaluate(_FIRST_PAINT))
    context.close()
    return found


def _phone_bytes(page: Page, url: str) -> dict[str, int]:
    """By file: what its first visit loaded, and the worker, which no page's own figures name."""
    sizes: dict[str, int] = {}
    for name, size in page.evaluate(_LOADED):
        _, static, version_and_file = name.partition("/static/")
        if static and not name.endswith((".svg", ".png")):
            sizes[version_and_file.partition("/")[2]] = size
    # The page and the worker are sent as they are: gzipped here, as a proxy in front of the server would.
    for path in ("/me/", "/me/worker.js", "/me/manifest.webmanifest", "/me/who/"):
        sizes[path] = len(gzip.compress(httpx.get(url + path).content))
    return sizes


def picture_school(browser: Browser, school: School, album: Album) -> None:
    picture_dashboard(browser, school, album)
    picture_phone(browser, school, album)
    with kiosk_at_work() as kiosk:
        picture_kiosk(browser, kiosk, album)


def bars_of(album: Album) -> list[Bar]:
    print(f"{album.pictures} pictures: {album.write_index()}")
    for kind, found in (("inaccessible or cut", album.wrong), ("error", album.errors)):
        for name, lines in found.items():
            print(f"  {kind}: {name}: {'; '.join(lines)}")
    return [
        Bar("what axe finds or sticks out, over all pages and states", sum(map(len, album.wrong.values())), 0),
        Bar("console errors, over all pages and states", sum(map(len, album.errors.values())), 0),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bar", action="store_true", help="exit 1 and name each bar that falls short")
    default = load_settings().data_dir / "screens"
    parser.add_argument("--screenshots", type=Path, default=default, metavar="FOLDER", help=f"default {default}")
    options = parser.parse_args()
    path = chromium_path()
    if path is None:
        sys.exit("no Chromium here: apt-get install chromium, or name one in FACECHECKIN_CHROMIUM")
    with (
        tempfile.TemporaryDirectory() as folder,
        EmbeddedPostgres(Path(folder) / "postgres") as dsn,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        migrate(dsn)
        keys_file = Path(folder) / "keys.json"
        album = Album(options.screenshots)
        with school_at(dsn, keys_file) as school:
            school = msgspec.structs.replace(school, signed_in=sign_in_by_the_door(school.server, school.signed_in))
            picture_school(browser, school, album)
            cookies = Cookies(school, new_person(school))
        with pushing_server(dsn, keys_file) as server:
            picture_push(browser, msgspec.structs.replace(school, server=server), album)
        found = bars_of(album)
        with server_process(dsn, keys_file) as process:
            found = [*measured_bars(browser, process, cookies), *found]
        browser.close()
    judge(found, enforce=options.bar)


if __name__ == "__main__":
    main()
