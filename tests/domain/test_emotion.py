"""An emotional state over a burst."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from domain.emotion import EMOTIONS, Emotion
from tests.domain.examples import HAPPY


def test_the_dominant_emotion_of_a_happy_burst_is_happy() -> None:
    assert HAPPY.dominant == "happy"


@given(st.fixed_dictionaries({emotion: st.floats(0, 1) for emotion in EMOTIONS}))
def test_the_dominant_emotion_is_the_most_probable(probabilities: dict[Emotion, float]) -> None:
    reading = msgspec.structs.replace(HAPPY, probabilities=probabilities)
    assert probabilities[reading.dominant] == max(probabilities.values())
