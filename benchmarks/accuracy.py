"""How well embeddings tell people apart: pairs of pictures, and trials of a gallery against enrolled and strangers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID, uuid5

import msgspec
import numpy as np
from numpy.typing import NDArray

from domain.matching import Candidate, Decision, Match, Thresholds, identify
from inference.pixels import Floats

_PEOPLE = UUID("7f2a1c5e-58f7-4b0e-9d53-3f6f0f4f7c11")
Distances = NDArray[np.float64]


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One picture's embedding. `person` is unique over all groups."""

    person: str
    group: str
    embedding: Floats


class Pairs(msgspec.Struct, frozen=True, kw_only=True):
    """Distances between two pictures of one person, and of two people."""

    genuine: Distances
    impostor: Distances

    def equal_error_rate(self) -> float:
        """Where as many genuine pairs are refused as impostor pairs are accepted; 0 to 1."""
        thresholds = np.sort(np.concatenate([self.genuine, self.impostor]))
        refused = (self.genuine[:, None] > thresholds).mean(axis=0)
        accepted = (self.impostor[:, None] <= thresholds).mean(axis=0)
        crossing = int(np.argmin(np.abs(refused - accepted)))
        return float(refused[crossing] + accepted[crossing]) / 2


class IdentifyTrials(msgspec.Struct, frozen=True, kw_only=True):
    """Probes against a gallery: `enrolled` of people in it, `strangers` of people who were taken out of it."""

    enrolled: int
    enrolled_accepted: int
    enrolled_as_another: int
    strangers: int
    strangers_accepted: int


def pairs(samples: Sequence[Sample]) -> Pairs:
    """Every pair of pictures once."""
    embeddings = np.stack([sample.embedding for sample in samples]).astype(np.float64)
    people = np.array([sample.person for sample in samples])
    first, second = np.triu_indices(len(samples), k=1)
    apart = np.linalg.norm(embeddings[first] - embeddings[second], axis=1)
    same = people[first] == people[second]
    return Pairs(genuine=apart[same], impostor=apart[~same])


def identify_trials(samples: Sequence[Sample], thresholds: Thresholds) -> IdentifyTrials:
    """Each picture once as a probe, against all others, and against all others but its own person's.

    A person with one picture can only be a stranger.
    """
    enrolled = strangers = accepted = another = wrongly = 0
    for probe, rest in _probes(samples):
        if any(sample.person == probe.person for sample in rest):
            enrolled += 1
            decision = identify(candidates(probe, rest), thresholds)
            accepted += _is(decision, probe.person)
            another += isinstance(decision, Match) and not _is(decision, probe.person)
        others = [sample for sample in rest if sample.person != probe.person]
        strangers += 1
        wrongly += isinstance(identify(candidates(probe, others), thresholds), Match)
    return IdentifyTrials(
        enrolled=enrolled,
        enrolled_accepted=accepted,
        enrolled_as_another=another,
        strangers=strangers,
        strangers_accepted=wrongly,
    )


def candidates(probe: Sample, gallery: Sequence[Sample]) -> list[Candidate]:
    """Each person of the gallery, with the distance of their nearest template."""
    nearest: dict[str, float] = {}
    for sample in gallery:
        distance = float(np.linalg.norm(sample.embedding - probe.embedding))
        nearest[sample.person] = min(distance, nearest.get(sample.person, np.inf))
    return [Candidate(_id(person), distance) for person, distance in nearest.items()]


def groups(samples: Sequence[Sample]) -> dict[str, list[Sample]]:
    """The samples of each set, then all of them."""
    names = sorted({sample.group for sample in samples})
    by_group = {name: [sample for sample in samples if sample.group == name] for name in names if len(names) > 1}
    return by_group | {"all": list(samples)}


def _probes(samples: Sequence[Sample]) -> Iterator[tuple[Sample, list[Sample]]]:
    for index, probe in enumerate(samples):
        yield probe, [sample for other, sample in enumerate(samples) if other != index]


def _is(decision: Decision, person: str) -> bool:
    return isinstance(decision, Match) and decision.person == _id(person)


def _id(person: str) -> UUID:
    return uuid5(_PEOPLE, person)
