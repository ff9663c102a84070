"""The script of a folder of photographs: people are enrolled with the first ones, the others are played as bursts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from adapters.demo import damage
from adapters.demo.bursts import Image, encode_jpeg, make_burst
from adapters.demo.drawn_face import Picture
from adapters.demo.drawn_script import STRANGER_CUE, perform
from adapters.demo.photographs import NoPhotographs, PhotographedPerson, people_in, read_photograph, with_room
from adapters.demo.script import Actor, Photograph, Progress, Scene, Script, no_progress
from domain.face import Box

FindFace = Callable[[Image], Box | None]
"""The box of the one face in an RGB picture; None where there is none, or several."""

MOST_ENROLLED, MOST_PLAYED = 4, 2


class Portfolio(msgspec.Struct, frozen=True, kw_only=True):
    """A person's photographs that show one face, by their files' names; `skipped` names the others."""

    person: PhotographedPerson
    pictures: tuple[tuple[str, Picture], ...]
    skipped: tuple[str, ...]

    @property
    def to_enrol(self) -> tuple[tuple[str, Picture], ...]:
        """All but the last, which is kept for the play; a single one serves for both."""
        return self.pictures[: max(1, min(MOST_ENROLLED, len(self.pictures) - 1))]

    @property
    def to_play(self) -> tuple[tuple[str, Picture], ...]:
        return (self.pictures[len(self.to_enrol) :] or self.pictures)[:MOST_PLAYED]


def photograph_script(folder: Path, find_face: FindFace, progress: Progress = no_progress) -> Script:
    """Raises NoPhotographs where no photograph in `folder` shows one face."""
    people = people_in(folder)
    portfolios = []
    for done, person in enumerate(people, start=1):
        portfolios.append(_open(person, find_face))
        skipped = portfolios[-1].skipped
        progress(f"read {person.name}" + (f", without {', '.join(skipped)}" if skipped else ""), done, len(people))
    portfolios = [portfolio for portfolio in portfolios if portfolio.pictures]
    if not portfolios:
        raise NoPhotographs(f"no photograph in {folder} shows one face that is large enough")
    scenes = [scene for portfolio in portfolios for scene in _plays(portfolio)]
    return Script(
        actors=tuple(_actor(portfolio) for portfolio in portfolios),
        scenes=(*scenes, *_claims(portfolios), perform(STRANGER_CUE, seed=104), *_spoilt(portfolios)),
    )


def _open(person: PhotographedPerson, find_face: FindFace) -> Portfolio:
    pictures, skipped = [], []
    for file in person.files:
        picture = _find(read_photograph(file), find_face)
        if picture is None:
            skipped.append(file.name)
        else:
            pictures.append((file.name, picture))
    return Portfolio(person=person, pictures=tuple(pictures), skipped=tuple(skipped))


def _find(image: Image | None, find_face: FindFace) -> Picture | None:
    """The picture as it is, or else as a tight crop of a face."""
    if image is None:
        return None
    for view in (image, with_room(image)):
        face = find_face(view)
        if face is not None:
            return Picture(view, face)
    return None


def _actor(portfolio: Portfolio) -> Actor:
    photographs = tuple(Photograph(name, encode_jpeg(picture.image)) for name, picture in portfolio.to_enrol)
    return Actor(user_id=portfolio.person.user_id, name=portfolio.person.name, photographs=photographs)


def _plays(portfolio: Portfolio) -> list[Scene]:
    person = portfolio.person
    return [
        Scene(
            title=f"{person.name} ({name})",
            burst=make_burst(picture.image, picture.face, seed=number),
            expected="match",
            shows=person.user_id,
        )
        for number, (name, picture) in enumerate(portfolio.to_play)
    ]


def _claims(portfolios: list[Portfolio]) -> list[Scene]:
    """One person says who they are; then, where there are two, says to be the other."""
    first, person = portfolios[0], portfolios[0].person
    _, picture = first.to_play[-1]
    burst = make_burst(picture.image, picture.face, seed=100)
    scenes = [
        Scene(
            title=f"{person.name} shows a card",
            burst=burst,
            expected="match",
            claimed=person.user_id,
            shows=person.user_id,
        )
    ]
    for other in portfolios[1:2]:
        scenes.append(
            Scene(
                title=f"{person.name} shows the card of {other.person.name}",
                burst=make_burst(picture.image, picture.face, seed=101),
                expected="mismatch",
                claimed=other.person.user_id,
                shows=person.user_id,
            )
        )
    return scenes


def _spoilt(portfolios: list[Portfolio]) -> list[Scene]:
    """The last person before a camera that is out of focus, and against the sun."""
    last = portfolios[-1]
    name, user_id = last.person.name, last.person.user_id
    _, picture = last.to_play[-1]
    return [
        Scene(
            title=f"{name}, out of focus",
            burst=damage.blurred(picture.image, picture.face, seed=102),
            expected="image-blurred",
            shows=user_id,
        ),
        Scene(
            title=f"{name} against the sun",
            burst=damage.overexposed(picture.image, picture.face, seed=103),
            expected="image-overexposed",
            shows=user_id,
        ),
    ]
