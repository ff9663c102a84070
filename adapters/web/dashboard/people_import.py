"""Importing people from CSV: first what would happen, with every wrong line by its number; then it happens."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency

from adapters.http.answer_deadline import AT_LENGTH
from adapters.http.auditing import tells_itself
from adapters.http.auth import caller_of
from adapters.http.operation import allowed_to
from adapters.http.services import Services
from adapters.imports.csv_table import FileUnreadable
from adapters.imports.people_csv import parse_people
from adapters.web.file_forms import read_file_form, text_sent
from adapters.web.rendering import page
from application.importing import ImportReport, Parsed, PersonRow

AnyRequest = Request[Any, Any, Any]  # a page's request is typed by nobody
_BODY_BYTES = 10_000_000
_PARTS = 4


@get(["/people/import/", "/people/import/check/"], opt=allowed_to("admin"), include_in_schema=False)
async def import_page(request: AnyRequest) -> Response[str]:
    return _page(request)


@post(
    "/people/import/check/",
    opt={**allowed_to("admin"), **tells_itself(), **AT_LENGTH},
    status_code=200,
    request_max_body_size=_BODY_BYTES,
    include_in_schema=False,
)
async def check_import(request: AnyRequest, services: NamedDependency[Services]) -> Response[str]:
    """Changes nothing, and its page holds the text for the import."""
    read = await _read(request)
    if isinstance(read, Response):
        return read
    text, parsed = read
    return _page(request, text=text, report=await services.sessions.import_people.preview(parsed))


@post(
    "/people/import/",
    opt={**allowed_to("admin"), **AT_LENGTH},
    status_code=200,
    request_max_body_size=_BODY_BYTES,
    include_in_schema=False,
)
async def import_people(request: AnyRequest, services: NamedDependency[Services]) -> Response[str]:
    read = await _read(request)
    if isinstance(read, Response):
        return read
    _, parsed = read
    return _page(request, report=await services.sessions.import_people(parsed), imported=True)


async def _read(request: AnyRequest) -> tuple[str, Parsed[PersonRow]] | Response[str]:
    """The text with what it says, or the page that says why there is none."""
    form = await read_file_form(request, most_parts=_PARTS)
    text = form.fields.get("text", "")
    try:
        text = text_sent(form)
        if not text.strip():
            return _page(request, wrong="Paste lines, or choose a file.", status_code=422)
        return text, parse_people(text)
    except FileUnreadable as error:
        return _page(request, text=text, wrong=f"This cannot be read as CSV: {error}.", status_code=422)


def _page(
    request: AnyRequest,
    *,
    text: str = "",
    report: ImportReport | None = None,
    imported: bool = False,
    wrong: str | None = None,
    status_code: int = 200,
) -> Response[str]:
    return page(
        "people_import.html",
        caller=caller_of(request),
        section="People",
        status_code=status_code,
        text=text,
        report=report,
        imported=imported,
        wrong=wrong,
    )
