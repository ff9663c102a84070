"""Drawn people before a camera: bursts and photographs of nobody, the same bytes each time."""

from __future__ import annotations

from functools import lru_cache

from adapters.demo import damage
from adapters.demo.appearance import ExpressionName, invent
from adapters.demo.bursts import Burst, make_burst
from adapters.demo.drawn_face import Picture, draw_face

# Three seeds whose drawings lie far apart for the identity model (0.71 and more).
ADA, GRACE, STRANGER = 21, 25, 33


@lru_cache(maxsize=16)
def picture(who: int, expression: ExpressionName = "neutral") -> Picture:
    return draw_face(invent(who), expression)


@lru_cache(maxsize=64)
def burst(who: int, *, take: int = 0, expression: ExpressionName = "neutral") -> Burst:
    """Six frames; another `take` is another moment, with other bytes."""
    seen = picture(who, expression)
    return make_burst(seen.image, seen.face, seed=take)


def frame(who: int, *, take: int = 0) -> bytes:
    """A primary frame."""
    return burst(who, take=take).primary_frame


@lru_cache(maxsize=8)
def blurred(who: int) -> Burst:
    seen = picture(who)
    return damage.blurred(seen.image, seen.face, seed=0)


@lru_cache(maxsize=8)
def faceless(who: int) -> Burst:
    """The wall behind somebody who has gone."""
    return damage.faceless(picture(who).image, seed=0)
