"""The sheet of one session as a table: one row for each person, and when they came."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from adapters.http.session_schemas import AttendanceRow, SessionAnswer
from adapters.reports.table import CountColumn, Table, TextColumn


def sheet_table(session: SessionAnswer, rows: Sequence[AttendanceRow]) -> Table:
    """Times are those of the session's zone. A correction is told by its reason."""
    zone = ZoneInfo(session.zone)
    came = ["" if row.moment is None else f"{row.moment.astimezone(zone):%Y-%m-%d %H:%M:%S}" for row in rows]
    by_hand = ["" if row.correction is None else row.correction.reason or "yes" for row in rows]
    return Table(
        name=f"session-{session.session_id}",
        title=session.title,
        about=[f"{session.room}, {session.starts_at.astimezone(zone):%Y-%m-%d %H:%M}", f"Times in {session.zone}"],
        columns=[
            TextColumn(heading="User id", values=[row.user_id or "" for row in rows]),
            TextColumn(heading="Name", values=[row.name or "" for row in rows]),
            TextColumn(heading="Status", values=[row.status for row in rows]),
            TextColumn(heading="Came", values=came),
            CountColumn(heading="Check-ins", values=[row.check_ins for row in rows]),
            TextColumn(heading="By hand", values=by_hand),
        ],
    )
