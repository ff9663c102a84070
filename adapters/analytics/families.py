"""The tables that analysts get: which events each holds, and where every column comes from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec
import pyarrow as pa

from adapters.event_store.topics import Event
from domain import check_in as check_ins
from domain import person as persons
from domain import session_events as sessions
from domain.attendance import Status
from domain.emotion import EMOTIONS

Row = Literal["event", "stream", "anonymous"]
QUARTER_HOUR_US = 15 * 60 * 1_000_000


class Constant(msgspec.Struct, frozen=True):
    value: str


class Count(msgspec.Struct, frozen=True):
    """How many of a session's outcomes have this status."""

    status: Status


# A path of attributes from the event, a value that is the same for all of its kind, or a count.
Source = str | Constant | Count


class Column(msgspec.Struct, frozen=True):
    """`source`: where every event of the family has it, or by event where they differ; elsewhere it is null.

    `arrow` is a pyarrow type, which has no stubs.
    """

    name: str
    arrow: object
    source: Source | Mapping[type[Event], Source]


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """`row` says what a row tells of its event beside the columns.

    `stream`: position, recorded_at, version and its stream, under the name `stream_name`. `event`: the same without
    stream and version. `anonymous`: the quarter of an hour alone, and rows in the order of their values.
    """

    name: str
    events: tuple[type[Event], ...]
    row: Row
    columns: tuple[Column, ...]
    stream_name: str = "check_in"


_TIMINGS = pa.map_(pa.string(), pa.float64())
_AT = Column("at", pa.timestamp("us", "UTC"), "at")
_SETTLED: tuple[Status, ...] = ("present", "late", "absent", "excused")
_REFUSED_ONLY = (check_ins.CaptureRefused,)
_JUDGED = (check_ins.IdentityMatched, check_ins.IdentityRejected)


def _of(events: tuple[type[Event], ...], path: str) -> dict[type[Event], Source]:
    return dict.fromkeys(events, path)


STARTS = Family(
    name="starts",
    events=(check_ins.Started,),
    row="stream",
    columns=(
        _AT,
        Column("station", pa.uuid(), "station_id"),
        Column("burst_id", pa.string(), "burst_id"),
        Column("captured_at", pa.timestamp("us", "UTC"), "captured_at"),
    ),
)

DECISIONS = Family(
    name="decisions",
    events=(*_JUDGED, check_ins.IdentifiedByOtherRoute, *_REFUSED_ONLY, check_ins.Expired),
    row="stream",
    columns=(
        _AT,
        Column(
            "outcome",
            pa.string(),
            {
                check_ins.IdentityMatched: Constant("checked_in"),
                check_ins.IdentifiedByOtherRoute: Constant("checked_in"),
                check_ins.IdentityRejected: "reason",
                check_ins.CaptureRefused: Constant("refused"),
                check_ins.Expired: Constant("expired"),
            },
        ),
        Column(
            "route",
            pa.string(),
            {**dict.fromkeys(_JUDGED, Constant("face")), check_ins.IdentifiedByOtherRoute: "route"},
        ),
        *(
            Column(name, kind, _of(_JUDGED, f"evidence.{name}"))
            for name, kind in (
                ("model", pa.string()),
                ("distance", pa.float64()),
                ("threshold", pa.float64()),
                ("margin", pa.float64()),
                ("margin_required", pa.float64()),
                ("confidence", pa.float64()),
                ("gallery_people", pa.int32()),
            )
        ),
        *(
            Column(name, pa.float64(), _of(_JUDGED, f"quality.{name}"))
            for name in ("sharpness", "brightness", "overexposed", "face_px", "detection")
        ),
        Column("refusal_code", pa.string(), _of(_REFUSED_ONLY, "refusal.code")),
        Column("refusal_value", pa.float64(), _of(_REFUSED_ONLY, "refusal.value")),
        Column("refusal_limit", pa.float64(), _of(_REFUSED_ONLY, "refusal.limit")),
        Column("refusal_unit", pa.string(), _of(_REFUSED_ONLY, "refusal.unit")),
        Column("timings_ms", _TIMINGS, _of((*_JUDGED, *_REFUSED_ONLY), "timings_ms")),
    ),
)

REVIEWS = Family(
    name="reviews",
    events=(check_ins.Reassigned, check_ins.MatchDenied, check_ins.Dismissed),
    row="stream",
    columns=(
        _AT,
        Column(
            "what",
            pa.string(),
            {
                check_ins.Reassigned: Constant("reassigned"),
                check_ins.MatchDenied: Constant("match_denied"),
                check_ins.Dismissed: Constant("dismissed"),
            },
        ),
    ),
)

