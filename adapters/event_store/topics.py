"""The published names of our events: a topic with a version for each, and how an old version becomes current."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from domain import account, attempts, audit, check_in, person, policy, session_events, station, station_events
from domain.account import AccountEvent
from domain.attempts import AttemptEvent
from domain.audit import AuditEvent
from domain.check_in import CheckInEvent
from domain.person import PersonEvent
from domain.policy import PolicyEvent
from domain.session_events import SessionEvent
from domain.station import StationEvent

Event = (
    CheckInEvent | PersonEvent | SessionEvent | StationEvent | AttemptEvent | AccountEvent | AuditEvent | PolicyEvent
)
# `Any`: the fields of a version that no struct describes any more.
Fields = dict[str, Any]
Upcaster = Callable[[Fields], tuple[str, Fields]]


class TopicUnknown(Exception):
    """An event of a topic that this program does not know."""


class Topics(msgspec.Struct, frozen=True):
    """`current`: the event of each topic that is written. `upcasters`: from a topic no longer written, one step on."""

    current: Mapping[str, type[Event]]
    upcasters: Mapping[str, Upcaster] = {}

    def topic_of(self, event: type[Event]) -> str:
        for topic, kind in self.current.items():
            if kind is event:
                return topic
        raise TopicUnknown(f"{event.__qualname__} has no topic")

    def upcast(self, topic: str, fields: Fields) -> tuple[type[Event], Fields]:
        """The fields as the current event of their line has them."""
        while topic not in self.current:
            if topic not in self.upcasters:
                raise TopicUnknown(f"{topic} is neither current nor upcast")
            topic, fields = self.upcasters[topic](fields)
        return self.current[topic], fields

    def stored_as(self, events: Iterable[type[Event]]) -> frozenset[str]:
        """Every topic under which these events may be found, old versions included."""
        lines = {_line(self.topic_of(event)) for event in events}
        return frozenset(topic for topic in (*self.current, *self.upcasters) if _line(topic) in lines)


def _line(topic: str) -> str:
    """`checkin.started.v1` and `checkin.started.v2` are one line."""
    return topic.rpartition(".")[0]


TOPICS = Topics(
    current={
        "checkin.started.v1": check_in.Started,
        "checkin.identity_matched.v1": check_in.IdentityMatched,
        "checkin.identified_by_other_route.v1": check_in.IdentifiedByOtherRoute,
        "checkin.identity_rejected.v1": check_in.IdentityRejected,
        "checkin.capture_refused.v1": check_in.CaptureRefused,
        "checkin.emotion_recognised.v1": check_in.EmotionRecognised,
        "checkin.emotion_capture_refused.v1": check_in.EmotionCaptureRefused,
        "checkin.emotion_declined.v1": check_in.EmotionDeclined,
        "checkin.completed.v1": check_in.Completed,
        "checkin.expired.v1": check_in.Expired,
        "checkin.reassigned.v1": check_in.Reassigned,
        "checkin.match_denied.v1": check_in.MatchDenied,
        "checkin.dismissed.v1": check_in.Dismissed,
        "person.registered.v1": person.Registered,
        "person.consent_given.v1": person.ConsentGiven,
        "person.consent_withdrawn.v1": person.ConsentWithdrawn,
        "person.face_enrolled.v1": person.FaceEnrolled,
        "person.face_removed.v1": person.FaceRemoved,
        "person.erased.v1": person.Erased,
        "session.scheduled.v1": session_events.Scheduled,
        "session.rescheduled.v1": session_events.Rescheduled,
        "session.roster_changed.v1": session_events.RosterChanged,
        "session.opened.v1": session_events.Opened,
        "session.closed.v1": session_events.Closed,
        "session.cancelled.v1": session_events.Cancelled,
        "session.attendance_revised.v1": session_events.AttendanceRevised,
        "session.attendance_corrected.v1": session_events.AttendanceCorrected,
        "session.correction_withdrawn.v1": session_events.CorrectionWithdrawn,
        "station.reported.v1": station.StationReported,
        "station.pairing_requested.v1": station_events.PairingRequested,
        "station.pairing_refused.v1": station_events.PairingRefused,
        "station.paired.v1": station_events.Paired,
        "station.key_rotated.v1": station_events.KeyRotated,
        "station.moved.v1": station_events.Moved,
        "station.settings_changed.v1": station_events.SettingsChanged,
        "station.revoked.v1": station_events.Revoked,
        "attempt.made.v1": attempts.Attempted,
        "account.created.v1": account.AccountCreated,
        "account.role_changed.v1": account.RoleChanged,
        "account.last_admin_kept.v1": account.LastAdminKept,
        "account.password_changed.v1": account.PasswordChanged,
        "account.password_withdrawn.v1": account.PasswordWithdrawn,
        "account.disabled.v1": account.AccountDisabled,
        "account.enabled.v1": account.AccountEnabled,
        "audit.recorded.v1": audit.ActionRecorded,
        "policy.changed.v1": policy.PolicyChanged,
    }
)
