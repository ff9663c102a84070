"""Passwords: how they are kept, that nobody is told from somebody, and that they stop nothing else."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from adapters.accounts.account_table import PostgresAccounts
from adapters.accounts.attempt_counts import PostgresAttemptCounts
from adapters.accounts.passwords import ArgonPasswords, PasswordsBusy
from adapters.clock import SystemClock
from adapters.record import open_record
from application.sign_in import SignedIn, SignInByPassword
from domain.account import AccountCreated

pytestmark = pytest.mark.anyio
PASSWORD = "correct horse battery"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def quick(*, time_cost: int = 1) -> ArgonPasswords:
    return ArgonPasswords(time_cost=time_cost, memory_kib=64, lanes=1)


async def test_a_hash_says_how_it_was_made_and_is_never_the_same_twice() -> None:
    passwords = ArgonPasswords()
    one, other = await passwords.hash(PASSWORD), await passwords.hash(PASSWORD)
    assert one.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert one != other
    assert await passwords.verify(one, PASSWORD)
    assert not await passwords.verify(one, PASSWORD + " ")


async def test_nobodys_password_takes_as_long_as_somebodys() -> None:
    """Of the processor's time, which a busy machine leaves as it is; the least of three each."""
    passwords = ArgonPasswords()
    kept = await passwords.hash(PASSWORD)
    await passwords.verify(None, PASSWORD)  # makes the hash that is nobody's

    async def least_s(password_hash: str | None) -> float:
        took = []
        for _ in range(3):
            started = time.process_time()
            assert not await passwords.verify(password_hash, "a wrong password")
            took.append(time.process_time() - started)
        return min(took)

    nobody, somebody = await least_s(None), await least_s(kept)
    assert 0.5 < nobody / somebody < 2.0


async def test_the_event_loop_goes_on_while_a_password_is_checked() -> None:
    passwords = ArgonPasswords()
    kept = await passwords.hash(PASSWORD)
    checking = asyncio.create_task(passwords.verify(kept, PASSWORD))
    turns = 0
    while not checking.done():
        await asyncio.sleep(0)
        turns += 1
    assert await checking
    assert turns > 2, "in the loop's own thread it would be checked in one turn"


async def test_more_than_may_wait_are_refused_at_once() -> None:
    passwords = quick()
    kept = await passwords.hash(PASSWORD)
    outcomes = await asyncio.gather(*(passwords.verify(kept, PASSWORD) for _ in range(40)), return_exceptions=True)
    assert [isinstance(outcome, PasswordsBusy) for outcome in outcomes].count(True) == 40 - 2 - 32
    assert await passwords.verify(kept, PASSWORD), "and those who waited were served"


@pytest.mark.parametrize("kept", ["", "not a hash", "$argon2id$v=19$m=65536,t=3,p=4$AAAA$BBBB"])
async def test_what_is_no_hash_opens_nothing(kept: str) -> None:
    assert not await quick().verify(kept, PASSWORD)


async def test_a_hash_of_other_parameters_is_replaced_when_its_password_is_next_right(
    database: str, key_file: Path
) -> None:
    async with open_record(database, key_file) as record:
        accounts = PostgresAccounts(record.database)

        async def sign_in(password: str, passwords: ArgonPasswords) -> bool:
            by_password = SignInByPassword(
                store=record.store,
                accounts=accounts,
                passwords=passwords,
                attempts=PostgresAttemptCounts(record.database),
                clock=SystemClock(),
            )
            return isinstance(await by_password("ada", password, address="here"), SignedIn)

        async def kept() -> str | None:
            known = await accounts.find("ADA")
            assert known is not None
            return known.password_hash

        id = await accounts.claim("Ada")
        await record.store.append(
            id, 0, [AccountCreated(at=SystemClock().now(), by=None, role="staff", route="password")]
        )
        await accounts.keep_password(id, before := await quick().hash(PASSWORD))
        assert not await sign_in("a wrong password", quick(time_cost=2))
        assert await kept() == before
        assert await sign_in(PASSWORD, quick(time_cost=2))
        after = await kept()
        assert after is not None
        assert "t=2" in after
        assert await sign_in(PASSWORD, quick(time_cost=2))
        assert await kept() == after
