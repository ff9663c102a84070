"""A form that sends files (RFC 7578), held in memory alone: no photograph ever touches a disk on its way."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request
from multipart import (  # type: ignore[import-untyped]  # it has no types
    MultipartError,
    MultipartSegment,
    ParserLimitReached,
    PushMultipartParser,
)

from adapters.http.problem_document import HttpProblem, ProblemFacts
from adapters.imports.csv_table import text_of

_MEDIA_TYPE = "multipart/form-data"
_LONGEST_NAME = 200


class SentFile(msgspec.Struct, frozen=True, kw_only=True):
    """`name` is what the browser calls it, without a path."""

    name: str
    content: bytes


class FileForm(msgspec.Struct, frozen=True, kw_only=True):
    """`fields`: the last value of each that is no file. `files`: those that somebody chose, in the form's order."""

    fields: dict[str, str]
    files: list[SentFile]


async def read_file_form(request: Request[Any, Any, Any], *, most_parts: int) -> FileForm:
    """The handler bounds the bytes of the body, `most_parts` what is in it. Raises HttpProblem."""
    media_type, options = request.content_type
    if media_type != _MEDIA_TYPE:
        raise HttpProblem(ProblemFacts(code="unsupported-media-type", detail=f"send Content-Type: {_MEDIA_TYPE}"))
    return file_form(await request.body(), options.get("boundary", ""), most_parts=most_parts)


def file_form(body: bytes, boundary: str, *, most_parts: int) -> FileForm:
    """What was sent, taken apart at `boundary`. Raises HttpProblem."""
    try:
        parts = _parts(body, boundary, most_parts)
        return FileForm(
            fields={part.name or "": content.decode() for part, content in parts if part.filename is None},
            files=[
                SentFile(name=_file_name(part.filename), content=content)
                for part, content in parts
                if part.filename is not None and (part.filename or content)
            ],
        )
    except ParserLimitReached:
        detail = f"a form has at most {most_parts} parts"
        raise HttpProblem(ProblemFacts(code="body-too-large", detail=detail, limit=most_parts, unit="parts")) from None
    except (MultipartError, UnicodeDecodeError):
        raise HttpProblem(ProblemFacts(code="request-malformed", detail="the form cannot be read")) from None


def _parts(body: bytes, boundary: str, most: int) -> list[tuple[MultipartSegment, bytes]]:
    found: list[tuple[MultipartSegment, bytearray]] = []
    with PushMultipartParser(boundary, content_length=len(body), max_segment_count=most, strict=True) as parser:
        for event in parser.parse(body):
            if isinstance(event, MultipartSegment):
                found.append((event, bytearray()))
            elif event is not None:
                found[-1][1].extend(event)
    return [(part, bytes(content)) for part, content in found]


def _file_name(sent: str | None) -> str:
    """Browsers of old send a whole path."""
    name = (sent or "").replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in name if letter.isprintable())[:_LONGEST_NAME] or "photograph"


def text_sent(form: FileForm) -> str:
    """Of the file where one was chosen, else what was pasted. Raises FileUnreadable."""
    return text_of(form.files[0].content) if form.files else form.fields.get("text", "")
