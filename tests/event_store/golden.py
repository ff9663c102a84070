"""The events as they were stored, of every version ever, with what they must still decode to.

`python -m tests.event_store.golden` adds what is missing for a new version; it never changes what is there.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

import msgspec
from eventsourcing.persistence import StoredEvent

from adapters.event_store.mapper import Recorded, SealingMapper
from adapters.event_store.schemas import fingerprint
from adapters.event_store.sealing import DataKey, References
from adapters.event_store.topics import TOPICS, Event
from domain import check_in, person
from domain.personal import PersonalData
from tests.event_store import account_samples, policy_samples, samples, session_samples, station_samples

FOLDER = Path(__file__).resolve().parents[1] / "golden" / "events"
FINGERPRINTS = FOLDER / "fingerprints.json"
STREAM = UUID("0d6e4079-e36f-4f0a-9b3c-6c1fa0c6ad11")
ADA = UUID("5b0c1f0e-8a77-4f9b-9d29-6f7e9a1f4a10")
BOB = UUID("77b0d0a0-2f0b-4a58-9a0e-0c5f6a1b2c3d")
TEMPLATE = UUID("3c9f3f0a-6c0d-4c53-8d0a-4a6f1b2e3d4c")
STATION = UUID("a7f2c1de-0b7a-4d0e-8f55-1d2c3b4a5968")


class GoldenKeys:
    """The keys that the golden events were sealed with: they open nothing else."""

    references = References(bytes(range(32)))

    def __init__(self) -> None:
        self._keys = {
            person: DataKey.of(person.bytes, bytes([number]) * 32) for number, person in enumerate((ADA, BOB), 1)
        }

    def to_seal(self, subject: UUID) -> DataKey:
        return self._keys[subject]

    def to_open(self, hidden: bytes, missing: set[bytes]) -> DataKey | None:
        return self._keys[UUID(bytes=self.references.find(hidden))]

    def fetch(self, references: Iterable[bytes]) -> None:
        raise AssertionError("golden keys are never missing")


def examples() -> list[Event]:
    """One of each event that is written today."""
    return [
        samples.started(STATION, claimed=ADA)[0],
        samples.matched(ADA)[0],
        samples.ambiguous(ADA, BOB)[0],
        *samples.refused()[:1],
        *samples.felt(),
        check_in.EmotionCaptureRefused(
            at=samples.AT, refusal=samples.REFUSAL, request_digest="digest-2", timings_ms=samples.TIMINGS
        ),
        check_in.EmotionDeclined(at=samples.AT, reason="consent"),
        check_in.Expired(at=samples.AT),
        check_in.Reassigned(at=samples.AT, person=PersonalData(BOB, BOB), by=STATION),
        check_in.MatchDenied(at=samples.AT, by=STATION),
        check_in.Dismissed(at=samples.AT, by=STATION),
        *samples.registered(ADA)[:2],
        person.ConsentWithdrawn(at=samples.AT, purpose="emotion"),
        *samples.enrolled(TEMPLATE, ADA),
        person.FaceRemoved(at=samples.AT, template_id=TEMPLATE, reason="withdrawn"),
        person.Erased(at=samples.AT),
        *session_samples.one_of_each(STATION, ADA, BOB),
        *account_samples.one_of_each(ADA, BOB),
        *station_samples.one_of_each(),
        *policy_samples.one_of_each(BOB),
    ]


def in_the_clear(event: Event) -> bytes:
    """The event with its personal values readable, to compare with."""

    def reveal(value: object) -> object:
        assert isinstance(value, PersonalData)
        return {"subject": value.subject, "value": value.reveal()}

    return msgspec.json.format(msgspec.json.encode(event, enc_hook=reveal), indent=2) + b"\n"


def decoded(topic: str, state: bytes) -> Event:
    return SealingMapper(GoldenKeys()).to_domain_event(StoredEvent(STREAM, 1, topic, state)).event


def add_missing() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    mapper = SealingMapper(GoldenKeys())
    known = msgspec.json.decode(FINGERPRINTS.read_bytes(), type=dict[str, str]) if FINGERPRINTS.exists() else {}
    for event in examples():
        stored = mapper.to_stored_event(Recorded(STREAM, 1, event))
        if not (FOLDER / f"{stored.topic}.stored.json").exists():
            (FOLDER / f"{stored.topic}.stored.json").write_bytes(stored.state)
            (FOLDER / f"{stored.topic}.current.json").write_bytes(in_the_clear(event))
        known.setdefault(stored.topic, fingerprint(type(event)))
    missing = set(TOPICS.current) - set(known)
    assert not missing, f"no example of {sorted(missing)}"
    FINGERPRINTS.write_bytes(msgspec.json.format(msgspec.json.encode(known, order="sorted"), indent=2) + b"\n")


if __name__ == "__main__":
    add_missing()
