"""What is kept of a person's browsers: few, sealed, in no log, and gone with the person."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest
import structlog

from application.erase_person import ErasureReceipt
from domain.matching import Match
from tests.data_subjects.bureau import Bureau
from tests.event_store.samples import EVIDENCE
from tests.push.local_service import LocalPushService, SubscribedBrowser
from tests.push.sending import (
    decide,
    nothing_waits,
    pushing,
    subscribed,
)

pytestmark = pytest.mark.anyio


async def test_nothing_of_an_erased_person_is_left_or_sent(bureau: Bureau, service: LocalPushService) -> None:
    ada = await bureau.admit("ada", "face")
    push = pushing(bureau, service)
    async with push.sender.running():
        await subscribed(push, service, ada)
        service.answers.append((503, {"Retry-After": "60"}))
        await decide(bureau, ada, Match(ada, EVIDENCE))
        await service.next()
        async with asyncio.timeout(30):
            while not await bureau.record.database.fetch("SELECT 1 FROM push_message WHERE claimed_at IS NULL"):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        export = await bureau.subjects.export_person(ada)
        receipt = await bureau.subjects.erase_person(ada)
    assert {"push_subscription", "push_message"} <= set(export.rows)  # type: ignore[union-attr]  # they were found
    assert "sealed" not in export.rows["push_subscription"][0]  # type: ignore[union-attr]
    assert isinstance(receipt, ErasureReceipt)
    assert (await bureau.subjects.check_receipt(receipt)).wrong == ()
    assert await bureau.record.database.fetch("SELECT 1 FROM push_subscription, push_message") == []
    late = SubscribedBrowser(f"{service.origin}/send/late")
    assert not await push.subscriptions.keep(ada, late.subscription)


async def test_no_endpoint_is_logged_or_stands_in_the_database(bureau: Bureau, service: LocalPushService) -> None:
    ada = await bureau.admit("ada", "face")
    push = pushing(bureau, service)
    with structlog.testing.capture_logs() as logged:
        async with push.sender.running():
            browser = await subscribed(push, service, ada)
            service.answers.extend([(500, {}), (410, {})])
            await decide(bureau, ada, Match(ada, EVIDENCE))
            await service.next()
            await service.next()
            await nothing_waits(bureau)
    assert "push message put off" in str(logged)
    assert browser.subscription.endpoint.rpartition("/")[2] not in str(logged)
    again = await subscribed(push, service, ada)
    ((row,),) = await bureau.record.database.fetch("SELECT s::text FROM push_subscription s")
    secret = again.subscription.endpoint.encode()
    assert secret.hex() not in row
    assert secret not in bytes.fromhex(row.partition("\\x")[2].partition('"')[0])
    assert repr(again.subscription) == "Subscription(***)"


async def test_a_person_has_five_browsers_and_the_oldest_goes(bureau: Bureau, service: LocalPushService) -> None:
    ada, bob = await bureau.admit("ada", "face"), await bureau.admit("bob", "face")
    push = pushing(bureau, service)
    browsers = [await subscribed(push, service, ada) for _ in range(7)]
    kept = [one.id for one in await push.subscriptions.of(ada)]
    assert kept == [browser.subscription.id for browser in browsers[2:]]
    # Who signs in to a browser after somebody else has its messages, and the other has them no more.
    assert await push.subscriptions.keep(bob, browsers[-1].subscription)
    assert len(await push.subscriptions.of(ada)) == 4
    assert not await push.subscriptions.remove(ada, browsers[-1].subscription.id)
    assert await push.subscriptions.remove(bob, browsers[-1].subscription.id)


async def test_nobody_is_told_who_does_not_exist(bureau: Bureau, service: LocalPushService) -> None:
    browser = SubscribedBrowser(f"{service.origin}/send/1")
    assert not await pushing(bureau, service).subscriptions.keep(uuid4(), browser.subscription)
