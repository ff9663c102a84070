"""What the controllers of sessions, imports and other routes call; adapters/session_wiring.py fills it."""

from __future__ import annotations

from dataclasses import dataclass

from application.attendance import CorrectAttendance, SettleAttendance, WithdrawCorrection
from application.credentials import IssueCredential, RevokeCredentials
from application.import_people import ImportPeople
from application.import_rosters import ImportRosters
from application.import_timetable import ImportTimetable
from application.other_route import CheckInByOtherRoute
from application.ports import AttendanceBook, Sessions, SessionStore
from application.sessions import CancelSession, ChangeRoster, OpenSession, ScheduleSession
from application.station_progress import ReportStationProgress


@dataclass(frozen=True, kw_only=True)
class SessionServices:
    schedule: ScheduleSession
    change_roster: ChangeRoster
    open: OpenSession
    cancel: CancelSession
    correct: CorrectAttendance
    withdraw_correction: WithdrawCorrection
    settle: SettleAttendance
    report_progress: ReportStationProgress
    other_route: CheckInByOtherRoute
    issue_credential: IssueCredential
    revoke_credentials: RevokeCredentials
    import_people: ImportPeople
    import_rosters: ImportRosters
    import_timetable: ImportTimetable
    store: SessionStore
    sessions: Sessions
    attendance: AttendanceBook
