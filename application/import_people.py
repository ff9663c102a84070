"""Imports people: each row registers one person or completes what an earlier import left undone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from application.importing import ImportReport, Numbered, Parsed, PersonRow, Tally
from application.people import load_person
from application.ports import Clock, Conflict, EventStore, People
from application.register_person import CONSENT_TEXT_VERSION, PersonRegistered, RegisterPerson
from domain import person as persons
from domain.person import Person

_ATTEMPTS = 5
_ANOTHER_NAME = "{!r} is registered under another name"


class ImportPeople:
    """Safe to repeat. A row gives the consents it names and withdraws none: that is the person's own to do."""

    def __init__(self, *, register: RegisterPerson, store: EventStore, people: People, clock: Clock) -> None:
        self._register = register
        self._store = store
        self._people = people
        self._clock = clock

    async def __call__(self, parsed: Parsed[PersonRow]) -> ImportReport:
        tally = Tally(parsed.bad)
        for numbered in _once_each(parsed.rows, tally):
            await self._import(numbered, tally)
        return tally.report()

    async def preview(self, parsed: Parsed[PersonRow]) -> ImportReport:
        """What an import would report now. It changes nothing."""
        tally = Tally(parsed.bad)
        for numbered in _once_each(parsed.rows, tally):
            row = numbered.row
            person = await self._known(row.user_id)
            if person is None:
                tally.added += 1
            elif person.name.reveal() != row.name:
                tally.refuse(numbered.number, "name", _ANOTHER_NAME.format(row.user_id))
            elif person.consents.issuperset(row.consents):
                tally.unchanged += 1
            else:
                tally.changed += 1
        return tally.report()

    async def _import(self, numbered: Numbered[PersonRow], tally: Tally) -> None:
        row = numbered.row
        if await self._known(row.user_id) is None:
            outcome = await self._register(user_id=row.user_id, name=row.name, consents=row.consents)
            if isinstance(outcome, PersonRegistered):
                tally.added += 1
                return
        for _ in range(_ATTEMPTS):
            person = await self._known(row.user_id)
            if person is None:
                tally.refuse(numbered.number, "user_id", f"{row.user_id!r} was taken or erased a moment ago: try again")
                return
            if person.name.reveal() != row.name:
                tally.refuse(numbered.number, "name", _ANOTHER_NAME.format(row.user_id))
                return
            try:
                given = await self._give_consents(person, row)
            except Conflict:
                continue
            tally.changed, tally.unchanged = tally.changed + given, tally.unchanged + (not given)
            return
        tally.refuse(numbered.number, "user_id", f"{row.user_id!r} was changed by others at the same time: try again")

    async def _known(self, user_id: str) -> Person | None:
        id = await self._people.find(user_id)
        person = None if id is None else await load_person(self._store, id)
        return None if person is None or person.erased else person

    async def _give_consents(self, person: Person, row: PersonRow) -> bool:
        at = self._clock.now()
        events = [
            event
            for purpose in sorted(set(row.consents))
            for event in persons.give_consent(person, purpose, text_version=CONSENT_TEXT_VERSION, at=at)
        ]
        await self._store.append(person.id, person.version, events)
        return bool(events)


def _once_each(rows: Sequence[Numbered[PersonRow]], tally: Tally) -> Iterator[Numbered[PersonRow]]:
    """Every row but those whose user id came before."""
    seen: dict[str, int] = {}
    for numbered in rows:
        first = seen.setdefault(numbered.row.user_id, numbered.number)
        if first == numbered.number:
            yield numbered
        else:
            tally.refuse(numbered.number, "user_id", f"{numbered.row.user_id!r} is in row {first} already")
