"""A decision reaches its person's browsers once, and nobody else's; what cannot be sent holds up nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from adapters.metrics.metrics import Metrics
from adapters.push.push_service import PADDED_BYTES, answered
from domain.matching import Match, Mismatch, Unknown
from tests.data_subjects.bureau import Bureau
from tests.event_store.samples import EVIDENCE
from tests.push.local_service import LocalPushService, signed_claims
from tests.push.sending import (
    CONTACT,
    decide,
    hold_a_session,
    nothing_waits,
    pushing,
    subscribed,
)

pytestmark = pytest.mark.anyio


async def test_a_match_is_told_to_the_browsers_of_its_person_alone(bureau: Bureau, service: LocalPushService) -> None:
    ada, bob = await bureau.admit("ada", "face"), await bureau.admit("bob", "face")
    push = pushing(bureau, service)
    async with push.sender.running():
        browsers = [await subscribed(push, service, ada), await subscribed(push, service, ada)]
        of_bob = await subscribed(push, service, bob)
        at = await decide(bureau, ada, Match(ada, EVIDENCE))
        first, second = await service.next(), await service.next()
        await nothing_waits(bureau)
        await decide(bureau, bob, Match(bob, EVIDENCE))
        third = await service.next()
    ways = {one.subscription.endpoint.removeprefix(service.origin): one for one in (*browsers, of_bob)}
    for received, expected in ((first, browsers), (second, browsers), (third, [of_bob])):
        assert ways[received.path] in expected
        told = ways[received.path].read(received.body)
        assert set(told) == {"status", "at", "language"}
        assert (told["status"], told["language"]) == ("checked_in", "en")
    assert datetime.fromisoformat(ways[first.path].read(first.body)["at"]) == at
    assert first.path != second.path


async def test_a_message_says_who_sends_it_and_how_long_it_is_worth_something(
    bureau: Bureau, service: LocalPushService
) -> None:
    ada = await bureau.admit("ada", "face")
    push = pushing(bureau, service)
    async with push.sender.running():
        await subscribed(push, service, ada)
        await decide(bureau, ada, Match(ada, EVIDENCE))
        received = await service.next()
    claims = signed_claims(received, service.origin)
    assert claims["sub"] == CONTACT.contact
    assert claims["exp"] - datetime.now(UTC).timestamp() < 24 * 3600
    assert received.headers["authorization"].endswith(f"k={push.public_key}")
    assert 200 < int(received.headers["ttl"]) <= 300
    assert (received.headers["urgency"], received.headers["topic"]) == ("high", "check-in")
    assert received.headers["content-encoding"] == "aes128gcm"


async def test_every_message_is_of_one_length_whatever_it_says(bureau: Bureau, service: LocalPushService) -> None:
    ada = await bureau.admit("ada", "face")
    push = pushing(bureau, service)
    outcomes = {
        "checked_in": Match(ada, EVIDENCE),
        "unknown": Unknown(EVIDENCE),
        "mismatch": Mismatch(ada, EVIDENCE),
        "refused": None,
    }
    lengths = set()
    async with push.sender.running():
        browser = await subscribed(push, service, ada)
        for word, decision in outcomes.items():
            await decide(bureau, ada, decision)
            received = await service.next()
            assert browser.read(received.body)["status"] == word
            lengths.add(len(received.body))
    # The header of the coding, the message, one byte that ends it, and the seal.
    assert lengths == {16 + 4 + 1 + 65 + PADDED_BYTES + 1 + 16}


async def test_who_comes_after_the_bell_is_told_that_they_are_late(bureau: Bureau, service: LocalPushService) -> None:
    ada = await bureau.admit("ada", "face")
    push = pushing(bureau, service)
    async with push.sender.running():
        browser = await subscribed(push, service, ada)
        await hold_a_session(bureau, ada)
        await decide(bureau, ada, Match(ada, EVIDENCE))
        assert browser.read((await service.next()).body)["status"] == "late"


@pytest.mark.parametrize("status", [404, 410])
async def test_a_browser_that_is_gone_is_forgotten(bureau: Bureau, service: LocalPushService, status: int) -> None:
    ada = await bureau.admit("ada", "face")
    metrics = Metrics()
    push = pushing(bureau, service, metrics=metrics)
    async with push.sender.running():
        gone = await subscribed(push, service, ada)
        service.answers.append((status, {}))
        await decide(bureau, ada, Match(ada, EVIDENCE))
        await service.next()
        await nothing_waits(bureau)
        assert await push.subscriptions.of(ada) == []
        there = await subscribed(push, service, ada)
        await decide(bureau, ada, Match(ada, EVIDENCE))
        assert (await service.next()).path == there.subscription.endpoint.removeprefix(service.origin)
        await nothing_waits(bureau)
    assert gone.subscription.id != there.subscription.id
    counted = metrics.text()
    assert 'facecheckin_push_messages_total{outcome="gone"} 1.0' in counted
    assert 'facecheckin_push_messages_total{outcome="sent"} 1.0' in counted


@pytest.mark.parametrize("trouble", [(500, {}), (429, {"Retry-After": "0"}), (503, {})])
async def test_what_a_push_service_does_not_take_now_is_sent_again_and_once(
    bureau: Bureau, service: LocalPushService, trouble: tuple[int, dict[str, str]]
) -> None:
    ada = await bureau.admit("ada", "face")
    push = pushing(bureau, service)
    async with push.sender.running():
        browser = await subscribed(push, service, ada)
        service.answers.append(trouble)
        await decide(bureau, ada, Match(ada, EVIDENCE))
        first, again = await service.next(), await service.next()
        await nothing_waits(bureau)
    assert browser.read(first.body) == browser.read(again.body)
    assert service.received.empty()


async def test_it_is_given_up_after_some_attempts(bureau: Bureau, service: LocalPushService) -> None:
    ada = await bureau.admit("ada", "face")
    push = pushing(bureau, service)
    async with push.sender.running():
        await subscribed(push, service, ada)
        service.answers.extend([(500, {})] * 10)
        await decide(bureau, ada, Match(ada, EVIDENCE))
        await service.next()
        await nothing_waits(bureau)
    assert service.received.qsize() + 1 == 4
    assert len(await push.subscriptions.of(ada)) == 1


async def test_a_wait_that_is_longer_than_the_news_is_fresh_is_not_waited(
    bureau: Bureau, service: LocalPushService
) -> None:
    ada = await bureau.admit("ada", "face")
    push = pushing(bureau, service)
    async with push.sender.running():
        await subscribed(push, service, ada)
        service.answers.append((429, {"Retry-After": "3600"}))
        await decide(bureau, ada, Match(ada, EVIDENCE))
        await service.next()
        await nothing_waits(bureau)
    assert service.received.empty()


def test_a_time_to_wait_is_read_as_seconds_or_as_a_date() -> None:
    now = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
    date = {"retry-after": "Mon, 02 Nov 2026 12:01:30 GMT"}
    assert [answered(429, headers, now).retry_after_s for headers in ({}, {"retry-after": "7"}, date)] == [
        None,
        7.0,
        90.0,
    ]
    assert answered(429, {"retry-after": "soon"}, now).retry_after_s is None
    assert answered(429, {"retry-after": "Mon, 02 Nov 2026 11:00:00 GMT"}, now).retry_after_s == 0.0


async def test_a_redirect_is_not_followed(bureau: Bureau, service: LocalPushService) -> None:
    ada = await bureau.admit("ada", "face")
    push = pushing(bureau, service)
    async with push.sender.running():
        await subscribed(push, service, ada)
        service.answers.append((307, {"Location": f"{service.origin}/elsewhere"}))
        await decide(bureau, ada, Match(ada, EVIDENCE))
        await service.next()
        await nothing_waits(bureau)
    assert service.received.empty()
