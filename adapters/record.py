"""Opens the record: the event store, the read models and the thread that projects them, over one database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from adapters.database import Database
from adapters.event_store.erasures import PostgresErasures
from adapters.event_store.group_commit import GroupCommit
from adapters.event_store.holdings import PostgresHoldings
from adapters.event_store.key_ring import KeyRing
from adapters.event_store.mapper import SealingMapper
from adapters.event_store.position_board import PositionBoard
from adapters.event_store.projections import Projector
from adapters.event_store.read_model import ReadModel
from adapters.event_store.store import PostgresEventStore
from adapters.read_models.accounts import AccountsProjection
from adapters.read_models.attendance import AttendanceProjection
from adapters.read_models.attendance_sheets import PostgresAttendance
from adapters.read_models.audit import AuditProjection
from adapters.read_models.check_in_status import CheckInStatus, CheckInStatusProjection
from adapters.read_models.credentials import CredentialsProjection, PostgresCredentials
from adapters.read_models.emotion import EmotionProjection
from adapters.read_models.emotion_groups import PostgresEmotions
from adapters.read_models.gallery import GalleryProjection, PostgresGallery
from adapters.read_models.last_seen import LastSeenProjection, PostgresLastSeen
from adapters.read_models.latency import LatencyProjection, PostgresLatencies
from adapters.read_models.people import PeopleProjection, PostgresPeople
from adapters.read_models.push_subscriptions import PushSubscriptionsProjection
from adapters.read_models.review import PostgresReviews, ReviewProjection
from adapters.read_models.score import ScoreProjection
from adapters.read_models.sessions import PostgresSessions, SessionsProjection
from adapters.read_models.stations import StationsProjection


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the use cases need of the database, each part as its port in application.ports."""

    store: PostgresEventStore
    gallery: PostgresGallery
    people: PostgresPeople
    check_ins: CheckInStatus
    sessions: PostgresSessions
    attendance: PostgresAttendance
    credentials: PostgresCredentials
    emotions: PostgresEmotions
    reviews: PostgresReviews
    erasures: PostgresErasures
    holdings: PostgresHoldings
    last_seen: PostgresLastSeen
    latencies: PostgresLatencies
    projections: PositionBoard
    keys: KeyRing
    projector: Projector
    database: Database


def read_models() -> list[ReadModel]:
    """Every read model, in the order in which they take a page."""
    return [
        PeopleProjection(),
        GalleryProjection(),
        CredentialsProjection(),
        PushSubscriptionsProjection(),
        CheckInStatusProjection(),
        SessionsProjection(),
        AttendanceProjection(),
        LastSeenProjection(),
        LatencyProjection(),
        EmotionProjection(),
        ReviewProjection(),
        ScoreProjection(),
        AccountsProjection(),
        AuditProjection(),
        StationsProjection(),
    ]


@asynccontextmanager
async def open_record(dsn: str, key_file: Path) -> AsyncIterator[Record]:
    """For the running event loop. The database must be migrated (`adapters.event_store.migrate.migrate`).

    Any number of processes may open the same one. Leaving saves what is queued and ends the projecting thread.
    Raises KeysUnavailable where the key file is not this database's.
    """
    keys = await asyncio.to_thread(KeyRing, dsn, key_file)
    mapper = SealingMapper(keys)
    projector = Projector(dsn, read_models(), mapper, keys)
    try:
        await asyncio.to_thread(keys.open)
        projector.start()
        async with Database(dsn) as database, GroupCommit(dsn) as writer:
            yield Record(
                store=PostgresEventStore(database, writer, keys, mapper),
                gallery=PostgresGallery(database),
                people=PostgresPeople(database),
                check_ins=CheckInStatus(database),
                sessions=PostgresSessions(database),
                attendance=PostgresAttendance(database),
                credentials=PostgresCredentials(database, keys),
                emotions=PostgresEmotions(database),
                reviews=PostgresReviews(database),
                erasures=PostgresErasures(database, keys),
                holdings=PostgresHoldings(database, keys, mapper),
                last_seen=PostgresLastSeen(database),
                latencies=PostgresLatencies(database),
                projections=projector.board,
                keys=keys,
                projector=projector,
                database=database,
            )
    finally:
        await asyncio.to_thread(projector.stop)
        keys.close()
