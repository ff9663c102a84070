"""What the use cases need from the world: pixels judged, events kept, a gallery searched."""

from application.ports.accounts import (
    Accounts,
    AccountSecret,
    AccountStore,
    AccountSummary,
    AttemptCounts,
    CodePurpose,
    OneTimeCodes,
    Passwords,
)
from application.ports.arrays import Embeddings
from application.ports.attendance import AttendanceBook, AttendanceSheet, Sessions, SessionSummary
from application.ports.attendance_history import AttendanceHistory, AttendedSession, CheckInOutside
from application.ports.attendance_reports import (
    AttendanceCounts,
    AttendanceReport,
    AttendanceReports,
    ReportBy,
    ReportQuestion,
    ReportRow,
    total_of,
)
from application.ports.check_ins import CheckIns, CheckInSummary
from application.ports.clock import Clock
from application.ports.emotions import EmotionBucket, EmotionFigures, EmotionGroup, Emotions
from application.ports.gallery import Gallery, GallerySnapshot
from application.ports.latency import Latencies, LatencyGroup, StageLatency
from application.ports.people import Credentials, People, PersonSummary
from application.ports.personal_data import ErasureProof, Erasures, HeldEvent, Holdings, JsonObject, Overdue, PersonKeys
from application.ports.policy import Policies, PolicyStore
from application.ports.recognition import (
    LIVE,
    Abandoned,
    Look,
    Mood,
    Overloaded,
    Recogniser,
    RecogniserStopped,
    Refused,
    Turn,
)
from application.ports.reviews import ReviewItem, ReviewKind, Reviews
from application.ports.scores import Score, Scores
from application.ports.stations import (
    CameraState,
    KeyHolder,
    PendingPairing,
    StationHealth,
    StationHealths,
    Stations,
    StationStore,
    StationSummary,
)
from application.ports.streams import Conflict, EventStore, PersonErased, Projections, SessionStore

__all__ = [
    "LIVE",
    "Abandoned",
    "AccountSecret",
    "AccountStore",
    "AccountSummary",
    "Accounts",
    "AttemptCounts",
    "AttendanceBook",
    "AttendanceCounts",
    "AttendanceHistory",
    "AttendanceReport",
    "AttendanceReports",
    "AttendanceSheet",
    "AttendedSession",
    "CameraState",
    "CheckInOutside",
    "CheckInSummary",
    "CheckIns",
    "Clock",
    "CodePurpose",
    "Conflict",
    "Credentials",
    "Embeddings",
    "EmotionBucket",
    "EmotionFigures",
    "EmotionGroup",
    "Emotions",
    "ErasureProof",
    "Erasures",
    "EventStore",
    "Gallery",
    "GallerySnapshot",
    "HeldEvent",
    "Holdings",
    "JsonObject",
    "KeyHolder",
    "Latencies",
    "LatencyGroup",
    "Look",
    "Mood",
    "OneTimeCodes",
    "Overdue",
    "Overloaded",
    "Passwords",
    "PendingPairing",
    "People",
    "PersonErased",
    "PersonKeys",
    "PersonSummary",
    "Policies",
    "PolicyStore",
    "Projections",
    "Recogniser",
    "RecogniserStopped",
    "Refused",
    "ReportBy",
    "ReportQuestion",
    "ReportRow",
    "ReviewItem",
    "ReviewKind",
    "Reviews",
    "Score",
    "Scores",
    "SessionStore",
    "SessionSummary",
    "Sessions",
    "StageLatency",
    "StationHealth",
    "StationHealths",
    "StationStore",
    "StationSummary",
    "Stations",
    "Turn",
    "total_of",
]
