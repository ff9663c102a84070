"""Works out what a station shows: a pure function of what has happened and of the time, for the page and the lights."""

from __future__ import annotations

from dataclasses import replace

from edge_device.credentials import STATION_REFUSED
from edge_device.happenings import (
    Happening,
    Opened,
    PinAccepted,
    PinRefused,
    PinSent,
    PinUnreachable,
    Tuned,
)
from edge_device.identity_steps import Accepted, Moved, Paired, PairingCode, Revoked, Unpaired
from edge_device.presentation import Moment, MomentKind, Presentation, Timings
from edge_device.steps import (
    Buried,
    CameraBroken,
    Captured,
    EmotionDeclined,
    EmotionRead,
    GaveUp,
    Identified,
    NotSaved,
    Offline,
    Online,
    Paused,
    Postponed,
    Refused,
    Retake,
    Saved,
    Settled,
    Triggered,
)

_NOT_TAKEN_IN = STATION_REFUSED | {"unauthenticated", "forbidden", "http-401", "http-403"}


def at(shown: Presentation, now_s: float, timings: Timings) -> Presentation:
    """What is shown at `now_s` if nothing more has happened."""
    while shown.moment is not None and now_s >= shown.moment.until_s:
        moment = shown.moment
        if moment.kind == "processing":
            shown = replace(shown, moment=_moment("saved", moment.until_s, timings.saved_s))
        else:
            # Nobody is waiting for this burst's answer any more, so that a late one is not shown to whoever comes next.
            shown = replace(shown, moment=None, burst_id=None)
    return shown


def after(shown: Presentation, happening: Happening, now_s: float, timings: Timings) -> Presentation:
    """What is shown once `happening` is known. It happened at `now_s`."""
    shown = at(shown, now_s, timings)
    return _with_moment(_with_situation(shown, happening), happening, now_s, timings)


def _with_situation(shown: Presentation, happening: Happening) -> Presentation:
    now = shown.situation
    match happening:
        case Opened():
            now = replace(now, started=True, camera_broken=False)
        case Tuned():
            now = replace(now, language=happening.language, mode=happening.mode)
        case Unpaired():
            now = replace(now, unpaired=happening.reason, pairing_code=None)
        case PairingCode():
            now = replace(now, unpaired="new", pairing_code=happening.code)
        case Paired():
            now = replace(now, unpaired=None, pairing_code=None, room=happening.room or happening.name)
        case Moved():
            now = replace(now, room=happening.room or happening.name)
        case Revoked():
            now = replace(now, revoked=True, waiting=happening.waiting)
        case Accepted():
            now = replace(now, revoked=False, waiting=happening.waiting)
        case CameraBroken():
            now = replace(now, camera_broken=True)
        case Offline():
            now = replace(now, offline=True, waiting=happening.waiting)
        case Online():
            now = replace(now, offline=False, waiting=happening.waiting)
        case Paused():
            revoked = happening.code in _NOT_TAKEN_IN
            now = replace(now, revoked=now.revoked or revoked, fault=not revoked, waiting=happening.waiting)
        case Saved():
            now = replace(now, full=False, waiting=happening.waiting)
        case Settled():
            now = replace(now, full=False, waiting=happening.waiting)
        case NotSaved():
            now = replace(now, full=True)
        case Identified() | EmotionRead() | EmotionDeclined() | Refused() | PinAccepted() | PinRefused():
            # The server has taken something from this station: whatever was in the way is gone.
            now = replace(now, offline=False, revoked=False, fault=False)
        case _:
            pass
    return replace(shown, situation=now)


def _with_moment(shown: Presentation, happening: Happening, now_s: float, timings: Timings) -> Presentation:
    match happening:
        case Triggered():
            return _showing(shown, _moment("capturing", now_s, timings.capturing_s, take=happening.take), None)
        case Captured():
            return _showing(shown, _moment("capturing", now_s, timings.capturing_s), happening.burst_id)
        case Saved() if happening.burst_id == shown.burst_id:
            if shown.situation.offline or shown.situation.revoked or shown.situation.fault:
                return replace(shown, moment=_moment("saved", now_s, timings.saved_s))
            return replace(shown, moment=_moment("processing", now_s, timings.processing_s))
        case Retake():
            moment = _moment("retake", now_s, timings.retake_s, reason=happening.reason)
            return _showing(shown, moment, None)
        case GaveUp():
            return _showing(shown, _moment("gave_up", now_s, timings.refused_s, reason=happening.reason), None)
        case NotSaved():
            return _showing(shown, _moment("not_saved", now_s, timings.refused_s), None)
        case CameraBroken():
            return _showing(shown, None, None)
        case PinSent():
            return _showing(shown, _moment("pin_checking", now_s, timings.pin_checking_s), None)
        case PinAccepted():
            return _showing(shown, _moment("checked_in", now_s, timings.checked_in_s, name=happening.name), None)
        case PinRefused():
            moment = _moment("pin_refused", now_s, timings.refused_s, happening.code, happening.sentence)
            return _showing(shown, moment, None)
        case PinUnreachable():
            reason = "unanswered" if happening.arrived else None
            return _showing(shown, _moment("pin_unreachable", now_s, timings.refused_s, reason), None)
        case Offline() | Paused() if shown.moment is not None and shown.moment.kind == "processing":
            return replace(shown, moment=_moment("saved", now_s, timings.saved_s))
        case Identified() | Refused() | Buried() | Postponed() if happening.burst_id == shown.burst_id:
            return _judged(shown, happening, now_s, timings)
        case _:
            return shown


def _judged(
    shown: Presentation, happening: Identified | Refused | Buried | Postponed, now_s: float, timings: Timings
) -> Presentation:
    """What the server says about the person who stands here; about their emotion nothing is shown."""
    match happening:
        case Identified(answer=answer) if answer.match:
            name = answer.name or answer.identity_id
            return replace(shown, moment=_moment("checked_in", now_s, timings.checked_in_s, name=name))
        case Identified(answer=answer):
            return replace(shown, moment=_moment("see_staff", now_s, timings.refused_s, reason=answer.decision))
        case Refused(operation="identify") | Buried(operation="identify"):
            moment = _moment("refused", now_s, timings.refused_s, happening.code, happening.sentence)
            return replace(shown, moment=moment)
        case Postponed(operation="identify") if shown.moment is not None and shown.moment.kind == "processing":
            return replace(shown, moment=_moment("saved", now_s, timings.saved_s))
        case _:
            return shown


def _showing(shown: Presentation, moment: Moment | None, burst_id: str | None) -> Presentation:
    return replace(shown, moment=moment, burst_id=burst_id)


def _moment(
    kind: MomentKind,
    now_s: float,
    shown_s: float,
    reason: str | None = None,
    sentence: str | None = None,
    *,
    name: str | None = None,
    take: int = 1,
) -> Moment:
    return Moment(
        kind=kind, since_s=now_s, until_s=now_s + shown_s, reason=reason, sentence=sentence, name=name, take=take
    )
