"""From what the use cases of sessions answered to what the contract answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import assert_never
from uuid import UUID

from adapters.http.problem_document import ProblemFacts
from adapters.http.session_schemas import AttendanceRow, CheckedInAnswer, SessionAnswer, SheetAnswer, ShownCorrection
from application.other_route import CheckedIn, CredentialRefused, PersonUnknown, RequestIdReused
from application.ports import AttendanceSheet, PersonSummary, SessionSummary
from application.sessions import SessionNotFound
from domain.attempts import TooManyAttempts
from domain.attendance import Attendance, Status
from domain.session import AttendanceOpen, NotOnRoster, PlanImpossible, Session, SessionOver

SessionRefused = SessionNotFound | SessionOver | PlanImpossible | AttendanceOpen | NotOnRoster
RouteRefused = CredentialRefused | TooManyAttempts | RequestIdReused | PersonUnknown | SessionNotFound


def session_problem(outcome: SessionRefused) -> ProblemFacts:
    match outcome:
        case SessionNotFound():
            return ProblemFacts(code="session-not-found")
        case SessionOver(state=state):
            return ProblemFacts(code="session-over", detail=f"the session is {state}")
        case PlanImpossible(field=field, reason=reason):
            return ProblemFacts(code="session-impossible", detail=f"{field}: {reason}")
        case AttendanceOpen(waiting=waiting):
            return ProblemFacts(code="stations-unreported", detail=f"people who may still be seen: {waiting}")
        case NotOnRoster():
            return ProblemFacts(code="not-on-roster")
        case _:
            assert_never(outcome)


def route_problem(outcome: RouteRefused, now: datetime) -> ProblemFacts:
    match outcome:
        case CredentialRefused():
            return ProblemFacts(code="credential-refused")
        case TooManyAttempts(retry_at=retry_at):
            return ProblemFacts(code="too-many-attempts", retry_after_s=(retry_at - now).total_seconds())
        case RequestIdReused(request_id=request_id):
            return ProblemFacts(code="burst-id-reused", detail=f"{request_id} was another request at this station")
        case PersonUnknown():
            return ProblemFacts(code="candidate-unknown")
        case SessionNotFound():
            return ProblemFacts(code="session-not-found")
        case _:
            assert_never(outcome)


def checked_in_answer(outcome: CheckedIn) -> CheckedInAnswer:
    check_in = outcome.check_in
    assert check_in.route is not None, "it was decided by another route than a face"
    return CheckedInAnswer(
        checkin_id=check_in.id,
        route=check_in.route,
        identity_id=None if check_in.person is None else check_in.person.reveal(),
        name=outcome.name,
    )


def counts_of(sheet: AttendanceSheet | None) -> dict[Status, int]:
    """How many are what, those who were erased since among them."""
    counts: dict[Status, int] = {} if sheet is None else dict(sheet.erased)
    for row in () if sheet is None else sheet.rows:
        counts[row.status] = counts.get(row.status, 0) + 1
    return counts


def session_answer(summary: SessionSummary, sheet: AttendanceSheet | None) -> SessionAnswer:
    """Without a sheet (it was cancelled) nobody is counted."""
    plan, times = summary.plan, summary.plan.times
    return SessionAnswer(
        session_id=summary.id,
        state=summary.state,
        title=plan.title,
        room=plan.room,
        series=plan.series,
        stations=list(plan.stations),
        zone=times.zone,
        opens_at=times.opens_at,
        starts_at=times.starts_at,
        late_after=times.late_after,
        ends_at=times.ends_at,
        rostered=summary.rostered,
        counts=counts_of(sheet),
    )


def summary_of(session: Session) -> SessionSummary:
    return SessionSummary(
        id=session.id,
        state=session.state,
        plan=session.plan,
        rostered=len(session.people) + session.erased,
    )


def sheet_answer(session: Session, sheet: AttendanceSheet | None, people: Mapping[UUID, PersonSummary]) -> SheetAnswer:
    rows = () if sheet is None else sheet.rows
    return SheetAnswer(
        session=session_answer(summary_of(session), sheet),
        reported=sheet is not None and sheet.reported,
        attendance=[_row(session, row, people.get(row.person)) for row in rows],
    )


def _row(session: Session, row: Attendance, person: PersonSummary | None) -> AttendanceRow:
    correction = session.corrections.get(row.person)
    shown = None
    if correction is not None:
        shown = ShownCorrection(
            status=correction.status, reason=correction.reason.reveal(), author=correction.author, at=correction.at
        )
    return AttendanceRow(
        person_id=row.person,
        user_id=None if person is None else person.user_id,
        name=None if person is None else person.name,
        status=row.status,
        checkin_id=row.check_in,
        moment=row.moment,
        check_ins=row.check_ins,
        correction=shown,
    )
