"""The check-in that the event store is measured with: four events, two of them about a person."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

from benchmarks.history_events import Draw
from domain.check_in import CheckInEvent, EmotionRecognised, IdentityMatched

_AT = datetime(2026, 3, 2, 8, 25, tzinfo=UTC)
_draw = Draw(1, [uuid4()])


def check_in_of(person: UUID) -> list[CheckInEvent]:
    """Started with a claim, matched, emotion, completed: as `benchmarks.history` draws them."""
    while True:
        events = [event for *_, event in _draw.check_in(person, uuid4(), _AT)]
        kinds = [type(event) for event in events]
        if len(events) == 4 and IdentityMatched in kinds and EmotionRecognised in kinds:
            return [event for event in events if isinstance(event, CheckInEvent)]
