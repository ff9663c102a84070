"""Imports rosters: each row expects one person at every coming session of a series."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from application.importing import ImportReport, Numbered, Parsed, RosterRow, Tally
from application.ports import People, PersonErased, Projections, Sessions
from application.sessions import PROJECTED_WITHIN_S, ChangeRoster, SessionChanged


class ImportRosters:
    """Safe to repeat. It adds: who is on a roster and not in the file stays on it."""

    def __init__(
        self, *, change_roster: ChangeRoster, sessions: Sessions, people: People, projections: Projections
    ) -> None:
        self._change_roster = change_roster
        self._sessions = sessions
        self._people = people
        self._projections = projections

    async def __call__(self, parsed: Parsed[RosterRow]) -> ImportReport:
        tally = Tally(parsed.bad)
        by_series: dict[str, list[Numbered[RosterRow]]] = {}
        for numbered in parsed.rows:
            by_series.setdefault(numbered.row.series, []).append(numbered)
        position = 0
        for series, rows in by_series.items():
            position = max(position, await self._import(series, rows, tally))
        await self._projections.wait(position, PROJECTED_WITHIN_S)
        return tally.report()

    async def _import(self, series: str, rows: Sequence[Numbered[RosterRow]], tally: Tally) -> int:
        sessions = await self._sessions.of_series(series)
        people: set[UUID] = set()
        for numbered in rows:
            person = await self._people.find(numbered.row.user_id)
            if not sessions:
                tally.refuse(numbered.number, "series", f"{series!r} has no session that is still to come")
            elif person is None:
                tally.refuse(numbered.number, "user_id", f"nobody is registered as {numbered.row.user_id!r}")
            elif person in people:
                tally.refuse(numbered.number, "user_id", f"{numbered.row.user_id!r} is in {series!r} twice")
            else:
                people.add(person)
        return await self._expect(sessions, people, rows[0].number, tally) if people else 0

    async def _expect(self, sessions: Sequence[UUID], people: set[UUID], row: int, tally: Tally) -> int:
        position = 0
        changed = False
        for id in sessions:
            try:
                outcome = await self._change_roster(id, people, how="add", wait=False)
            except PersonErased:
                tally.refuse(row, "user_id", "somebody of this series was erased a moment ago: import it again")
                return position
            # One that was closed or cancelled since it was listed keeps the roster that it had.
            if isinstance(outcome, SessionChanged):
                position = max(position, outcome.position)
                changed = changed or bool(outcome.events)
        tally.changed, tally.unchanged = (
            tally.changed + len(people) * changed,
            tally.unchanged + len(people) * (not changed),
        )
        return position
