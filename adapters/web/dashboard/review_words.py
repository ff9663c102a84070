"""Why a check-in is whose it is, and what happened to it, in words for staff."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Literal, assert_never
from uuid import UUID

import msgspec

from adapters.http.problems import CATALOGUE
from adapters.web.rendering import figure
from domain import check_in as check_ins
from domain.check_in import CheckInEvent, DeclineReason, OtherRoute
from domain.personal import PersonalData
from domain.refusal import Refusal

NameOf = Callable[[PersonalData[UUID] | None], str]
Decided = Literal["assigned", "dismissed", "denied"]
DECIDED: Mapping[Decided, str] = {
    "assigned": "The check-in is theirs now, and counts.",
    "dismissed": "It is left as nobody’s.",
    "denied": "It is theirs no more, does not count, and waits for review.",
}
_BY_STAFF = (check_ins.Reassigned, check_ins.MatchDenied, check_ins.Dismissed)
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


def why(events: Sequence[CheckInEvent], name_of: NameOf) -> str:
    """In a sentence for whoever looks at it, after all that happened to it. Figures are left to `refusal_figures`."""
    for event in reversed(events):
        if (said := _why(event, events, name_of)) is not None:
            return said
    return "It is being judged."


def was_matched(events: Sequence[CheckInEvent]) -> bool:
    """Whether it is still somebody's by their face, so that its confidence is about them."""
    decisive = (
        check_ins.IdentityMatched,
        check_ins.IdentityRejected,
        check_ins.IdentifiedByOtherRoute,
        check_ins.CaptureRefused,
        check_ins.Reassigned,
        check_ins.MatchDenied,
    )
    last = next((event for event in reversed(events) if isinstance(event, decisive)), None)
    return isinstance(last, check_ins.IdentityMatched)


def decided_words(decided: Decided, events: Sequence[CheckInEvent], name_of: NameOf) -> str:
    """What was just made of it. An address may say what does not hold any more: then nobody is named."""
    last = next((event for event in reversed(events) if isinstance(event, _BY_STAFF)), None)
    match decided, last:
        case "assigned", check_ins.Reassigned(person=person):
            return f"The check-in is {name_of(person)}’s now, and counts."
        case "denied", check_ins.MatchDenied():
            return f"It is {name_of(_taken_for(events))}’s no more, does not count, and waits for review."
    return DECIDED[decided]


def refusal_figures(refusal: Refusal) -> str | None:
    """What was measured and what is asked for; None where nothing can be measured."""
    if refusal.value is None or refusal.limit is None:
        return None
    unit = f" ({refusal.unit})" if refusal.unit else ""
    return f"{figure(refusal.value)}, where the limit is {figure(refusal.limit)}{unit}"


def _why(event: CheckInEvent, events: Sequence[CheckInEvent], name_of: NameOf) -> str | None:
    """None where the event says nothing of whose it is."""
    match event:
        case check_ins.IdentityMatched(person=person):
            return f"It looks like {name_of(person)}."
        case check_ins.IdentityRejected():
            return _capital(_rejected(event, _claimed(events), name_of))
        case check_ins.CaptureRefused(refusal=refusal):
            return f"{CATALOGUE[refusal.code].title}, so that it was compared with nobody."
        case check_ins.IdentifiedByOtherRoute(person=person, route=route):
            return f"{_capital(name_of(person))} came {_ROUTES[route]}."
        case check_ins.Reassigned(person=person):
            return f"A member of staff said that it is {name_of(person)}."
        case check_ins.MatchDenied():
            return f"It was taken for {name_of(_taken_for(events))}, and a member of staff said that it is not."
        case check_ins.Expired():
            return "No decision came in time."
        case _:
            return None


def _rejected(event: check_ins.IdentityRejected, claimed: PersonalData[UUID] | None, name_of: NameOf) -> str:
    match event.reason:
        case "unknown" if event.evidence.distance is None:
            return "nobody was enrolled to compare with."
        case "unknown":
            return "it looks like nobody who is enrolled."
        case "ambiguous":
            nearest, next_one, *_ = (*event.candidates, None, None)
            return f"it looks like {name_of(nearest)}, but {name_of(next_one)} is nearly as close."
        case "mismatch":
            return f"{name_of(claimed)} was named at the station, but it does not look like them."
        case _:
            assert_never(event.reason)


def _claimed(events: Sequence[CheckInEvent]) -> PersonalData[UUID] | None:
    return next((event.claimed for event in events if isinstance(event, check_ins.Started)), None)


def _taken_for(events: Sequence[CheckInEvent]) -> PersonalData[UUID] | None:
    """Whose it was before it was last denied."""
    person: PersonalData[UUID] | None = None
    taken: PersonalData[UUID] | None = None
    for event in events:
        match event:
            case check_ins.IdentityMatched() | check_ins.IdentifiedByOtherRoute() | check_ins.Reassigned():
                person = event.person
            case check_ins.MatchDenied():
                taken = person
    return taken


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def happened(event: CheckInEvent, events: Sequence[CheckInEvent], name_of: NameOf) -> Happened:
    """One of `events`. An emotion is told as read and never as what it was: it is nobody's."""
    words, by = _told(event, events, name_of)
    return Happened(at=event.at, words=words, by=by)


def _told(event: CheckInEvent, events: Sequence[CheckInEvent], name_of: NameOf) -> tuple[str, UUID | None]:
    match event:
        case check_ins.Started(claimed=None):
            return "A burst of pictures arrived.", None
        case check_ins.Started(claimed=claimed):
            return f"A check-in arrived, for {name_of(claimed)}.", None
        case check_ins.IdentityMatched(person=person):
            return f"Matched to {name_of(person)}.", None
        case check_ins.IdentifiedByOtherRoute(person=person, route=route, by=by):
            return f"{_capital(name_of(person))} came {_ROUTES[route]}.", by
        case check_ins.IdentityRejected():
            return f"Nobody was matched: {_rejected(event, _claimed(events), name_of)}", None
        case check_ins.CaptureRefused(refusal=refusal):
            return f"The picture could not be judged. {CATALOGUE[refusal.code].title}.", None
        case check_ins.Reassigned(person=person, by=by):
            return f"Said to be {name_of(person)}.", by
        case check_ins.MatchDenied(by=by):
            return "Said not to be who was matched.", by
        case check_ins.Dismissed(by=by):
            return "Left as nobody’s.", by
        case _:
            return _said_afterwards(event), None


def _said_afterwards(event: CheckInEvent) -> str:
    match event:
        case check_ins.EmotionRecognised():
            return "A mood was read. It is counted with those of others, and shown with nobody."
        case check_ins.EmotionCaptureRefused(refusal=refusal):
            return f"No mood could be read. {CATALOGUE[refusal.code].title}."
        case check_ins.EmotionDeclined(reason=reason):
            return _DECLINED[reason]
        case check_ins.Completed():
            return "Complete: nothing more was expected."
        case check_ins.Expired():
            return "No decision came in time."
    raise TypeError(f"not an event of a check-in: {type(event).__name__}")
