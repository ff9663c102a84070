"""A second process that serves: `python -m tests.data_subjects.other_process DSN KEYS PERSON CHECK_IN`.

For every line that it is sent it answers, as one line of JSON, what it reads of the person now.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from uuid import UUID

from adapters.record import open_record
from domain.check_in import IdentityMatched
from domain.person import Registered
from tests.data_subjects.bureau import MODEL


async def answer(dsn: str, key_file: Path, person: UUID, check_in: UUID) -> None:
    async with open_record(dsn, key_file) as record:
        loop = asyncio.get_running_loop()
        while await loop.run_in_executor(None, sys.stdin.readline):
            (registered, *_) = await record.store.load_person(person)
            (_, matched, *_) = await record.store.load_check_in(check_in)
            assert isinstance(registered, Registered)
            assert isinstance(matched, IdentityMatched)
            read = {
                "event": registered.name.reveal(),
                "check_in": str(matched.person.reveal()),
                "name": await record.people.name(person),
                "listed": [one.user_id for one in await record.people.all()],
                "searched": person in (await record.gallery.snapshot(MODEL)).people,
            }
            sys.stdout.write(json.dumps(read) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(answer(sys.argv[1], Path(sys.argv[2]), UUID(sys.argv[3]), UUID(sys.argv[4])))
