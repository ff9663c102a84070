"""Who steps up is seen once; whoever passes, the light, and the furniture are not taken for a person."""

from __future__ import annotations

import numpy as np
import pytest

from edge_device.camera import Luminance
from edge_device.presence import PresenceDetector, Sensitivity
from tests.station.pictures import scene

LOOK_S = 0.2
ROOM = scene(1, width=320, height=240)


def with_person(number: int = 0, *, left: int = 110, wide: int = 110, room: Luminance = ROOM) -> Luminance:
    """The room with a darker figure from its floor up, which sways a little."""
    picture = room.copy()
    sway = number % 3
    picture[40:, left + sway : left + wide + sway] = scene(50, width=256, height=240)[40:, :wide] // 3
    return picture


class Place:
    """A detector and a clock that looks five times a second."""

    def __init__(self, sensitivity: Sensitivity | None = None) -> None:
        self.detector = PresenceDetector(sensitivity)
        self.now_s = 100.0
        self.looks(15, ROOM)

    def looks(self, count: int, picture: Luminance) -> int:
        """How often a burst was asked for in `count` looks at the same picture."""
        return sum(self.look(picture) for _ in range(count))

    def look(self, picture: Luminance) -> bool:
        self.now_s += LOOK_S
        noise = np.random.default_rng(int(self.now_s * 10)).integers(-3, 4, picture.shape)
        return self.detector.look(np.clip(picture + noise, 0, 255).astype(np.uint8), self.now_s)


def test_nobody_is_seen_in_an_empty_room() -> None:
    assert Place().looks(300, ROOM) == 0


def test_whoever_steps_up_is_seen_once_within_a_second_and_not_again_while_they_stay() -> None:
    place = Place()
    assert place.looks(5, with_person()) == 1
    assert sum(place.look(with_person(number)) for number in range(100)) == 0


def test_the_next_person_counts_after_the_place_was_empty() -> None:
    place = Place()
    assert place.looks(5, with_person()) == 1
    assert place.looks(20, ROOM) == 0
    assert place.looks(5, with_person(left=60)) == 1


def test_a_glimpse_of_the_empty_room_is_not_a_next_person() -> None:
    place = Place()
    place.looks(30, with_person())
    assert place.looks(2, ROOM) + place.looks(30, with_person()) == 0


def test_whoever_only_passes_by_is_not_taken() -> None:
    place = Place()
    passing = [with_person(left=left, wide=60) for left in (0, 130, 255)]
    assert sum(place.look(picture) for picture in passing) + place.looks(20, ROOM) == 0


def test_somebody_who_keeps_moving_is_taken_at_last() -> None:
    place = Place(Sensitivity(patience_s=1.0))
    assert sum(place.look(with_person(left=20 + 60 * (number % 4))) for number in range(10)) == 1


def test_the_cooldown_holds_between_two_people() -> None:
    place = Place(Sensitivity(cooldown_s=30.0))
    place.looks(5, with_person())
    place.looks(20, ROOM)
    assert place.looks(40, with_person()) == 0


@pytest.mark.parametrize("change", [-35, 45])
def test_a_lamp_that_is_switched_is_not_a_person(change: int) -> None:
    place = Place()
    lit = np.clip(ROOM.astype(np.int16) + change, 0, 255).astype(np.uint8)
    assert place.looks(50, lit) == 0


def test_the_slow_light_of_a_morning_is_not_a_person_and_one_is_still_seen_in_it() -> None:
    place = Place()
    told = 0
    for step in range(600):
        lit = np.clip(ROOM * (1 + step / 1500), 0, 255).astype(np.uint8)
        told += place.look(lit)
    assert told == 0
    assert place.looks(6, with_person(room=lit)) == 1


def test_a_camera_that_is_turned_asks_once_at_most_and_learns_its_new_view() -> None:
    place = Place(Sensitivity(absorb_s=10.0))
    elsewhere = 255 - ROOM
    assert place.looks(120, elsewhere) <= 1
    assert place.looks(6, with_person(room=elsewhere)) == 1


def test_a_lens_that_is_covered_and_opened_again_is_not_a_person() -> None:
    place = Place()
    assert place.looks(30, np.full_like(ROOM, 4)) + place.looks(30, ROOM) <= 1
    assert place.looks(20, ROOM) == 0


def test_a_chair_left_behind_is_told_once_and_then_belongs_to_the_room() -> None:
    place = Place(Sensitivity(absorb_s=10.0))
    chair = with_person(left=20, wide=70)
    assert place.looks(5, chair) == 1
    place.looks(120, chair)
    assert place.detector.presence == "empty"
    assert place.looks(10, with_person(left=180, room=chair)) == 1


def test_a_picture_too_small_to_see_a_person_in_is_refused() -> None:
    with pytest.raises(ValueError, match="too small"):
        PresenceDetector().look(np.zeros((10, 10), np.uint8), 0.0)
