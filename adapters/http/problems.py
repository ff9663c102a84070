"""The problem catalogue: the one table of everything that can be answered instead of what was asked for."""

from __future__ import annotations

from typing import Literal

import msgspec

from adapters.http import sentences
from adapters.http.sentences import Sentence
from domain.refusal import RefusalCode

Retry = Literal["never", "new_capture", "same_request"]
FixedBy = Literal["person", "station", "operator", "nobody"]
OutcomeCode = Literal[
    "candidate-unknown",
    "candidate-not-enrolled",
    "burst-id-reused",
    "checkin-not-found",
    "checkin-undecided",
    "checkin-refused",
    "emotion-already-recorded",
    "emotion-off",
    "emotion-not-consented",
    "user-id-taken",
    "person-not-found",
    "consent-missing",
    "photograph-of-another",
    "face-already-enrolled",
    "session-not-found",
    "session-over",
    "session-impossible",
    "stations-unreported",
    "not-on-roster",
    "credential-refused",
    "too-many-attempts",
    "file-unreadable",
    "nobody-matched",
    "somebody-matched",
    "pairing-not-found",
    "pairing-expired",
    "pairing-over",
    "station-not-found",
    "station-revoked",
    "key-unusable",
    "window-impossible",
    "sign-in-refused",
    "account-not-found",
    "account-name-taken",
    "last-admin",
    "password-too-weak",
    "password-elsewhere",
    "policy-impossible",
    "push-off",
    "push-unusable",
]
ServerCode = Literal[
    "request-malformed",
    "unauthenticated",
    "signature-invalid",
    "signature-stale",
    "signature-replayed",
    "forbidden",
    "origin-refused",
    "rate-limited",
    "not-found",
    "method-not-allowed",
    "body-too-large",
    "body-too-slow",
    "head-too-large",
    "unsupported-media-type",
    "internal",
    "overloaded",
    "contention",
    "not-ready",
]
ProblemCode = RefusalCode | OutcomeCode | ServerCode


class ProblemKind(msgspec.Struct, frozen=True):
    """One row.

    `retry`: `never` (the same answer would come again), `new_capture` (take new frames) or `same_request` (send the
    same bytes again, after Retry-After). `fixed_by`: who can make it go away; `nobody` where waiting does.
    """

    code: ProblemCode
    status: int
    title: str
    retry: Retry
    fixed_by: FixedBy
    sentence: Sentence

    @property
    def type(self) -> str:
        """The URI reference that names the problem, and resolves on this server."""
        return f"/problems/{self.code}"


