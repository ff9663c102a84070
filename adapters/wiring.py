"""The one place where the parts are joined: settings in, a server or a command's services out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import numpy as np
import psycopg

from adapters.account_wiring import join_accounts
from adapters.clock import SystemClock
from adapters.data_subjects import DataSubjects, join_data_subjects
from adapters.database import Database
from adapters.embedded_postgres import DatabaseUnavailable, EmbeddedPostgres
from adapters.event_store import key_rotation
from adapters.event_store.key_file import KeysUnavailable
from adapters.event_store.key_rotation import KeysChecked
from adapters.event_store.migrate import DatabaseIsNewer, MigrationChanged, migrate
from adapters.http.access_tokens import AccessTokens
from adapters.http.account_services import AccountServices
from adapters.http.services import Readiness, Services
from adapters.http.session_services import SessionServices
from adapters.live.feed import LiveFeed
from adapters.metrics.exposition import Exposition
from adapters.metrics.measured_recogniser import MeasuredRecogniser
from adapters.metrics.metrics import Metrics
from adapters.metrics.record_watch import RecordWatch
from adapters.policy_wiring import join_policy, recorded_policies
from adapters.push_wiring import join_push
from adapters.read_models.attendance_history import PostgresAttendanceHistory
from adapters.read_models.attendance_reports import PostgresAttendanceReports
from adapters.read_models.people import PostgresPeople
from adapters.record import Record, open_record
from adapters.reports.files import FileMaker
from adapters.session_wiring import join_sessions
from adapters.settings import Settings
from adapters.station_wiring import join_stations
from application.check_in_burst import CheckInBurst
from application.emotion_report import ReportEmotions
from application.enrol_photographs import EnrolPhotographs
from application.expire import ExpireUndecided
from application.identify import Identify
from application.in_flight import InFlight
from application.ports import Look
from application.read_emotion import ReadEmotion
from application.register_person import RegisterPerson
from application.review import ReviewCheckIn
from domain.error_rates import Genuine, Impostors, MeasuredDistances
from domain.face import Box
from inference.opening import open_worker
from inference.thresholds import Calibration, NotCalibrated, calibrations
from inference.weights import ModelError, ModelStore
from inference.weights.artefacts import REQUIRED
from inference.weights.progress import Progress
from inference.weights.store import Listed
from inference.worker import InferenceWorker

if TYPE_CHECKING:
    from inference.weights.verification import Verdict

ModelProgress = Progress
OpenRecogniser = Callable[[Settings], InferenceWorker]
"""What a server judges pixels with, yet to be started."""

OPERATOR_ERRORS = (
    DatabaseIsNewer,
    DatabaseUnavailable,
    KeysUnavailable,
    MigrationChanged,
    ModelError,
    NotCalibrated,
    psycopg.OperationalError,
)
"""What an operator can mend; each says how in a sentence."""

READY_WITHIN_S = 1.0


def require_models(settings: Settings) -> None:
    """Raises ModelError, whose sentence says what to run, unless all that a server needs are there."""
    ModelStore(settings.models_dir).require()


def list_models(settings: Settings) -> list[Listed]:
    return ModelStore(settings.models_dir).list()


def fetch_models(settings: Settings, names: Sequence[str], report: Callable[[ModelProgress], None]) -> list[str]:
    """What was missing of `names` (of all that a server needs where none are named) and is there now."""
    from inference.weights.fetching import fetch  # the conversion needs torch, which serving does without

    return fetch(ModelStore(settings.models_dir), names or REQUIRED, report)


def import_models(settings: Settings, folder: Path, report: Callable[[ModelProgress], None]) -> list[str]:
    from inference.weights.fetching import import_folder

    return import_folder(ModelStore(settings.models_dir), folder, report)


def verify_models(settings: Settings) -> list[Verdict]:
    from inference.weights.verification import verify

    return verify(ModelStore(settings.models_dir))


def calibration_of(model: str) -> Calibration | None:
    """What was measured of an identity model's version, None where nothing was."""
    return calibrations().get(model)


