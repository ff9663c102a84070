"""One process that sends, and what happens at a door: what the tests of push messages have in common."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from adapters.metrics.metrics import Metrics
from adapters.push.addresses import Addresses
from adapters.push.push import Push
from adapters.push.push_settings import PushSettings
from adapters.push.sender import PushTimes
from adapters.push_wiring import join_push
from adapters.session_wiring import join_sessions
from application.ports import Clock
from domain import check_in as check_ins
from domain.check_in import check_in_id
from domain.matching import Decision
from domain.session_events import Plan, Times
from tests.application.house import DOOR
from tests.data_subjects.bureau import Bureau
from tests.event_store.samples import BOX, QUALITY, REFUSAL, TIMINGS
from tests.push.local_service import LocalPushService, SubscribedBrowser

CONTACT = PushSettings(contact="mailto:door@school.example")
QUICK = PushTimes(poll_s=0.5, first_retry_s=0.05)


class LateClock:
    """So much later than it is."""

    def __init__(self, late: timedelta = timedelta()) -> None:
        self._late = late

    def now(self) -> datetime:
        return datetime.now(UTC) + self._late


def pushing(
    bureau: Bureau, service: LocalPushService, clock: Clock | None = None, metrics: Metrics | None = None
) -> Push:
    """One process that sends to `service` and may send nowhere else on this machine."""
    addresses = Addresses(local=frozenset({service.origin}))
    keys_file = bureau.record.keys._path
    return join_push(
        CONTACT,
        keys_file,
        bureau.record,
        metrics or Metrics(),
        clock=clock or LateClock(),
        times=QUICK,
        addresses=addresses,
    )


async def subscribed(push: Push, service: LocalPushService, person: UUID) -> SubscribedBrowser:
    browser = SubscribedBrowser(f"{service.origin}/send/{uuid4()}")
    assert await push.subscriptions.keep(person, browser.subscription)
    return browser


async def decide(
    bureau: Bureau, person: UUID, decision: Decision | None = None, *, at: datetime | None = None
) -> datetime:
    """A burst that claims to be theirs, and what came of it: a match, or a refusal of the capture. When it was."""
    at = at or datetime.now(UTC)
    burst_id = uuid4().hex
    id = check_in_id(DOOR, burst_id)
    events = check_ins.start(
        station_id=DOOR, burst_id=burst_id, request_digest="d", claimed=person, captured_at=at, at=at
    )
    state = check_ins.evolve(None, events[0], id=id)
    if decision is None:
        events += check_ins.refuse_capture(state, REFUSAL, timings_ms=TIMINGS, at=at)
    else:
        events += check_ins.decide_identity(state, decision, quality=QUALITY, box=BOX, timings_ms=TIMINGS, at=at)
    await bureau.seen(await bureau.record.store.append(id, 0, events))
    return at


async def nothing_waits(bureau: Bureau) -> None:
    """What was sent or given up is deleted; this returns once all of it is."""
    async with asyncio.timeout(30):
        while await bureau.record.database.fetch("SELECT 1 FROM push_message"):  # noqa: ASYNC110  # another process may do it
            await asyncio.sleep(0.01)


async def followed(bureau: Bureau) -> None:
    """The record was followed to where the read models are."""
    async with asyncio.timeout(30):
        position = min(bureau.record.projections.positions.values())
        while not await bureau.record.database.fetch("SELECT 1 FROM push_cursor WHERE position >= %s", (position,)):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def hold_a_session(bureau: Bureau, person: UUID) -> None:
    """One that began a quarter of an hour ago."""
    now, id = datetime.now(UTC), uuid4()
    times = Times(
        opens_at=now - timedelta(minutes=30),
        starts_at=now - timedelta(minutes=15),
        late_after=now - timedelta(minutes=10),
        ends_at=now + timedelta(minutes=30),
        zone="UTC",
    )
    services = join_sessions(bureau.record, LateClock())
    await services.schedule(id, Plan(title="Algebra", room="R 1", stations=(DOOR,), times=times))
    await services.change_roster(id, [person])
    await bureau.seen(max(bureau.record.projections.positions.values()))
