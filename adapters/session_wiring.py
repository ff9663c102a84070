"""Joins the use cases of sessions, attendance and imports over an open record."""

from __future__ import annotations

from uuid import uuid4

from adapters.http.session_services import SessionServices
from adapters.record import Record
from application.attendance import CorrectAttendance, SettleAttendance, WithdrawCorrection
from application.credentials import IssueCredential, RevokeCredentials
from application.import_people import ImportPeople
from application.import_rosters import ImportRosters
from application.import_timetable import ImportTimetable
from application.other_route import CheckInByOtherRoute
from application.ports import Clock
from application.register_person import RegisterPerson
from application.sessions import CancelSession, ChangeRoster, OpenSession, ScheduleSession
from application.station_progress import ReportStationProgress


def join_sessions(record: Record, clock: Clock) -> SessionServices:
    store, people, projections = record.store, record.people, record.projections
    schedule = ScheduleSession(store=store, projections=projections, clock=clock)
    change_roster = ChangeRoster(store=store, projections=projections, clock=clock)
    cancel = CancelSession(store=store, projections=projections, clock=clock)
    settle = SettleAttendance(store=store, book=record.attendance, projections=projections, clock=clock)
    register = RegisterPerson(store=store, people=people, projections=projections, clock=clock, new_id=uuid4)
    return SessionServices(
        schedule=schedule,
        change_roster=change_roster,
        open=OpenSession(store=store, projections=projections, clock=clock),
        cancel=cancel,
        correct=CorrectAttendance(store=store, projections=projections, clock=clock),
        withdraw_correction=WithdrawCorrection(store=store, settle=settle, projections=projections, clock=clock),
        settle=settle,
        report_progress=ReportStationProgress(store=store, clock=clock),
        other_route=CheckInByOtherRoute(
            store=store,
            sessions=store,
            people=people,
            credentials=record.credentials,
            projections=projections,
            clock=clock,
        ),
        issue_credential=IssueCredential(store=store, credentials=record.credentials),
        revoke_credentials=RevokeCredentials(store=store, credentials=record.credentials),
        import_people=ImportPeople(register=register, store=store, people=people, clock=clock),
        import_rosters=ImportRosters(
            change_roster=change_roster, sessions=record.sessions, people=people, projections=projections
        ),
        import_timetable=ImportTimetable(
            schedule=schedule, cancel=cancel, store=store, projections=projections, clock=clock
        ),
        store=store,
        sessions=record.sessions,
        attendance=record.attendance,
    )
