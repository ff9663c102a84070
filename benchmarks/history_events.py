"""Draws what happens at a school's doors: people who enrol, and check-ins as the domain records them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from adapters.event_store.topics import Event
from domain import check_in as check_ins
from domain import person as persons
from domain.check_in import CheckInEvent, check_in_id
from domain.emotion import EMOTIONS, EmotionReading
from domain.face import Box, Quality
from domain.matching import Candidate, Decision, Evidence, Match, Thresholds, identify, verify
from domain.person import PersonEvent
from domain.personal import PersonalData
from domain.refusal import Refusal

THRESHOLDS = Thresholds(
    model="resnet-29.v1", verify=0.594, identify=0.497, margin=0.049, false_match_rate=1e-3, midpoint=0.628, slope=30.8
)
EMOTION_MODEL = "emotion.v1"
# Distances of genuine pairs, and of the nearest stranger in a gallery (mean and standard deviation).
GENUINE = (0.39, 0.06)
NEAREST_STRANGER = (0.62, 0.04)
# The rest of the check-ins are people who are enrolled and are looked at in good light.
EXPIRED, REFUSED, STRANGER, CLAIMED, NO_EMOTION = 0.004, 0.03, 0.02, 0.4, 0.08

Stamped = tuple[datetime, UUID, int, Event]
"""When it is recorded, its stream, its version, the event."""


class Draw:
    """One random source; the same seed draws the same history, keys and nonces apart."""

    def __init__(self, seed: int, people: Sequence[UUID]) -> None:
        self.random = random.Random(seed)
        self._people = people
        self._bursts = 0
        self._qualities = [self._quality() for _ in range(512)]
        self._boxes = [self._box() for _ in range(512)]

    def registration(self, person: UUID, number: int, template: UUID, at: datetime) -> list[Stamped]:
        """Enrolled by staff: a name, both consents for most, a template."""
        consents: list[persons.Purpose] = ["face", "emotion"] if self.random.random() > NO_EMOTION else ["face"]
        events: list[PersonEvent] = persons.register(
            person,
            user_id=f"s-{number:05d}",
            name=f"Person Number{number}",
            consents=consents,
            text_version="2026-11",
            at=at,
        )
        quality = self.random.choice(self._qualities)
        photograph = PersonalData(person, template.hex)
        events.append(
            persons.FaceEnrolled(
                at=at, template_id=template, photograph=photograph, model=THRESHOLDS.model, quality=quality
            )
        )
        return [(at, person, version, event) for version, event in enumerate(events, 1)]

    def check_in(self, person: UUID, station: UUID, at: datetime) -> list[Stamped]:
        """One burst of `person`, or of a stranger in their place."""
        self._bursts += 1
        burst_id = f"burst-{self._bursts}"
        stream = check_in_id(station, burst_id)
        claimed = PersonalData(person, person) if self.random.random() < CLAIMED else None
        started = check_ins.Started(
            at=at,
            station_id=station,
            burst_id=burst_id,
            request_digest=f"{self.random.getrandbits(256):064x}",
            claimed=claimed,
            captured_at=at - timedelta(milliseconds=self.random.randrange(40, 400)),
        )
        decided_at = at + timedelta(milliseconds=self.random.randrange(30, 120))
        ends = self._ends(person, decided_at, claimed=claimed is not None)
        stamped: list[Stamped] = [(at, stream, 1, started)]
        stamped += [(event.at, stream, version, event) for version, event in enumerate(ends, 2)]
        return stamped

    def _ends(self, person: UUID, at: datetime, *, claimed: bool) -> list[CheckInEvent]:
        luck = self.random.random()
        timings = self._timings("decode", "detect", "quality", "align", "embed", "compare")
        if luck < EXPIRED:
            return [check_ins.Expired(at=at + timedelta(seconds=60))]
        if luck < EXPIRED + REFUSED:
            sharpness = round(self.random.uniform(5, 39), 1)
            refusal = Refusal(code="image-blurred", frame=0, value=sharpness, limit=40.0, unit="variance")
            return [
                check_ins.CaptureRefused(at=at, refusal=refusal, timings_ms=timings),
                check_ins.Completed(at=at),
            ]
        genuine = luck > EXPIRED + REFUSED + STRANGER
        decided = self._decided(person, at, timings, claimed=claimed, genuine=genuine)
        later = at + timedelta(milliseconds=self.random.randrange(200, 900))
        if not genuine or self.random.random() < NO_EMOTION:
            return [decided, check_ins.EmotionDeclined(at=later, reason="consent"), check_ins.Completed(at=later)]
        return [decided, self._emotion(later), check_ins.Completed(at=later)]

    def _decided(
        self, person: UUID, at: datetime, timings: check_ins.Timings, *, claimed: bool, genuine: bool
    ) -> CheckInEvent:
        stranger = round(self.random.gauss(*NEAREST_STRANGER), 4)
        other = self.random.choice(self._people)
        nearest = round(self.random.gauss(*GENUINE), 4) if genuine else stranger
        quality, box = self.random.choice(self._qualities), self.random.choice(self._boxes)
        reason: check_ins.RejectionReason
        candidates: tuple[PersonalData[UUID], ...] = ()
        if claimed:
            decision: Decision = verify(Candidate(person, nearest), THRESHOLDS)
            evidence, reason = decision.evidence, "mismatch"
        else:
            runner_up = max(stranger, nearest) + abs(self.random.gauss(0, 0.03))
            decision = identify([Candidate(person, nearest), Candidate(other, runner_up)], THRESHOLDS)
            evidence = _in_a_gallery_of(len(self._people), decision.evidence)
            near_both = evidence.distance is not None and evidence.distance <= THRESHOLDS.identify
            reason = "ambiguous" if near_both else "unknown"
            candidates = tuple(PersonalData(one, one) for one in (person, other)) if near_both else ()
        if isinstance(decision, Match):
            matched = PersonalData(decision.person, decision.person)
            return check_ins.IdentityMatched(
                at=at, person=matched, evidence=evidence, quality=quality, box=box, timings_ms=timings
            )
        return check_ins.IdentityRejected(
            at=at,
            reason=reason,
            evidence=evidence,
            quality=quality,
            box=box,
            timings_ms=timings,
            candidates=candidates,
        )

    def _emotion(self, at: datetime) -> CheckInEvent:
        """Mostly neutral, happier towards the end of the day."""
        weights = [self.random.expovariate(1.0) for _ in EMOTIONS]
        weights[EMOTIONS.index("neutral")] += 2.0
        weights[EMOTIONS.index("happy")] += 0.12 * at.hour
        total = sum(weights)
        reading = EmotionReading(
            model=EMOTION_MODEL,
            probabilities={
                emotion: round(weight / total, 4) for emotion, weight in zip(EMOTIONS, weights, strict=True)
            },
            spread={emotion: round(self.random.random() * 0.05, 4) for emotion in EMOTIONS},
            frames=6,
        )
        digest = f"{self.random.getrandbits(256):064x}"
        return check_ins.EmotionRecognised(
            at=at, reading=reading, request_digest=digest, timings_ms=self._timings("detect", "crop", "classify")
        )

    def _timings(self, *stages: str) -> check_ins.Timings:
        return {stage: round(self.random.uniform(0.5, 9.0), 2) for stage in stages}

    def _quality(self) -> Quality:
        return Quality(
            sharpness=round(self.random.uniform(60, 400), 1),
            brightness=round(self.random.gauss(120, 20), 1),
            overexposed=round(self.random.random() * 0.03, 4),
            face_px=round(self.random.uniform(120, 240), 1),
            detection=round(self.random.uniform(0.95, 1.0), 4),
        )

    def _box(self) -> Box:
        left, top, side = (round(self.random.uniform(*span), 1) for span in ((100, 300), (60, 160), (120, 240)))
        return Box(left, top, left + side, top + side)


def _in_a_gallery_of(people: int, evidence: Evidence) -> Evidence:
    return msgspec.structs.replace(evidence, gallery_people=people)
