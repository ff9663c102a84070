"""Why a check-in was decided as it was, and what happened to it, in words for staff."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import assert_never
from uuid import UUID

import msgspec

from adapters.http.problems import CATALOGUE
from adapters.web.rendering import distance, figure
from domain import check_in as check_ins
from domain.check_in import CheckIn, CheckInEvent, DeclineReason, OtherRoute, RejectionReason
from domain.matching import Evidence
from domain.personal import PersonalData
from domain.refusal import Refusal

NameOf = Callable[[PersonalData[UUID] | None], str]
_ROUTES: Mapping[OtherRoute, str] = {"pin": "by PIN", "qr": "by QR code", "staff": "by a member of staff"}
_DECLINED: Mapping[DeclineReason, str] = {
    "policy": "No mood was read: that is switched off here.",
    "consent": "No mood was read: they have not agreed to it.",
}


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """One event in words. `by`: the account of whoever did it, where it was somebody."""

    at: datetime
    words: str
    by: UUID | None = None


def why(check_in: CheckIn) -> str:
    """In a sentence or two, with what was measured and what was asked for."""
    match check_in.status:
        case "refused":
            return "" if check_in.refusal is None else refusal_words(check_in.refusal)
        case "checked_in" if check_in.route is not None:
            return f"They came {_ROUTES[check_in.route]}."
        case "checked_in":
            return "" if check_in.evidence is None else _distance("The nearest person", check_in.evidence)
        case "unknown" | "ambiguous" | "mismatch":
            return "" if check_in.evidence is None else rejection_words(check_in.status, check_in.evidence)
        case "processing":
            return "It is being judged."
        case "expired":
            return "No decision came in time."
        case _:
            assert_never(check_in.status)


def rejection_words(reason: RejectionReason, evidence: Evidence) -> str:
    match reason:
        case "unknown":
            if evidence.distance is None:
                return "Nobody was enrolled to compare with."
            return _distance("The nearest person", evidence)
        case "ambiguous":
            nearer = _distance("The nearest person", evidence)
            if evidence.margin is None:
                return nearer
            return (
                f"{nearer} The next is only {distance(evidence.margin)} farther; "
                f"{distance(evidence.margin_required)} is required to be sure."
            )
        case "mismatch":
            return _distance("The person who was named at the station", evidence)
        case _:
            assert_never(reason)


def refusal_words(refusal: Refusal) -> str:
    title = CATALOGUE[refusal.code].title
    if refusal.value is None or refusal.limit is None:
        return f"{title}."
    unit = f" ({refusal.unit})" if refusal.unit else ""
    return f"{title}: measured {figure(refusal.value)}, the limit is {figure(refusal.limit)}{unit}."


def happened(event: CheckInEvent, name_of: NameOf) -> Happened:
    """An emotion is told as read and never as what it was: it is nobody's."""
    words, by = _told(event, name_of)
    return Happened(at=event.at, words=words, by=by)


def _told(event: CheckInEvent, name_of: NameOf) -> tuple[str, UUID | None]:
    match event:
        case check_ins.Started(claimed=None):
            return "A burst of pictures arrived.", None
        case check_ins.Started(claimed=claimed):
            return f"A check-in arrived, for {name_of(claimed)}.", None
        case check_ins.IdentityMatched(person=person, evidence=evidence):
            return f"Matched to {name_of(person)}. {_distance('Their nearest photograph', evidence)}", None
        case check_ins.IdentifiedByOtherRoute(person=person, route=route, by=by):
            return f"{name_of(person)} came {_ROUTES[route]}.", by
        case check_ins.IdentityRejected(reason=reason, evidence=evidence):
            return f"Nobody was matched. {rejection_words(reason, evidence)}", None
        case check_ins.CaptureRefused(refusal=refusal):
            return f"The picture could not be judged. {refusal_words(refusal)}", None
        case check_ins.Reassigned(person=person, by=by):
            return f"Said to be {name_of(person)}.", by
        case check_ins.MatchDenied(by=by):
            return "Said not to be who was matched.", by
        case check_ins.Dismissed(by=by):
            return "Dismissed: it stays nobody’s.", by
        case _:
            return _said_afterwards(event), None


def _said_afterwards(event: CheckInEvent) -> str:
    match event:
        case check_ins.EmotionRecognised():
            return "A mood was read. It is counted with those of others, and shown with nobody."
        case check_ins.EmotionCaptureRefused(refusal=refusal):
            return f"No mood could be read. {refusal_words(refusal)}"
        case check_ins.EmotionDeclined(reason=reason):
            return _DECLINED[reason]
        case check_ins.Completed():
            return "Complete: nothing more was expected."
        case check_ins.Expired():
            return "No decision came in time."
    raise TypeError(f"not an event of a check-in: {type(event).__name__}")


def _distance(who: str, evidence: Evidence) -> str:
    if evidence.distance is None:
        return "Nobody was enrolled to compare with."
    return (
        f"{who} is at distance {distance(evidence.distance)}; up to {distance(evidence.threshold)} counts as a match."
    )