_REFUSALS = (
    ProblemKind(
        "image-too-many-bytes", 422, "The image has too many bytes", "new_capture", "station", sentences.LOOK_AGAIN
    ),
    ProblemKind("image-not-jpeg", 422, "The image is not a JPEG", "never", "station", sentences.STATION_FAULT),
    ProblemKind("image-truncated", 422, "The image ends too early", "new_capture", "station", sentences.LOOK_AGAIN),
    ProblemKind(
        "image-undecodable", 422, "The image cannot be decoded", "new_capture", "station", sentences.LOOK_AGAIN
    ),
    ProblemKind(
        "image-too-many-pixels", 422, "The image has too many pixels", "never", "station", sentences.STATION_FAULT
    ),
    ProblemKind(
        "image-too-few-pixels", 422, "The image has too few pixels", "never", "station", sentences.STATION_FAULT
    ),
    ProblemKind("no-face", 422, "No face was found", "new_capture", "person", sentences.NO_FACE),
    ProblemKind("several-faces", 422, "More than one face was found", "new_capture", "person", sentences.SEVERAL_FACES),
    ProblemKind("face-too-small", 422, "The face is too small", "new_capture", "person", sentences.COME_CLOSER),
    ProblemKind("face-cut-off", 422, "The face is cut off", "new_capture", "person", sentences.MOVE_TO_THE_MIDDLE),
    ProblemKind("image-blurred", 422, "The face is blurred", "new_capture", "person", sentences.HOLD_STILL),
    ProblemKind("image-overexposed", 422, "The face is over-exposed", "new_capture", "person", sentences.LESS_LIGHT),
    ProblemKind("image-dark", 422, "The face is too dark", "new_capture", "person", sentences.MORE_LIGHT),
    ProblemKind(
        "frames-identical", 422, "The frames are copies of one another", "new_capture", "station", sentences.LOOK_AGAIN
    ),
    ProblemKind("face-lost", 422, "The face was lost between the frames", "new_capture", "person", sentences.FACE_LOST),
)
_OUTCOMES = (
    ProblemKind(
        "candidate-unknown", 404, "Nobody is registered under this user id", "never", "operator", sentences.ASK_STAFF
    ),
    ProblemKind(
        "candidate-not-enrolled", 409, "This person has no face enrolled", "never", "operator", sentences.NOT_ENROLLED
    ),
    ProblemKind(
        "burst-id-reused", 422, "The burst id was used for another request", "never", "station", sentences.LOOK_AGAIN
    ),
    ProblemKind("checkin-not-found", 404, "There is no such check-in", "never", "station", sentences.STATION_FAULT),
    ProblemKind(
        "checkin-undecided", 409, "Who it is has not been decided yet", "same_request", "nobody", sentences.WAIT
    ),
    ProblemKind(
        "checkin-refused", 409, "The check-in ended with its capture", "new_capture", "person", sentences.LOOK_AGAIN
    ),
    ProblemKind(
        "emotion-already-recorded",
        409,
        "The emotion was recorded from other frames",
        "never",
        "station",
        sentences.STATION_FAULT,
    ),
    ProblemKind(
        "emotion-off", 403, "Emotions are not read on this server", "never", "operator", sentences.NO_EMOTION_HERE
    ),
    ProblemKind(
        "emotion-not-consented",
        403,
        "Nobody who agreed to it was matched",
        "never",
        "person",
        sentences.NO_EMOTION_WITHOUT_CONSENT,
    ),
    ProblemKind("user-id-taken", 409, "The user id is taken", "never", "operator", sentences.USER_ID_TAKEN),
    ProblemKind("person-not-found", 404, "There is no such person", "never", "operator", sentences.ASK_STAFF),
    ProblemKind("consent-missing", 409, "The person has not agreed to it", "never", "person", sentences.CONSENT_FIRST),
    ProblemKind(
        "photograph-of-another",
        422,
        "The photograph shows another face than the person's own",
        "new_capture",
        "operator",
        sentences.SOMEBODY_ELSE,
    ),
    ProblemKind(
        "face-already-enrolled",
        422,
        "The face is enrolled for somebody else",
        "never",
        "operator",
        sentences.FACE_TAKEN,
    ),
    ProblemKind("session-not-found", 404, "There is no such session", "never", "operator", sentences.ASK_STAFF),
    ProblemKind("session-over", 409, "The session is closed or cancelled", "never", "operator", sentences.SESSION_OVER),
    ProblemKind(
        "session-impossible", 422, "A session cannot be planned so", "never", "operator", sentences.PLAN_IMPOSSIBLE
    ),
    ProblemKind(
        "stations-unreported",
        409,
        "A station has not reported past the end yet",
        "same_request",
        "station",
        sentences.NOT_ALL_REPORTED,
    ),
    ProblemKind("not-on-roster", 409, "The person is not on the roster", "never", "operator", sentences.ASK_STAFF),
    ProblemKind(
        "credential-refused", 422, "The PIN or the code is not right", "never", "person", sentences.CREDENTIAL_WRONG
    ),
    ProblemKind(
        "too-many-attempts", 429, "There were too many attempts", "same_request", "nobody", sentences.TRY_LATER
    ),
    ProblemKind(
        "nobody-matched", 409, "The check-in was matched to nobody", "never", "operator", sentences.NOBODY_MATCHED
    ),
    ProblemKind(
        "somebody-matched", 409, "The check-in belongs to somebody", "never", "operator", sentences.SOMEBODY_MATCHED
    ),
    ProblemKind("file-unreadable", 422, "The file cannot be read", "never", "operator", sentences.FILE_UNREADABLE),
    ProblemKind("pairing-not-found", 404, "No device shows this code", "never", "operator", sentences.CODE_UNKNOWN),
    ProblemKind("pairing-expired", 409, "The code has expired", "never", "operator", sentences.CODE_EXPIRED),
    ProblemKind("pairing-over", 409, "The pairing was decided already", "never", "operator", sentences.CODE_EXPIRED),
    ProblemKind("station-not-found", 404, "No such station was paired", "never", "operator", sentences.ASK_STAFF),
    ProblemKind("station-revoked", 409, "The station was revoked", "never", "operator", sentences.PAIR_AGAIN),
    ProblemKind("key-unusable", 422, "The key cannot be taken", "never", "station", sentences.STATION_FAULT),
    ProblemKind(
        "window-impossible", 422, "Nothing can be told of that window of time", "never", "operator", sentences.ASK_STAFF
    ),
    ProblemKind(
        "sign-in-refused",
        422,
        "The name, the password or the code is not right",
        "never",
        "person",
        sentences.SIGN_IN_WRONG,
    ),
    ProblemKind("account-not-found", 404, "There is no such account", "never", "operator", sentences.ASK_STAFF),
    ProblemKind(
        "account-name-taken", 409, "Another account has the name", "never", "operator", sentences.USER_ID_TAKEN
    ),
    ProblemKind(
        "last-admin", 409, "It is the last admin who can sign in", "never", "operator", sentences.ANOTHER_ADMIN_FIRST
    ),
    ProblemKind("password-too-weak", 422, "The password will not do", "never", "person", sentences.LONGER_PASSWORD),
    ProblemKind(
        "password-elsewhere",
        409,
        "The account is signed in to elsewhere and has no password here",
        "never",
        "operator",
        sentences.ASK_STAFF,
    ),
    ProblemKind(
        "policy-impossible", 422, "The policy cannot be set so", "never", "operator", sentences.POLICY_IMPOSSIBLE
    ),
    ProblemKind("push-off", 409, "This server sends no push messages", "never", "operator", sentences.NO_PUSH_HERE),
    ProblemKind(
        "push-unusable",
        422,
        "The push subscription cannot be used",
        "never",
        "person",
        sentences.NO_PUSH_TO_THIS_DEVICE,
    ),
)
_SERVER = (
    ProblemKind(
        "request-malformed", 400, "The request does not fit the contract", "never", "station", sentences.STATION_FAULT
    ),
    ProblemKind("unauthenticated", 401, "No valid token was presented", "never", "operator", sentences.STATION_FAULT),
    ProblemKind("signature-invalid", 401, "The signature is not accepted", "never", "operator", sentences.PAIR_AGAIN),
    ProblemKind(
        "signature-stale", 401, "The signature's time is not the server's", "same_request", "station", sentences.WAIT
    ),
    ProblemKind(
        "signature-replayed", 401, "The signature was used before", "never", "station", sentences.STATION_FAULT
    ),
    ProblemKind("forbidden", 403, "This role may not do that", "never", "operator", sentences.ASK_STAFF),
    ProblemKind(
        "origin-refused", 403, "A page of another origin asked for it", "never", "operator", sentences.ASK_STAFF
    ),
    ProblemKind("rate-limited", 429, "Too many requests in a short time", "same_request", "nobody", sentences.WAIT),
    ProblemKind("not-found", 404, "There is nothing at this path", "never", "station", sentences.STATION_FAULT),
    ProblemKind("method-not-allowed", 405, "This path has no such method", "never", "station", sentences.STATION_FAULT),
    ProblemKind("body-too-slow", 408, "The body did not come in time", "same_request", "nobody", sentences.WAIT),
    ProblemKind("body-too-large", 413, "The body is too large", "new_capture", "station", sentences.LOOK_AGAIN),
    ProblemKind(
        "head-too-large", 431, "The head of the request is too large", "never", "station", sentences.STATION_FAULT
    ),
    ProblemKind(
        "unsupported-media-type", 415, "The body is not plain JSON", "never", "station", sentences.STATION_FAULT
    ),
    ProblemKind("internal", 500, "The server failed", "same_request", "operator", sentences.STATION_FAULT),
    ProblemKind("overloaded", 503, "The inference queue is full", "same_request", "nobody", sentences.WAIT),
    ProblemKind("contention", 503, "Others changed the same thing at once", "same_request", "nobody", sentences.WAIT),
    ProblemKind("not-ready", 503, "A part of the server is not ready", "same_request", "nobody", sentences.WAIT),
)
CATALOGUE: dict[str, ProblemKind] = {kind.code: kind for kind in (*_REFUSALS, *_OUTCOMES, *_SERVER)}