def measured_distances(model: str) -> MeasuredDistances | None:
    """What a calibration measured of an identity model's version, None where there is none."""
    calibration = calibration_of(model)
    if calibration is None:
        return None
    measurement = calibration.measurement
    mean, deviation = measurement.impostor_distance
    own_mean, own_deviation = measurement.genuine_distance
    return MeasuredDistances(
        model=model,
        impostors=Impostors(mean=mean, deviation=deviation, pairs=measurement.impostor_pairs),
        genuine=Genuine(mean=own_mean, deviation=own_deviation, pairs=measurement.genuine_pairs),
    )


@contextmanager
def open_database(settings: Settings) -> Iterator[str]:
    """The DSN of the database in use: the given one, or the embedded server, which is given up on leaving."""
    if settings.database_url is not None:
        yield settings.database_url
        return
    with EmbeddedPostgres(settings.postgres_dir) as dsn:
        yield dsn


def migrate_database(settings: Settings) -> list[str]:
    """The names of the migrations that were applied."""
    with open_database(settings) as dsn:
        return migrate(dsn)


@asynccontextmanager
async def open_tokens(settings: Settings) -> AsyncIterator[AccessTokens]:
    async with _open_database(settings) as database:
        yield AccessTokens(database)


@asynccontextmanager
async def open_people(settings: Settings) -> AsyncIterator[PostgresPeople]:
    async with _open_database(settings) as database:
        yield PostgresPeople(database)


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[Services]:
    """The use cases over an open record and warm models, for the running event loop."""
    worker = recogniser(settings)
    with open_database(settings) as dsn:
        await asyncio.to_thread(migrate, dsn)
        async with open_record(dsn, settings.keys_file) as record:
            await worker.start()
            try:
                yield join(settings, record, worker)
            finally:
                await worker.stop()


@asynccontextmanager
async def open_sessions(settings: Settings) -> AsyncIterator[tuple[SessionServices, Record]]:
    """What can be done with sessions, for the running event loop: it needs no models."""
    with open_database(settings) as dsn:
        await asyncio.to_thread(migrate, dsn)
        async with open_record(dsn, settings.keys_file) as record:
            yield join_sessions(record, SystemClock()), record


@asynccontextmanager
async def open_accounts(settings: Settings) -> AsyncIterator[AccountServices]:
    """What can be done with accounts, for the running event loop: it needs no models."""
    with open_database(settings) as dsn:
        await asyncio.to_thread(migrate, dsn)
        async with open_record(dsn, settings.keys_file) as record:
            yield join_accounts(settings, record)


@asynccontextmanager
async def open_data_subjects(settings: Settings) -> AsyncIterator[DataSubjects]:
    """What can be done with a person's data, for the running event loop: it needs no models."""
    with open_database(settings) as dsn:
        await asyncio.to_thread(migrate, dsn)
        async with open_record(dsn, settings.keys_file) as record:
            yield join_data_subjects(settings, record)


def rotate_keys(settings: Settings) -> int:
    """How many people's keys were wrapped anew. Raises KeysUnavailable."""
    with open_database(settings) as dsn:
        migrate(dsn)
        return key_rotation.rotate(dsn, settings.keys_file)


def check_keys(settings: Settings) -> KeysChecked:
    """Raises KeysUnavailable."""
    with open_database(settings) as dsn:
        migrate(dsn)
        return key_rotation.check(dsn, settings.keys_file)


def face_finder(settings: Settings) -> Callable[[bytes], Box | None]:
    """Finds the one face of a JPEG that could be enrolled with; None where there is none."""
    from inference.assembly import open_engine  # a server runs its networks in a process of their own

    engine = open_engine(ModelStore(settings.models_dir), settings.identity_model)
    nobody = np.empty((0, 0), np.float32)

    def find(jpeg: bytes) -> Box | None:
        seen = engine.look(jpeg, nobody)
        return seen.box if isinstance(seen, Look) else None

    return find


