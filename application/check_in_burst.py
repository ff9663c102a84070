"""A whole burst in one call: who it is from the primary frame, then the emotion over all six."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from application.identify import Identified, Identify, IdentifyCommand, IdentifyOutcome
from application.read_emotion import EmotionCommand, EmotionOutcome, ReadEmotion


class BurstCommand(msgspec.Struct, frozen=True, kw_only=True):
    """`primary` is the index of the frame used for identity."""

    station_id: UUID
    jpegs: Sequence[bytes]
    primary: int = 0
    user_id: str | None = None
    burst_id: str | None = None
    captured_at: datetime | None = None
    backlog: bool = False


class BurstOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """`emotion` is absent where the identity could not be judged."""

    identity: IdentifyOutcome
    emotion: EmotionOutcome | None = None


class CheckInBurst:
    def __init__(self, identify: Identify, read_emotion: ReadEmotion) -> None:
        self._identify = identify
        self._read_emotion = read_emotion

    async def __call__(self, command: BurstCommand) -> BurstOutcome:
        """May raise `Overloaded`: then the same command may be sent again."""
        identity = await self._identify(
            IdentifyCommand(
                station_id=command.station_id,
                jpeg=command.jpegs[command.primary],
                frame=command.primary,
                user_id=command.user_id,
                burst_id=command.burst_id,
                captured_at=command.captured_at,
                backlog=command.backlog,
            )
        )
        if not isinstance(identity, Identified) or identity.check_in.status == "refused":
            return BurstOutcome(identity=identity)
        emotion = await self._read_emotion(
            EmotionCommand(
                station_id=command.station_id,
                check_in_id=identity.check_in.id,
                jpegs=command.jpegs,
                backlog=command.backlog,
            )
        )
        return BurstOutcome(identity=identity, emotion=emotion)
