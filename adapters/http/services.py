"""What the controllers call; adapters/wiring.py fills it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

import msgspec

from adapters.http.access_tokens import AccessTokens
from adapters.http.account_services import AccountServices
from adapters.http.admission import Admit
from adapters.http.answer_deadline import ANSWER_WITHIN_S
from adapters.http.policy_services import PolicyServices
from adapters.http.session_services import SessionServices
from adapters.http.station_services import StationServices
from adapters.live.feed import LiveFeed
from adapters.metrics.exposition import Exposition
from adapters.push.push import Push
from adapters.reports.files import FileMaker
from application.change_consent import ChangeConsent
from application.check_in_burst import CheckInBurst
from application.emotion_report import ReportEmotions
from application.enrol_photographs import EnrolPhotographs
from application.erase_person import ErasePerson
from application.export_person import ExportPerson
from application.identify import Identify
from application.ports import AttendanceHistory, AttendanceReports, CheckIns, EventStore, Latencies, People, Reviews
from application.read_emotion import ReadEmotion
from application.register_person import RegisterPerson
from application.review import ReviewCheckIn


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """Which parts can do their work now: the database answers, its schema is current, the models are warm."""

    database: bool
    migrations: bool
    models: bool

    @property
    def missing(self) -> list[str]:
        """The parts that are not ready, by name."""
        return [name for name in self.__struct_fields__ if not getattr(self, name)]


@dataclass(frozen=True, kw_only=True)
class Services:
    """`lifespan` opens what must live on the server's event loop, and closes it after the last request.

    `zone`: the IANA name of the time zone in which people read the dashboard. `push`: None where it is switched off.
    """

    identify: Identify
    read_emotion: ReadEmotion
    check_in_burst: CheckInBurst
    register_person: RegisterPerson
    enrol_photographs: EnrolPhotographs
    erase_person: ErasePerson
    change_consent: ChangeConsent
    export_person: ExportPerson
    report_emotions: ReportEmotions
    sessions: SessionServices
    stations: StationServices
    store: EventStore
    people: People
    check_ins: CheckIns
    tokens: AccessTokens
    ready: Callable[[], Awaitable[Readiness]]
    admit: Admit
    exposition: Exposition
    latencies: Latencies
    review: ReviewCheckIn
    reviews: Reviews
    attendance_history: AttendanceHistory
    attendance_reports: AttendanceReports
    files: FileMaker
    zone: str
    live: LiveFeed
    accounts: AccountServices
    policy: PolicyServices
    push: Push | None = None
    answer_within_s: float = ANSWER_WITHIN_S
    lifespan: tuple[Callable[[], AbstractAsyncContextManager[None]], ...] = ()
