"""A lesson in every room, as the domain plans and settles it, over drawn check-ins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from benchmarks.history_events import Stamped
from domain import session as sessions
from domain import station as station_progress
from domain.attendance import Seen, moment_of, take_attendance
from domain.check_in import IdentityMatched, Started
from domain.session import Session, session_id
from domain.session_events import Plan, SessionEvent, Times

LESSON = timedelta(minutes=75)
LATE_AFTER = timedelta(minutes=3)
OPENS_BEFORE = timedelta(minutes=20)
SETTLED_AFTER = timedelta(minutes=5)


class Lesson:
    """One session: scheduled in the morning, closed once its station has reported past its end."""

    def __init__(self, number: int, station: UUID, roster: Sequence[UUID], starts_at: datetime) -> None:
        self.id = session_id(f"lesson {number} {starts_at.isoformat()}")
        self.station = station
        self.roster = roster
        times = Times(
            opens_at=starts_at - OPENS_BEFORE,
            starts_at=starts_at,
            late_after=starts_at + LATE_AFTER,
            ends_at=starts_at + LESSON,
            zone="Europe/Berlin",
        )
        self._plan = Plan(title=f"Lesson {number}", room=f"Room {number}", stations=(station,), times=times)
        self._session: Session | None = None

    def scheduled(self, at: datetime) -> list[Stamped]:
        planned = sessions.schedule(None, self._plan, at=at)
        assert isinstance(planned, list)
        stamped = self._record(planned)
        assert self._session is not None
        expected = sessions.change_roster(self._session, self.roster, at=at)
        assert isinstance(expected, list)
        return stamped + self._record(expected)

    def settled(self, seen: Mapping[UUID, Sequence[Seen]]) -> list[Stamped]:
        """The station's report, and the session's closing."""
        assert self._session is not None
        ends_at = self._plan.times.ends_at
        at = ends_at + SETTLED_AFTER
        reports = station_progress.report(
            station_progress.StationProgress(), station_id=self.station, through=at, at=at
        )
        stream = station_progress.progress_id(self.station, at)
        reported: list[Stamped] = [(at, stream, 1, event) for event in reports]
        attendance = take_attendance(self.roster, self._session.window, seen, {}, {self.station: at})
        closed = sessions.settle(self._session, attendance, reported=True, at=at)
        assert isinstance(closed, list)
        return reported + self._record(closed)

    def _record(self, events: Sequence[SessionEvent]) -> list[Stamped]:
        stamped: list[Stamped] = []
        for event in events:
            self._session = sessions.evolve(self._session, event, id=self.id)
            stamped.append((event.at, self.id, self._session.version, event))
        return stamped


def seen_in(page: Sequence[Stamped]) -> dict[UUID, list[Seen]]:
    """Who was recognised in these events, where and when."""
    starts = {stream: event for _, stream, _, event in page if isinstance(event, Started)}
    seen: dict[UUID, list[Seen]] = {}
    for _, stream, _, event in page:
        if isinstance(event, IdentityMatched) and (person := event.person.reveal()) is not None:
            start = starts[stream]
            one = Seen(check_in=stream, station=start.station_id, moment=moment_of(start.captured_at, start.at))
            seen.setdefault(person, []).append(one)
    return seen
