"""The forms of the pages: with files (RFC 7578), and URL-encoded."""

from __future__ import annotations

import msgspec

from adapters.http.account_schemas import AccountRequest
from adapters.http.people_schemas import RegisterRequest
from adapters.http.problem_document import HttpProblem
from adapters.web.file_forms import file_form
from adapters.web.forms import as_declared, form_fields

LONGEST_BYTES = 3_000
WORDS = ("--door", "filename=", "filename*=utf-8''", "name=", "Content-Type:", "Content-Disposition:", "form-data")
_MOST_PARTS = 4
_REFUSED = {"request-malformed", "body-too-large"}


def attack(given: bytes) -> None:
    """The first line is the boundary; without one it is a form without files."""
    boundary, _, body = given.partition(b"\n")
    try:
        if boundary:
            form = file_form(body, boundary.decode("latin-1"), most_parts=_MOST_PARTS)
            assert len(form.files) + len(form.fields) <= _MOST_PARTS
            assert sum(len(one.content) for one in form.files) <= len(body)
            assert all(one.name.isprintable() and "/" not in one.name for one in form.files)
        else:
            fields = form_fields(body)
            for declared in (AccountRequest, RegisterRequest):
                assert isinstance(as_declared(fields, declared), msgspec.Struct)
    except HttpProblem as problem:
        assert problem.facts.code in _REFUSED


def seeds() -> list[bytes]:
    part = 'Content-Disposition: form-data; name="{}"{}\r\n{}\r\n{}\r\n'
    file = part.format("photographs", '; filename="C:\\\\faces\\\\ada.jpg"', "Content-Type: image/jpeg\r\n", "JPEG")
    field = part.format("name", "", "", "Ada")
    return [
        f"door\n--door\r\n{file}--door\r\n{field}--door--\r\n".encode(),
        f"door\n--door\r\n{field}--door--".encode(),
        "door\n--door\r\n{}--door--\r\n".format("--door\r\n".join([field] * 5)).encode(),
        b"door\n--door\r\nContent-Disposition: form-data; name*=utf-8''n%C3%A4me\r\n\r\nx\r\n--door--\r\n",
        b"\nname=Ada&role=admin",
        b"\nuser_id=u-1&name=Ada+L&consents=face&consents=emotion",
    ]
