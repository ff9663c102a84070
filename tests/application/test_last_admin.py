"""Somebody can always administer: the last admin stays one, whoever else is taken away at the same moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from adapters.accounts.account_table import PostgresAccounts
from adapters.accounts.one_time_codes import PostgresOneTimeCodes
from adapters.clock import SystemClock
from adapters.read_models.audit import PostgresAudit
from adapters.record import Record, open_record
from application.manage_accounts import LastAdmin, ManageAccounts
from application.ports import AccountSummary
from application.sign_in import ProvidersWord, SignedIn, SignInByProvider, SignInRefused
from domain.account import Account, AccountCreated, AccountRole, LastAdminKept

pytestmark = pytest.mark.anyio


class Hall:
    """Where those who change accounts at once meet, after each has seen who there is."""

    def __init__(self, patience_s: float) -> None:
        self._met = asyncio.Barrier(2)
        self._patience_s = patience_s

    async def meet(self) -> None:
        with suppress(TimeoutError, asyncio.BrokenBarrierError):
            async with asyncio.timeout(self._patience_s):
                await self._met.wait()


class InTurn(PostgresAccounts):
    """Whose turn it is waits in vain: the other comes to the hall once it has left."""

    patience_s = 0.5

    def __init__(self, record: Record, hall: Hall) -> None:
        super().__init__(record.database)
        self._hall = hall

    async def all(self) -> Sequence[AccountSummary]:
        found = await super().all()
        await self._hall.meet()
        return found


class AllAtOnce(InTurn):
    """The control: nobody waits for a turn, and both are there before either goes on."""

    patience_s = 30.0

    @asynccontextmanager
    async def one_at_a_time(self) -> AsyncIterator[None]:
        yield


def managing(record: Record, accounts: PostgresAccounts) -> ManageAccounts:
    return ManageAccounts(
        store=record.store,
        accounts=accounts,
        codes=PostgresOneTimeCodes(record.database),
        projections=record.projections,
        clock=SystemClock(),
    )


@pytest.fixture
async def record(database: str, key_file: Path) -> AsyncIterator[Record]:
    async with open_record(database, key_file) as record:
        yield record


@pytest.fixture
def manage(record: Record) -> ManageAccounts:
    return managing(record, PostgresAccounts(record.database))


async def admin(record: Record, *, role: AccountRole = "admin", password: str | None = "a hash") -> UUID:
    accounts = PostgresAccounts(record.database)
    id = await managing(record, accounts).create(f"{role} {uuid4()}", role, by=None)
    assert isinstance(id, UUID)
    await accounts.keep_password(id, password)
    return id


async def test_the_last_admin_is_neither_disabled_nor_given_another_role(
    record: Record, manage: ManageAccounts
) -> None:
    only = await admin(record)
    await admin(record, role="staff")
    await admin(record, password=None)
    assert await manage.disable(only, by=only) == LastAdmin()
    assert await manage.change_role(only, "staff", by=only) == LastAdmin()
    (state,) = [one for one in await PostgresAccounts(record.database).all() if one.id == only]
    assert (state.role, state.disabled) == ("admin", False)


async def test_the_last_but_one_goes_and_a_disabled_one_does_not_count(record: Record, manage: ManageAccounts) -> None:
    first, second = await admin(record), await admin(record)
    assert isinstance(await manage.disable(first, by=second), Account)
    assert await manage.disable(second, by=second) == LastAdmin()
    assert isinstance(await manage.disable(first, by=second), Account), "it is disabled already"
    await manage.enable(first, by=second)
    assert isinstance(await manage.change_role(second, "analyst", by=first), Account)


def signing_in(record: Record) -> SignInByProvider:
    accounts = PostgresAccounts(record.database)
    return SignInByProvider(store=record.store, accounts=accounts, projections=record.projections, clock=SystemClock())


def word(role: AccountRole | None) -> ProvidersWord:
    return ProvidersWord(issuer="https://login.example", subject="grace", name="Grace", role=role)


async def test_the_providers_word_does_not_take_the_last_admin_away(record: Record) -> None:
    sign_in = signing_in(record)
    first = await sign_in(word("admin"))
    assert isinstance(first, SignedIn)
    again = await sign_in(word("staff"))
    assert again == first, "an admin as before, and whoever is signed in stays so"
    events = await record.store.load_account(first.subject)
    assert [type(event) for event in events] == [AccountCreated, LastAdminKept]
    (kept, _) = await PostgresAudit(record.database).page(before=2**53, limit=9)
    assert (kept.role, kept.action, kept.object, kept.detail) == (
        "provider",
        "account.last_admin_kept.v1",
        first.subject,
        "staff",
    )
    assert await sign_in(word(None)) == SignInRefused(), "who has no group of ours is no more let in than anybody"


async def test_the_providers_word_holds_as_soon_as_another_admin_can_sign_in(record: Record) -> None:
    sign_in = signing_in(record)
    await sign_in(word("admin"))
    await admin(record)
    changed = await sign_in(word("staff"))
    assert isinstance(changed, SignedIn)
    assert (changed.role, changed.epoch) == ("staff", 1)


async def at_once(record: Record, other: Record, kind: type[InTurn]) -> list[bool]:
    """Two admins take each other away, in two processes' worth of connections: whether each of them was refused."""
    first, second = await admin(record), await admin(record)
    hall = Hall(kind.patience_s)
    here, there = managing(record, kind(record, hall)), managing(other, kind(other, hall))
    outcomes = await asyncio.gather(here.disable(second, by=first), there.change_role(first, "staff", by=second))
    return [isinstance(one, LastAdmin) for one in outcomes]


async def test_of_two_admins_who_take_each_other_away_at_once_one_stays(
    record: Record, database: str, key_file: Path
) -> None:
    async with open_record(database, key_file) as other:
        assert sorted(await at_once(record, other, InTurn)) == [False, True]


async def test_without_turns_both_would_be_gone(record: Record, database: str, key_file: Path) -> None:
    async with open_record(database, key_file) as other:
        assert await at_once(record, other, AllAtOnce) == [False, False]
