"""The sheet of one session as a table: one row for each person, and when they came."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from adapters.http.session_schemas import AttendanceRow, SessionAnswer
from adapters.reports.files import FileKind
from adapters.reports.table import CountColumn, Table, TextColumn
from adapters.web.dashboard.today import STATUSES


def sheet_table(session: SessionAnswer, rows: Sequence[AttendanceRow], kind: FileKind) -> Table:
    """Times are those of the session's zone. A correction is told by its reason.

    On paper the day stands above; a file that is computed with has it in each row.
    """
    zone = ZoneInfo(session.zone)
    clock = "%H:%M:%S" if kind == "pdf" else "%Y-%m-%d %H:%M:%S"
    starts_at, ends_at = session.starts_at.astimezone(zone), session.ends_at.astimezone(zone)
    by_hand = ["" if row.correction is None else row.correction.reason or "without a reason" for row in rows]
    counts = [f"{session.counts[status]} {status}" for status in STATUSES if session.counts.get(status)]
    return Table(
        name=f"session-{session.session_id}",
        title=session.title,
        about=[
            f"{starts_at:%A} {starts_at.day} {starts_at:%B %Y, %H:%M}–{ends_at:%H:%M}, {session.room}",
            ", ".join(counts) or "Nobody is expected",
            f"Times in {session.zone}",
        ],
        columns=[
            TextColumn(heading="Name", values=[row.name or "Somebody who was erased" for row in rows]),
            TextColumn(heading="User id", values=[row.user_id or "" for row in rows]),
            TextColumn(heading="Status", values=[row.status.capitalize() for row in rows]),
            TextColumn(
                heading="Came",
                values=["" if row.moment is None else row.moment.astimezone(zone).strftime(clock) for row in rows],
            ),
            CountColumn(heading="Check-ins", values=[row.check_ins for row in rows]),
            TextColumn(heading="By hand", values=by_hand),
        ],
    )
