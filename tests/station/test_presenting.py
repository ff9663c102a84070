"""What is shown follows from what has happened: no colour, and no word, comes before its fact."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_device.happenings import Happening, Opened, PinAccepted, PinRefused, PinSent, PinUnreachable, Tuned
from edge_device.identity_steps import Accepted, Paired, PairingCode, Revoked, Unpaired
from edge_device.lights import Light, light_of, sound_of
from edge_device.presentation import Presentation, ScreenKind, Timings
from edge_device.presenting import after, at
from edge_device.steps import (
    Buried,
    CameraBroken,
    Captured,
    GaveUp,
    Identified,
    NotSaved,
    Offline,
    Online,
    Paused,
    Postponed,
    Refused,
    Retake,
    Saved,
    Sent,
    Settled,
    Triggered,
)
from tests.screens.kiosk import identified as identified_
from tests.screens.kiosk import refused as refused_

TIMINGS = Timings()
BURSTS = ("b-1", "b-2", "b-3")


def captured(burst: str = "b-1") -> Captured:
    return Captured(burst_id=burst, primary=0, capture_ms=1, selection_ms=1, source=None, label=None)


def saved(burst: str = "b-1") -> Saved:
    return Saved(burst_id=burst, sequence=1, put_ms=1, waiting=1)


def identified(burst: str = "b-1", decision: str = "match") -> Identified:
    step = identified_(decision)
    return Identified(
        burst_id=burst, answer=step.answer, attempt=1, latency_ms=1, since_capture_ms=step.since_capture_ms
    )


def refused(burst: str = "b-1") -> Refused:
    step = refused_("Please come closer.")
    return Refused(**{name: getattr(step, name) for name in step.__slots__} | {"burst_id": burst})


def postponed(burst: str = "b-1") -> Postponed:
    return Postponed(burst_id=burst, operation="identify", reason="read-timeout", retry_in_s=1)


def retake() -> Retake:
    return Retake(reason="dark", sentence="", source=None, label=None)


STANDING: list[Happening] = [
    Opened(),
    Tuned(language="de", mode="key"),
    Unpaired(reason="new", sentence=""),
    PairingCode(code="AB-12", expires_at="", server="", sentence=""),
    Paired(station_id="s", name="Door", room="A"),
    Revoked(code="station-revoked", sentence="", waiting=1),
    Accepted(waiting=1),
    CameraBroken(detail="it hangs"),
    Offline(reason="connect-error", waiting=1),
    Online(waiting=0),
    Paused(code="unauthenticated", sentence="", pause_s=5, waiting=1),
    Paused(code="http-404", sentence="", pause_s=5, waiting=1),
    Triggered(take=1),
    retake(),
    GaveUp(takes=4, reason="dark", sentence=""),
    PinSent(),
    PinAccepted(name="Ada"),
    PinRefused(code="credential-refused", sentence="No."),
    PinUnreachable(arrived=True),
]


def of_a_burst(burst: str) -> list[Happening]:
    return [
        captured(burst),
        saved(burst),
        NotSaved(burst_id=burst, reason="disk", sentence=""),
        Sent(burst_id=burst, operation="identify", attempt=1),
        identified(burst),
        identified(burst, "unknown"),
        refused(burst),
        postponed(burst),
        Buried(burst_id=burst, operation="identify", code="burst-id-reused", detail="", sentence=None),
        Settled(burst_id=burst, waiting=0),
    ]


HAPPENINGS = st.sampled_from(STANDING + [step for burst in BURSTS for step in of_a_burst(burst)])
STORIES = st.lists(st.tuples(HAPPENINGS, st.sampled_from([0.0, 0.01, 1.0, 5.0, 20.0])), max_size=40)


def told(*happenings: Happening, now_s: float = 100.0, shown: Presentation | None = None) -> Presentation:
    shown = after(Presentation(), Opened(), now_s, TIMINGS) if shown is None else shown
    for happening in happenings:
        shown = after(shown, happening, now_s, TIMINGS)
    return shown


@given(STORIES)
def test_green_appears_only_when_the_server_has_accepted_and_amber_only_when_the_disk_has_it(
    story: list[tuple[Happening, float]],
) -> None:
    shown, now_s = Presentation(), 0.0
    kept: set[str] = set()
    latest: str | None = None
    accepted_latest = False
    for happening, pause_s in story:
        now_s += pause_s
        shown = at(shown, now_s, TIMINGS)
        before = light_of(shown).colour
        match happening:
            case Triggered() | Retake() | GaveUp() | NotSaved() | PinSent() | PinRefused() | PinUnreachable():
                latest, accepted_latest = None, False
            case Captured():
                latest, accepted_latest = happening.burst_id, False
            case Saved():
                kept.add(happening.burst_id)
            case Identified() if happening.burst_id == latest:
                accepted_latest = happening.answer.match
            case PinAccepted():
                latest, accepted_latest = None, True
            case _:
                pass
        shown = after(shown, happening, now_s, TIMINGS)
        light = light_of(shown).colour
        if light == "green":
            assert accepted_latest
        if light == "green" and before != "green":
            assert isinstance(happening, PinAccepted) or (isinstance(happening, Identified) and happening.answer.match)
        if light == "amber":
            assert latest in kept
        assert (light == "green") == (shown.kind == "checked_in")


@given(STORIES)
def test_every_moment_ends_by_itself_and_what_remains_is_at_rest(story: list[tuple[Happening, float]]) -> None:
    shown, now_s = Presentation(), 0.0
    for happening, pause_s in story:
        now_s += pause_s
        shown = after(shown, happening, now_s, TIMINGS)
        assert shown.changes_at_s is None or shown.changes_at_s > now_s
    rest = at(shown, now_s + 3600, TIMINGS)
    assert rest.moment is None
    assert rest.situation == shown.situation


@given(STORIES)
def test_looking_more_often_changes_nothing(story: list[tuple[Happening, float]]) -> None:
    seldom, often, now_s = Presentation(), Presentation(), 0.0
    for happening, pause_s in story:
        for part in (0.25, 0.5, 1.0):
            often = at(often, now_s + pause_s * part, TIMINGS)
        now_s += pause_s
        seldom, often = (after(shown, happening, now_s, TIMINGS) for shown in (seldom, often))
        assert seldom == often


def test_the_story_of_a_check_in_is_blue_amber_green_and_off() -> None:
    shown = told()
    lights = []
    for happening in (Triggered(take=1), captured(), saved(), identified()):
        shown = told(happening, shown=shown)
        lights.append(light_of(shown).colour)
    assert lights == ["blue", "blue", "amber", "green"]
    assert light_of(at(shown, 200.0, TIMINGS)) == Light("off")


def test_without_an_answer_processing_becomes_saved_and_never_checked_in() -> None:
    shown = told(captured(), saved())
    assert shown.kind == "processing"
    assert at(shown, 107.0, TIMINGS).kind == "saved"
    assert at(shown, 111.0, TIMINGS).kind == "ready"
    assert told(captured(), saved(), postponed()).kind == "saved"
    assert told(Offline(reason="x", waiting=1), captured(), saved()).kind == "saved"


def test_an_answer_about_another_persons_burst_is_not_shown_to_whoever_stands_here() -> None:
    assert told(captured("b-1"), saved("b-1"), captured("b-2"), identified("b-1")).kind == "capturing"


def test_an_answer_after_everybody_has_gone_is_not_shown_to_the_next() -> None:
    gone = at(told(captured(), saved()), 111.0, TIMINGS)
    assert after(gone, identified(), 112.0, TIMINGS).kind == "ready"


@pytest.mark.parametrize(
    ("happening", "kind"),
    [
        (identified(decision="unknown"), "see_staff"),
        (identified(decision="ambiguous"), "see_staff"),
        (refused(), "refused"),
        (Buried(burst_id="b-1", operation="identify", code="not-on-roster", detail="", sentence="Ask."), "refused"),
    ],
)
def test_whoever_is_not_checked_in_is_told_so(happening: Happening, kind: ScreenKind) -> None:
    shown = told(captured(), saved(), happening)
    assert shown.kind == kind
    assert light_of(shown) == Light("red")


def test_what_somebody_must_mend_comes_before_welcome() -> None:
    broken = told(Offline(reason="x", waiting=1), Revoked(code="x", sentence="", waiting=1), CameraBroken(detail="x"))
    assert broken.rest == "camera_broken"
    assert told(Offline(reason="x", waiting=1), Revoked(code="x", sentence="", waiting=1)).rest == "revoked"
    assert told(Revoked(code="x", sentence="", waiting=1), Accepted(waiting=0)).rest == "ready"
    assert told(Paused(code="http-302", sentence="", pause_s=1, waiting=1)).rest == "fault"
    assert Presentation().rest == "starting"


@pytest.mark.parametrize("kind", get_args(ScreenKind))
def test_a_screen_that_stays_makes_no_sound(kind: ScreenKind) -> None:
    assert sound_of(kind, kind) is None
