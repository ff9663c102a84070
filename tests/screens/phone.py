"""The phone page in a browser, and a way through every state that a check-in can bring it to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from uuid import UUID, uuid4

from playwright.sync_api import Browser, BrowserContext, Page, expect

from adapters.live.audience import MOST_OF_ONE_PERSON
from application.sign_in import SignedIn
from domain import check_in as check_ins
from domain.check_in import CheckIn, CheckInEvent
from domain.matching import Ambiguous, Match, Mismatch, Unknown
from tests.event_store.samples import BOX, EVIDENCE, QUALITY, REFUSAL, TIMINGS
from tests.http.drawn_people import register
from tests.http.live_watching import watching
from tests.screens.school import School, record, record_more

Decide = Callable[[CheckIn, UUID], list[CheckInEvent]]


def decided(check_in: CheckIn, decision: Match | Unknown | Ambiguous | Mismatch) -> list[CheckInEvent]:
    return check_ins.decide_identity(
        check_in, decision, quality=QUALITY, box=BOX, timings_ms=TIMINGS, at=datetime.now(UTC)
    )


OUTCOMES: dict[str, tuple[Decide, str]] = {
    "checked_in": (lambda found, me: decided(found, Match(me, EVIDENCE)), "Checked in"),
    "refused": (
        lambda found, _: check_ins.refuse_capture(found, REFUSAL, timings_ms=TIMINGS, at=datetime.now(UTC)),
        "Please try again",
    ),
    "unknown": (lambda found, _: decided(found, Unknown(EVIDENCE)), "Not recognised"),
    "mismatch": (lambda found, me: decided(found, Mismatch(me, EVIDENCE)), "Not recognised"),
    "ambiguous": (lambda found, me: decided(found, Ambiguous((me, uuid4()), EVIDENCE)), "Please see a member of staff"),
    "expired": (lambda found, _: check_ins.expire(found, at=datetime.now(UTC)), "No answer came"),
}


def new_person(school: School, name: str = "Amira Haddad") -> SignedIn:
    """Of one test alone."""
    with school.server.client("staff") as staff:
        person = register(staff, f"phone-{uuid4().hex[:8]}", name, ["face", "emotion"])
    return SignedIn(role="person", subject=person, name=name)


@contextmanager
def phone(browser: Browser, school: School, who: SignedIn | None, *, language: str = "en-GB") -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": 390, "height": 844},
        locale=language,
        reduced_motion="reduce",
    )
    if who is not None:
        sign_in(context, school, who)
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.goto(f"{school.url}/me/")
    yield page
    context.close()


def sign_in(context: BrowserContext, school: School, who: SignedIn) -> None:
    accounts = school.server.services.accounts
    made = school.server.run(accounts.sign_ins.begin(who))
    context.add_cookies([{"name": accounts.cookie.name, "value": made.value, "url": school.url}])


def begin(school: School, who: SignedIn, *, station: int = 0) -> CheckIn:
    """A burst of theirs arrives and is judged."""
    burst_id, at = uuid4().hex, datetime.now(UTC)
    id = check_ins.check_in_id(school.stations[station], burst_id)
    events = check_ins.start(
        station_id=school.stations[station],
        burst_id=burst_id,
        request_digest="d",
        claimed=who.subject,
        captured_at=None,
        at=at,
    )
    school.server.run(record(school.server, id, events))
    found = check_ins.replay(id, events)
    assert found is not None
    return found


def finish(school: School, found: CheckIn, events: list[CheckInEvent]) -> None:
    school.server.run(record_more(school.server, found.id, found.version, events))


def title(page: Page) -> str:
    return page.inner_text("#card-title")


def shows(page: Page, kind: str) -> None:
    page.wait_for_selector(f"#card[data-kind={kind}]")


def states(page: Page, school: School, who: SignedIn) -> Iterator[str]:
    """The page goes from state to state and stays in each until the next is asked for; the name of each."""
    shows(page, "none")
    yield "none"
    for kind, (decide, _) in OUTCOMES.items():
        started = begin(school, who)
        shows(page, "processing")
        yield f"processing, then {kind}"
        finish(school, started, decide(started, who.subject))
        shows(page, kind)
        expect(page.locator("#card-detail")).not_to_be_empty()
        yield kind
    for view in ("history", "me"):
        page.click(f".tabs a[href='#{view}']")
        expect(page.locator(f"[data-view={view}] *").nth(2)).to_be_visible()
        yield view
    yield from _away(page, school, who)


def _away(page: Page, school: School, who: SignedIn) -> Iterator[str]:
    """Without the network, and then without the server; at the end both are back."""
    page.context.set_offline(True)
    for view in ("now", "history", "me"):
        page.click(f".tabs a[href='#{view}']")
        link(page, "offline")
        if view != "now":
            expect(page.locator(f"[data-view={view}] .as-of")).to_contain_text(re.compile("last known", re.IGNORECASE))
        yield "offline" if view == "now" else f"{view} offline"
    page.click(".tabs a[href='#now']")
    with no_room_in_the_feed(school, who):
        page.context.set_offline(False)
        link(page, "reconnecting")
        yield "reconnecting"
    link(page, "live")


@contextmanager
def no_room_in_the_feed(school: School, who: SignedIn) -> Iterator[None]:
    """Whoever watches it as this person is turned away."""
    token = school.server.run(school.server.services.tokens.create("person", who.name, subject=who.subject)).token
    with ExitStack() as watchers:
        for _ in range(MOST_OF_ONE_PERSON):
            watchers.enter_context(watching(school.server, "mine", token)).until_caught_up()
        yield


def link(page: Page, state: str) -> None:
    """How the connection is, as the page says."""
    expect(page.locator("#link")).to_have_attribute("data-state", state, timeout=20_000)
