"""Reads one small HTTP/1.1 request from whoever connects, and writes answers that a page on this machine may trust."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

LARGEST_HEAD_BYTES = 8 * 1024
LARGEST_BODY_BYTES = 1024

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Connection": "close",
}


class NotARequest(Exception):
    """What came is not a request that is answered here; `status` says why."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


@dataclass(frozen=True, slots=True)
class WebRequest:
    """Header names are lower-case; `path` is without its query."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class WebAnswer:
    status: HTTPStatus = HTTPStatus.OK
    content_type: str = "text/plain; charset=utf-8"
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def head(self, *, length: int | None) -> bytes:
        """`length`: None for a stream that goes on until it is closed."""
        lines = [f"HTTP/1.1 {self.status.value} {self.status.phrase}", f"Content-Type: {self.content_type}"]
        if length is not None:
            lines.append(f"Content-Length: {length}")
        lines += [f"{name}: {value}" for name, value in (_HEADERS | dict(self.headers)).items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")


def refusal(status: HTTPStatus) -> WebAnswer:
    return WebAnswer(status=status, body=status.phrase.encode())


async def read_request(reader: asyncio.StreamReader) -> WebRequest:
    """Raises `NotARequest`; the caller bounds the time. A reader's limit must be `LARGEST_HEAD_BYTES`."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError as error:
        raise NotARequest(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE) from error
    except asyncio.IncompleteReadError as error:
        raise NotARequest(HTTPStatus.BAD_REQUEST) from error
    method, path, headers = _parse_head(head)
    length = headers.get("content-length", "0")
    if "transfer-encoding" in headers or not length.isascii() or not length.isdecimal():
        raise NotARequest(HTTPStatus.LENGTH_REQUIRED)
    if int(length) > LARGEST_BODY_BYTES:
        raise NotARequest(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    try:
        body = await reader.readexactly(int(length))
    except asyncio.IncompleteReadError as error:
        raise NotARequest(HTTPStatus.BAD_REQUEST) from error
    return WebRequest(method, path, headers, body)


def _parse_head(head: bytes) -> tuple[str, str, dict[str, str]]:
    try:
        first, *rest = head.decode("ascii").split("\r\n")[:-2]
        method, target, version = first.split(" ")
        pairs = [line.split(":", 1) for line in rest]
        headers = {name.lower(): value.strip() for name, value in pairs}
    except ValueError as error:
        raise NotARequest(HTTPStatus.BAD_REQUEST) from error
    if not version.startswith("HTTP/1.") or not target.startswith("/") or len(headers) != len(pairs):
        raise NotARequest(HTTPStatus.BAD_REQUEST)
    return method, target.partition("?")[0], headers