_READ = (check_ins.EmotionRecognised,)
EMOTION_READINGS = Family(
    name="emotions",
    events=(check_ins.EmotionRecognised, check_ins.EmotionCaptureRefused, check_ins.EmotionDeclined),
    row="anonymous",
    columns=(
        Column(
            "outcome",
            pa.string(),
            {
                check_ins.EmotionRecognised: Constant("recognised"),
                check_ins.EmotionCaptureRefused: "refusal.code",
                check_ins.EmotionDeclined: Constant("declined"),
            },
        ),
        Column("reason", pa.string(), {check_ins.EmotionDeclined: "reason"}),
        Column("model", pa.string(), _of(_READ, "reading.model")),
        Column("frames", pa.int32(), _of(_READ, "reading.frames")),
        *(Column(emotion, pa.float64(), _of(_READ, f"reading.probabilities.{emotion}")) for emotion in EMOTIONS),
    ),
)

PEOPLE = Family(
    name="people",
    events=(
        persons.Registered,
        persons.ConsentGiven,
        persons.ConsentWithdrawn,
        persons.FaceEnrolled,
        persons.FaceRemoved,
        persons.Erased,
    ),
    row="event",
    columns=(
        _AT,
        Column(
            "what",
            pa.string(),
            {
                persons.Registered: Constant("registered"),
                persons.ConsentGiven: Constant("consent_given"),
                persons.ConsentWithdrawn: Constant("consent_withdrawn"),
                persons.FaceEnrolled: Constant("face_enrolled"),
                persons.FaceRemoved: Constant("face_removed"),
                persons.Erased: Constant("erased"),
            },
        ),
        Column("purpose", pa.string(), _of((persons.ConsentGiven, persons.ConsentWithdrawn), "purpose")),
        Column("text_version", pa.string(), _of((persons.ConsentGiven,), "text_version")),
        Column("model", pa.string(), _of((persons.FaceEnrolled,), "model")),
        Column("sharpness", pa.float64(), _of((persons.FaceEnrolled,), "quality.sharpness")),
        Column("face_px", pa.float64(), _of((persons.FaceEnrolled,), "quality.face_px")),
        Column("reason", pa.string(), _of((persons.FaceRemoved,), "reason")),
    ),
)

_PLANNED = (sessions.Scheduled, sessions.Rescheduled)
SESSIONS = Family(
    name="sessions",
    events=(
        *_PLANNED,
        sessions.Opened,
        sessions.Closed,
        sessions.Cancelled,
        sessions.AttendanceRevised,
        sessions.AttendanceCorrected,
        sessions.CorrectionWithdrawn,
    ),
    row="stream",
    stream_name="session",
    columns=(
        _AT,
        Column(
            "what",
            pa.string(),
            {
                sessions.Scheduled: Constant("scheduled"),
                sessions.Rescheduled: Constant("rescheduled"),
                sessions.Opened: Constant("opened"),
                sessions.Closed: Constant("closed"),
                sessions.Cancelled: Constant("cancelled"),
                sessions.AttendanceRevised: Constant("attendance_revised"),
                sessions.AttendanceCorrected: Constant("attendance_corrected"),
                sessions.CorrectionWithdrawn: Constant("correction_withdrawn"),
            },
        ),
        Column("title", pa.string(), _of(_PLANNED, "plan.title")),
        Column("room", pa.string(), _of(_PLANNED, "plan.room")),
        Column("zone", pa.string(), _of(_PLANNED, "plan.times.zone")),
        *(
            Column(name, pa.timestamp("us", "UTC"), _of(_PLANNED, f"plan.times.{name}"))
            for name in ("opens_at", "starts_at", "late_after", "ends_at")
        ),
        *(Column(status, pa.int32(), {sessions.Closed: Count(status)}) for status in _SETTLED),
        Column("status_before", pa.string(), {sessions.AttendanceRevised: "before"}),
        Column(
            "status_after",
            pa.string(),
            {sessions.AttendanceRevised: "after", sessions.AttendanceCorrected: "status"},
        ),
    ),
)

FAMILIES = (STARTS, DECISIONS, REVIEWS, EMOTION_READINGS, PEOPLE, SESSIONS)
EVENTS = "events"
