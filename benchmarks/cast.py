"""Chooses the drawn cast of the demo: searches seeds for people who lie far apart for the identity model.

python -m benchmarks.cast                    the present cast, measured
python -m benchmarks.cast --search 0:1400    the best casts among these seeds (about a second for each)
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from adapters.demo.appearance import EXPRESSIONS, ExpressionName
from adapters.demo.bursts import Burst, make_burst
from adapters.demo.cast import CAST, SITTINGS, STRANGER, CastMember, photograph, picture_of
from application.ports import Look, Mood
from inference.assembly import open_engine
from inference.engine import Engine
from inference.pixels import Floats
from inference.weights import ModelStore

FARTHEST_SELF = 0.40
"""A seed whose own photographs and bursts lie farther apart than this is left out."""
_NOBODY = np.zeros((0, 128), np.float32)
_STARTS, _SWAPS = 400, 30
Distances = NDArray[np.float64]


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A seed with its embeddings: `enrolled` of the photographs, `played` of the bursts, shape (pictures, 128)."""

    member: CastMember
    enrolled: Floats
    played: Floats
    read: dict[ExpressionName, str]

    @property
    def farthest_self(self) -> float:
        """How far a burst can lie from the nearest photograph of the same person."""
        return float(between(self.played, self.enrolled).min(axis=1).max())


def examine(engine: Engine, member: CastMember, expressions: Iterable[ExpressionName]) -> Candidate | None:
    """None where the engine refuses one of the pictures."""
    enrolled = [_embedding(engine, photograph(member, sitting).jpeg) for sitting in SITTINGS]
    played: list[Floats | None] = []
    read: dict[ExpressionName, str] = {}
    for expression in expressions:
        burst = _burst(member, expression)
        played.append(_embedding(engine, burst.primary_frame))
        mood = engine.read_emotion(burst.frames, None)
        read[expression] = mood.reading.dominant if isinstance(mood, Mood) else mood.refusal.code
    found = [embedding for embedding in (*enrolled, *played) if embedding is not None]
    if len(found) < len(enrolled) + len(played):
        return None
    count = len(enrolled)
    return Candidate(member=member, enrolled=np.stack(found[:count]), played=np.stack(found[count:]), read=read)


def between(some: Floats, others: Floats) -> Distances:
    """Every distance of one to another, shape (some, others)."""
    square = (some**2).sum(axis=1)[:, None] + (others**2).sum(axis=1) - 2.0 * some @ others.T
    return np.asarray(np.sqrt(np.maximum(square, 0.0)), np.float64)


def separation(candidates: Sequence[Candidate]) -> Distances:
    """How near any picture of one comes to a photograph that another is enrolled with; infinite to oneself.

    Shape (candidates, candidates), the nearer of both directions. Bursts are never compared with bursts.
    """
    pictures = np.concatenate([np.concatenate([one.enrolled, one.played]) for one in candidates])
    enrolled = np.concatenate([one.enrolled for one in candidates])
    count = len(candidates)
    nearest = between(pictures, enrolled).reshape(count, -1, count, len(SITTINGS)).min(axis=(1, 3))
    apart: Distances = np.minimum(nearest, nearest.T)
    np.fill_diagonal(apart, np.inf)
    return apart


def choose(apart: Distances, size: int) -> list[tuple[float, tuple[int, ...]]]:
    """The casts found, by the distance of their nearest pair, best first: greedy starts, then swaps."""
    draw = np.random.default_rng(0)
    found: dict[tuple[int, ...], float] = {}
    for _ in range(_STARTS):
        cast = [int(draw.integers(len(apart)))]
        while len(cast) < size:
            nearest = _nearest_to(apart, cast)
            cast.append(int(draw.choice(np.argsort(-nearest)[:4])))
        for _ in range(_SWAPS):
            if not _swap(apart, cast):
                break
        found[tuple(sorted(cast))] = float(apart[np.ix_(cast, cast)].min())
    return sorted(((distance, cast) for cast, distance in found.items()), reverse=True)


def _swap(apart: Distances, cast: list[int]) -> bool:
    """Replace one of the nearest pair by whoever lies farther from all the others."""
    within = apart[np.ix_(cast, cast)]
    for place in np.unravel_index(int(within.argmin()), within.shape):
        rest = [one for number, one in enumerate(cast) if number != place]
        nearest = _nearest_to(apart, rest)
        best = int(nearest.argmax())
        if nearest[best] > within.min():
            cast[int(place)] = best
            return True
    return False


def _nearest_to(apart: Distances, cast: list[int]) -> Distances:
    """How near each candidate lies to somebody of `cast`; -infinity for those who are in it."""
    nearest: Distances = apart[:, cast].min(axis=1)
    nearest[cast] = -np.inf
    return nearest


def _embedding(engine: Engine, jpeg: bytes) -> Floats | None:
    look = engine.look(jpeg, _NOBODY)
    return look.embedding if isinstance(look, Look) else None


def _burst(member: CastMember, expression: ExpressionName) -> Burst:
    picture = picture_of(member, expression)
    return make_burst(picture.image, picture.face, seed=member.seed)


def search(engine: Engine, seeds: Sequence[int], size: int) -> None:
    candidates = []
    for seed in seeds:
        candidate = examine(engine, CastMember(f"u-{seed}", f"seed {seed}", seed), EXPRESSIONS)
        if candidate and candidate.farthest_self <= FARTHEST_SELF and candidate.read["happy"] == "happy":
            candidates.append(candidate)
    print(f"{len(candidates)} of {len(seeds)} seeds are usable")
    for distance, cast in choose(separation(candidates), size)[:12]:
        print(f"{distance:.3f}  " + " ".join(str(candidates[number].member.seed) for number in cast))


def show_cast(engine: Engine) -> None:
    """`own`: a burst's distance to the nearest own photograph, at worst. `other`: to the nearest of anybody else's."""
    everybody = [candidate for member in (*CAST, STRANGER) if (candidate := examine(engine, member, EXPRESSIONS))]
    apart = separation(everybody)
    print(f"{'who':18s} {'seed':>5s} {'own':>6s} {'other':>6s}  " + " ".join(f"{name:>9s}" for name in EXPRESSIONS))
    for row, candidate in enumerate(everybody):
        read = " ".join(f"{candidate.read[name]:>9s}" for name in EXPRESSIONS)
        member = candidate.member
        print(f"{member.name:18s} {member.seed:5d} {candidate.farthest_self:6.3f} {apart[row].min():6.3f}  {read}")
    print(f"nearest two: {apart.min():.3f}")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--models", type=Path, default=Path(".models"), help="the model store")
    arguments.add_argument("--search", metavar="FIRST:LAST", help="search these seeds instead")
    arguments.add_argument("--size", type=int, default=len(CAST) + 1, help="people in a cast, the stranger among them")
    given = arguments.parse_args()
    engine = open_engine(ModelStore(given.models))
    if given.search:
        first, last = (int(edge) for edge in given.search.split(":"))
        search(engine, range(first, last), given.size)
    else:
        show_cast(engine)


if __name__ == "__main__":
    main()
