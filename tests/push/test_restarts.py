"""Whatever is started, stopped or joined by another process: each decision is told once, and only while it is news."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.matching import Match
from tests.data_subjects.bureau import Bureau, open_bureau
from tests.event_store.samples import EVIDENCE
from tests.push.local_service import LocalPushService
from tests.push.sending import (
    LateClock,
    decide,
    followed,
    nothing_waits,
    pushing,
    subscribed,
)

pytestmark = pytest.mark.anyio


async def test_a_restart_sends_nothing_again_and_what_happened_meanwhile(
    bureau: Bureau, service: LocalPushService
) -> None:
    ada, bob = await bureau.admit("ada", "face"), await bureau.admit("bob", "face")
    push = pushing(bureau, service)
    async with push.sender.running():
        await subscribed(push, service, ada)
        await decide(bureau, ada, Match(ada, EVIDENCE))
        await service.next()
        await nothing_waits(bureau)
    of_bob = await subscribed(push, service, bob)
    await decide(bureau, bob, Match(bob, EVIDENCE))
    restarted = pushing(bureau, service)
    async with restarted.sender.running():
        assert of_bob.read((await service.next()).body)["status"] == "checked_in"
        await nothing_waits(bureau)
        await followed(bureau)
    assert service.received.empty()


async def test_what_happened_long_ago_is_not_told_any_more(bureau: Bureau, service: LocalPushService) -> None:
    ada, bob = await bureau.admit("ada", "face"), await bureau.admit("bob", "face")
    push = pushing(bureau, service)
    await subscribed(push, service, ada)
    of_bob = await subscribed(push, service, bob)
    await decide(bureau, ada, Match(ada, EVIDENCE))
    async with pushing(bureau, service, LateClock(timedelta(minutes=6))).sender.running():
        await followed(bureau)
    # Captured long ago, at a station that was without a network: not told, though it is recorded only now.
    async with push.sender.running():
        await decide(bureau, ada, Match(ada, EVIDENCE), at=datetime.now(UTC) - timedelta(minutes=6))
        await decide(bureau, bob, Match(bob, EVIDENCE))
        assert of_bob.read((await service.next()).body)["status"] == "checked_in"
        await nothing_waits(bureau)
    assert service.received.empty()


async def test_what_was_decided_before_a_browser_subscribed_is_not_told_to_it(
    bureau: Bureau, service: LocalPushService
) -> None:
    ada = await bureau.admit("ada", "face")
    push = pushing(bureau, service)
    await decide(bureau, ada, None)
    async with push.sender.running():
        browser = await subscribed(push, service, ada)
        await decide(bureau, ada, Match(ada, EVIDENCE))
        assert browser.read((await service.next()).body)["status"] == "checked_in"
    assert service.received.empty()


async def test_two_processes_at_once_send_each_message_once(
    bureau: Bureau, service: LocalPushService, database: str, key_file: Path
) -> None:
    people = [await bureau.admit(f"s-{number}", "face") for number in range(12)]
    async with open_bureau(database, key_file) as other:
        one, two = pushing(bureau, service), pushing(other, service)
        browsers = [await subscribed(one, service, person) for person in people]
        async with one.sender.running(), two.sender.running():
            for number, person in enumerate(people):
                await decide((bureau, other)[number % 2], person, Match(person, EVIDENCE))
            received = [await service.next() for _ in people]
            await nothing_waits(bureau)
            await followed(bureau)
    paths = {browser.subscription.endpoint.removeprefix(service.origin) for browser in browsers}
    assert {one.path for one in received} == paths
    assert service.received.empty()