def recogniser(settings: Settings) -> InferenceWorker:
    """Yet to be started. Raises NotCalibrated, ModelError."""
    store = ModelStore(settings.models_dir)
    return open_worker(store, settings.identity_model, queue_size=settings.queue_size)


def join(settings: Settings, record: Record, worker: InferenceWorker) -> Services:
    clock = SystemClock()
    policies = recorded_policies(settings, record)
    subjects = join_data_subjects(settings, record, policies=policies)
    live = LiveFeed(record.database, record.keys, clock=clock)
    metrics = Metrics()
    measured = MeasuredRecogniser(worker, metrics)
    push = None if settings.push is None else join_push(settings.push, settings.keys_file, record, metrics)
    watch = RecordWatch(metrics, list(record.projections.positions))
    record.store.watch(watch.appended)
    record.projections.watch(watch.moved)
    identify = Identify(
        store=record.store,
        recogniser=measured,
        gallery=record.gallery,
        people=record.people,
        policies=policies,
        clock=clock,
    )
    asking: InFlight[object] = InFlight()
    read_emotion = ReadEmotion(store=record.store, recogniser=measured, policies=policies, clock=clock)

    async def ready() -> Readiness:
        return Readiness(database=await database_answers(record.database, asking), migrations=True, models=worker.ready)

    return Services(
        identify=identify,
        read_emotion=read_emotion,
        check_in_burst=CheckInBurst(identify, read_emotion),
        register_person=RegisterPerson(
            store=record.store, people=record.people, projections=record.projections, clock=clock, new_id=uuid4
        ),
        enrol_photographs=EnrolPhotographs(
            store=record.store,
            recogniser=measured,
            gallery=record.gallery,
            policies=policies,
            projections=record.projections,
            clock=clock,
            new_id=uuid4,
        ),
        erase_person=subjects.erase_person,
        change_consent=subjects.change_consent,
        export_person=subjects.export_person,
        report_emotions=ReportEmotions(emotions=record.emotions, policies=policies),
        sessions=join_sessions(record, clock),
        stations=join_stations(record, clock),
        store=record.store,
        people=record.people,
        check_ins=record.check_ins,
        tokens=AccessTokens(record.database),
        ready=ready,
        live=live,
        push=push,
        lifespan=(live.running,) if push is None else (live.running, push.sender.running),
        accounts=join_accounts(settings, record, clock),
        policy=join_policy(
            record, policies, worker, subjects.apply_retention, measured_distances(worker.thresholds.model), clock
        ),
        admit=lambda backlog: worker.admit(backlog=backlog),
        latencies=record.latencies,
        review=ReviewCheckIn(store=record.store, people=record.people, projections=record.projections, clock=clock),
        reviews=record.reviews,
        attendance_history=PostgresAttendanceHistory(record.database),
        attendance_reports=PostgresAttendanceReports(record.database),
        files=FileMaker(),
        zone=settings.zone,
        answer_within_s=settings.answer_within_s,
        exposition=Exposition(
            metrics,
            record.database,
            worker,
            live.figures,
            lambda: len(identify.in_flight) + len(read_emotion.in_flight),
        ),
    )


async def database_answers(database: Database, asking: InFlight[object], *, within_s: float = READY_WITHIN_S) -> bool:
    """Whoever asks meanwhile shares the question, and leaves it: one that is unanswered takes long to give up."""
    try:
        async with asyncio.timeout(within_s):
            await asking.run("ready", lambda: database.fetch("SELECT 1"))
    except (psycopg.Error, TimeoutError):
        return False
    return True


def expire_undecided(settings: Settings, record: Record) -> ExpireUndecided:
    return ExpireUndecided(
        store=record.store, check_ins=record.check_ins, clock=SystemClock(), after_s=settings.expire_after_s
    )


@asynccontextmanager
async def _open_database(settings: Settings) -> AsyncIterator[Database]:
    """Migrated, for the running event loop."""
    with open_database(settings) as dsn:
        await asyncio.to_thread(migrate, dsn)
        async with Database(dsn) as database:
            yield database
