"""What holds for a check-in whatever commands come, in whatever order, however often."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hypothesis import given
from hypothesis import strategies as st

from domain import check_in as check_ins
from domain.check_in import CheckIn, CheckInEvent, EmotionRecognised
from tests.domain.examples import (
    AMBIGUOUS,
    CHECK_IN,
    FACE_LOST,
    FRAMES,
    HAPPY,
    MATCH,
    MISMATCH,
    OTHER_FRAMES,
    UNKNOWN,
    check_in,
    decide,
    decline,
    expire,
    read,
    refuse,
    started,
)

Command = Callable[[Sequence[CheckInEvent]], list[CheckInEvent]]

COMMANDS: dict[str, Command] = {
    "match": lambda events: decide(events, MATCH),
    "unknown": lambda events: decide(events, UNKNOWN),
    "ambiguous": lambda events: decide(events, AMBIGUOUS),
    "mismatch": lambda events: decide(events, MISMATCH),
    "refuse": refuse,
    "expire": expire,
    "emotion": lambda events: read(events, HAPPY, FRAMES),
    "emotion of other frames": lambda events: read(events, HAPPY, OTHER_FRAMES),
    "face lost": lambda events: read(events, FACE_LOST, FRAMES),
    "face lost in other frames": lambda events: read(events, FACE_LOST, OTHER_FRAMES),
    "decline": decline,
}
commands = st.lists(st.sampled_from(sorted(COMMANDS)), max_size=12)


def told(names: Sequence[str]) -> list[CheckInEvent]:
    """The events of a check-in that was given these commands in turn."""
    events = started()
    for name in names:
        events = [*events, *COMMANDS[name](events)]
    return events


def decision(state: CheckIn) -> tuple[object, ...]:
    return (state.status, state.person, state.evidence, state.refusal, state.decided_at, state.quality, state.box)


@given(commands)
def test_replaying_all_events_is_evolving_one_by_one(names: list[str]) -> None:
    events = told(names)
    state: CheckIn | None = None
    for count, event in enumerate(events, start=1):
        state = check_ins.evolve(state, event, id=CHECK_IN)
        assert state.version == count
        assert state == check_in(events[:count])


@given(commands, commands)
def test_a_decided_check_in_never_changes_its_decision(before: list[str], after: list[str]) -> None:
    events = told(before)
    if not check_in(events).decided:
        return
    for name in after:
        events = [*events, *COMMANDS[name](events)]
    assert decision(check_in(events)) == decision(check_in(told(before)))


@given(commands, st.sampled_from(sorted(COMMANDS)))
def test_a_command_that_is_retried_adds_no_events(names: list[str], name: str) -> None:
    events = told(names)
    events = [*events, *COMMANDS[name](events)]
    assert COMMANDS[name](events) == []


@given(commands)
def test_a_complete_check_in_takes_no_more_events(names: list[str]) -> None:
    events = told(names)
    if not check_in(events).completed:
        return
    assert [name for name, command in COMMANDS.items() if command(events)] == []


@given(commands)
def test_an_emotion_is_recorded_at_most_once_and_only_after_a_judged_face(names: list[str]) -> None:
    events = told(names)
    at = [index for index, event in enumerate(events) if isinstance(event, EmotionRecognised)]
    assert len(at) <= 1
    for index in at:
        assert check_in(events[:index]).status in ("checked_in", "unknown", "ambiguous", "mismatch")
