"""Attendance over a term: per person, group, session or day; as JSON, or as a file to open or print."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from adapters.http.answer_deadline import AT_LENGTH
from adapters.http.operation import allowed_to
from adapters.http.query_days import DATE
from adapters.http.report_questions import name_of, read_question
from adapters.http.report_schemas import ReportAnswer, report_answer
from adapters.http.services import Services
from adapters.reports.attendance_table import attendance_table
from adapters.reports.files import MEDIA_TYPES, FileKind
from adapters.reports.table import Table
from application.ports import ReportBy

ReportFormat = Literal["json", "csv", "xlsx", "pdf"]


class ReportController(Controller):
    path = "/api/reports"
    tags = ("reports",)

    @get(
        "/attendance",
        operation_id="reportAttendance",
        summary="How often people were present, late, absent or excused, over a term",
        opt={
            **allowed_to(
                "staff", "admin", problems=("window-impossible", "person-not-found"), files=tuple(MEDIA_TYPES.values())
            ),
            **AT_LENGTH,
        },
    )
    async def attendance(
        self,
        services: NamedDependency[Services],
        by: Annotated[ReportBy, QueryParameter(description="what a row is about")] = "person",
        first: Annotated[
            str | None,
            QueryParameter(
                name="from", description="a day in the server's zone; four weeks up to `to` if none", schema_extra=DATE
            ),
        ] = None,
        last: Annotated[
            str | None, QueryParameter(name="to", description="a day, included; today if none", schema_extra=DATE)
        ] = None,
        group: Annotated[
            str | None,
            QueryParameter(
                description="of this group alone: a session's series, else its title",
                min_length=1,
                pattern=r"^[^\x00-\x1f\x7f]+(?!\n)$",
            ),
        ] = None,
        person_id: Annotated[UUID | None, QueryParameter(description="what concerns this person alone")] = None,
        format: Annotated[ReportFormat, QueryParameter(description="of the answer")] = "json",
    ) -> Response[ReportAnswer]:
        question = read_question(services.zone, by=by, first=first, last=last, group=group, person_id=person_id)
        person_name = await name_of(services, person_id)
        report = await services.attendance_reports.report(question)
        if format == "json":
            return Response(report_answer(report))
        return await file_answer(services, attendance_table(report, person_name=person_name), format)


async def file_answer(services: Services, table: Table, kind: FileKind) -> Response[Any]:
    """A file to be kept under a name. `Any`: it stands beside answers that have a schema."""
    return Response(
        await services.files(table, kind),
        media_type=MEDIA_TYPES[kind],
        headers={"Content-Disposition": f'attachment; filename="{table.name}.{kind}"'},
    )
