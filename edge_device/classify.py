"""What an answer means for the burst it answers: taken, retry, pause, a new capture, or never."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from edge_device.contract import EmotionAnswer, IdentityAnswer, Problem, parse_emotion, parse_identity, parse_problem
from edge_device.record import Record

LONGEST_RETRY_AFTER_S = 3600.0

_TEMPORARY = frozenset({408, 409, 421, 423, 425, 429})
_ABOUT_THE_STATION = frozenset({400, 401, 403, 404, 405, 410, 415, 501, 505})
# Codes of our server's that are about one check-in although their status is about the station.
_ABOUT_THE_CHECK_IN = frozenset({"candidate-unknown", "checkin-not-found", "session-not-found"})
# Every attempt is signed anew, so that the next one may be in time.
_SIGNED_ANEW = frozenset({"signature-stale", "signature-replayed"})
_EMOTION_DECLINED = frozenset({"emotion-off", "emotion-not-consented"})


@dataclass(frozen=True, slots=True)
class Taken:
    """Our server's own answer, echoing our id."""

    answer: IdentityAnswer | EmotionAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """Send the same request again. `link`: the server as a whole may be in trouble, not this request alone."""

    reason: str
    retry_after_s: float | None = None
    link: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Nothing will be taken until somebody mends the station's token, its address, or what stands between."""

    code: str
    sentence: str
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class NewCapture:
    """These frames cannot be judged; others may be."""

    problem: Problem


@dataclass(frozen=True, slots=True)
class Declined:
    """Our server reads no emotion of this person: by policy, or for want of consent. Who it is stands."""

    problem: Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Never:
    """Our server says that it will never take this."""

    code: str
    detail: str
    sentence: str | None


Verdict = Taken | Retry | Pause | NewCapture | Declined | Never


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP response, read to its end. Header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def classify(answer: Answer, record: Record) -> Verdict:
    """Only our server's own words settle anything: what merely looks like success may be a captive portal's."""
    status = answer.status
    problem = parse_problem(answer.headers.get("content-type", ""), answer.body)
    if 200 <= status < 300:
        return _classify_success(answer, record)
    code = problem.code if problem else f"http-{status}"
    wait_s = retry_after_s(answer.headers)
    if status >= 500 and status not in _ABOUT_THE_STATION:
        return Retry(reason=code, retry_after_s=wait_s)
    if problem is not None and _concerns_the_check_in(problem, status):
        return _classify_problem(problem, wait_s)
    if status in _TEMPORARY or code in _SIGNED_ANEW:
        return Retry(reason=code, retry_after_s=wait_s)
    return Pause(code=code, sentence=_pause_sentence(status, problem), retry_after_s=wait_s)


def _classify_success(answer: Answer, record: Record) -> Taken | Retry:
    ours: IdentityAnswer | EmotionAnswer | None
    if record.checkin_id is None:
        ours = parse_identity(answer.body, record.burst_id)
    else:
        ours = parse_emotion(answer.body, record.checkin_id)
    return Retry(reason="not-our-answer") if ours is None else Taken(ours)


def _classify_problem(problem: Problem, wait_s: float | None) -> Retry | NewCapture | Declined | Never:
    if problem.code in _EMOTION_DECLINED:
        return Declined(problem)
    match problem.retry:
        case "same_request":
            return Retry(reason=problem.code, retry_after_s=wait_s, link=False)
        case "new_capture":
            return NewCapture(problem)
        case "never":
            return Never(code=problem.code, detail=problem.detail or problem.title, sentence=problem.sentence)


def _concerns_the_check_in(problem: Problem, status: int) -> bool:
    """Is it about this one request? A station whose every request is refused must not throw them all away."""
    if status < 400:
        return False
    return status not in _ABOUT_THE_STATION or problem.code in _ABOUT_THE_CHECK_IN | _EMOTION_DECLINED


def _pause_sentence(status: int, problem: Problem | None) -> str:
    if problem is not None and problem.code == "signature-invalid":
        return "The server does not accept this station's key: it was revoked, and has to be paired anew."
    if status == 401:
        return "The server does not know this station's token."
    if status == 403:
        return "The server does not allow this station to check people in."
    if problem is not None and status in (400, 415):
        return "The server does not understand this station; one of the two needs an update."
    if 300 <= status < 400:
        return "Something between the station and the server sends it elsewhere; the server's address may be wrong."
    if problem is None:
        return f"What answers at the server's address (status {status}) is not our server."
    return f"The server does not offer what the station asks for ({problem.code})."


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait; a date is read against the server's own `Date`, never against our clock."""
    text = headers.get("retry-after", "").strip()
    if text.isdecimal():
        return min(float(text), LONGEST_RETRY_AFTER_S)
    try:
        wait = parsedate_to_datetime(text) - parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, TypeError):
        return None
    return max(0.0, min(wait.total_seconds(), LONGEST_RETRY_AFTER_S))
