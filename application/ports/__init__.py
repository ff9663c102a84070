"""What the use cases need from the world: pixels judged, events kept, a gallery searched."""

from application.ports.arrays import Embeddings
from application.ports.attendance import AttendanceBook, AttendanceSheet, Sessions, SessionSummary
from application.ports.check_ins import CheckIns, CheckInSummary
from application.ports.clock import Clock
from application.ports.emotions import EmotionBucket, EmotionFigures, EmotionGroup, Emotions
from application.ports.gallery import Gallery, GallerySnapshot
from application.ports.people import Credentials, People, PersonSummary
from application.ports.personal_data import ErasureProof, Erasures, HeldEvent, Holdings, JsonObject, Overdue, PersonKeys
from application.ports.recognition import Look, Mood, Overloaded, Recogniser, RecogniserStopped, Refused
from application.ports.streams import Conflict, EventStore, PersonErased, Projections, SessionStore

__all__ = [
    "AttendanceBook",
    "AttendanceSheet",
    "CheckInSummary",
    "CheckIns",
    "Clock",
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
    "Look",
    "Mood",
    "Overdue",
    "Overloaded",
    "People",
    "PersonErased",
    "PersonKeys",
    "PersonSummary",
    "Projections",
    "Recogniser",
    "RecogniserStopped",
    "Refused",
    "SessionStore",
    "SessionSummary",
    "Sessions",
]
