"""The cast of drawn people, whom `benchmarks/cast.py` chose to lie far apart, and how they pose."""

from __future__ import annotations

from functools import lru_cache

import msgspec
import numpy as np

from adapters.demo.appearance import ExpressionName, invent
from adapters.demo.bursts import FACE_CENTRE, FACE_HEIGHT_PX, Pose, expose, place_face
from adapters.demo.drawn_face import Picture, draw_face
from adapters.demo.head import Light
from adapters.demo.script import Photograph


class CastMember(msgspec.Struct, frozen=True):
    """Nobody: an invented name for the drawing of number `seed`."""

    user_id: str
    name: str
    seed: int


CAST = (
    CastMember("u-101", "Mira Halden", 295),
    CastMember("u-102", "Jonas Ferrow", 172),
    CastMember("u-103", "Odile Marsh", 1219),
    CastMember("u-104", "Samir Okonde", 770),
    CastMember("u-105", "Rufus Kindle", 1120),
    CastMember("u-106", "Tarek Valoun", 1147),
)
STRANGER = CastMember("u-900", "a stranger", 442)


class Sitting(msgspec.Struct, frozen=True):
    """One of the photographs that somebody is enrolled with."""

    name: str
    expression: ExpressionName
    turn: float
    light: Light


SITTINGS = (
    Sitting("front.jpg", "neutral", 0.0, (-0.25, -0.45, 0.86)),
    Sitting("turned.jpg", "neutral", 0.09, (0.30, -0.40, 0.86)),
    Sitting("smiling.jpg", "happy", -0.05, (-0.10, -0.50, 0.86)),
)


@lru_cache(maxsize=16)
def picture_of(member: CastMember, expression: ExpressionName) -> Picture:
    """The member as the demo's camera sees them."""
    return draw_face(invent(member.seed), expression, turn=0.03, light=(-0.15, -0.45, 0.88))


def photograph(member: CastMember, sitting: Sitting) -> Photograph:
    picture = draw_face(invent(member.seed), sitting.expression, turn=sitting.turn, light=sitting.light)
    pose = Pose(scale=FACE_HEIGHT_PX / picture.face.height, centre=FACE_CENTRE)
    jpeg = expose(place_face(picture.image, picture.face, pose), np.random.default_rng(member.seed))
    return Photograph(sitting.name, jpeg)
