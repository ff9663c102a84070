"""Watches a served application, and writes down every answer that the contract does not document."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from tests.http.documented_answers import Answer, DocumentedAnswers, contract

ASKED_AS = "x-asked-as"
_LARGEST_BODY_BYTES = 4_000_000


class Tally(msgspec.Struct, kw_only=True):
    """`cells`: how often each operation answered each role, `nobody` among them, as `METHOD /path role`.

    `secrets`: how many stood in the logs of the servers, of `log_lines` in all.
    """

    answers: int = 0
    undocumented: list[str] = msgspec.field(default_factory=list)
    cells: dict[str, int] = msgspec.field(default_factory=dict)
    reported: int = 0
    secrets: int = 0
    log_lines: int = 0

    def new_faults(self) -> list[str]:
        """Those that were not reported yet."""
        found, self.reported = self.undocumented[self.reported :], len(self.undocumented)
        return found


TALLY = Tally()


class ContractRecorder:
    """An ASGI application around another. An answer is judged before its last byte is sent."""

    def __init__(self, app: ASGIApp, *, documented: DocumentedAnswers | None = None, tally: Tally = TALLY) -> None:
        self._app = app
        self._documented = documented or contract()
        self._tally = tally

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        started: Message | None = None
        body = bytearray()

        async def watch(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = message
            elif message["type"] == "http.response.body" and started is not None:
                body.extend(message.get("body", b"")[: _LARGEST_BODY_BYTES - len(body)])
                if not message.get("more_body"):
                    self._judge(scope, started, bytes(body))
            await send(message)

        await self._app(scope, receive, watch)

    def _judge(self, scope: Scope, started: Message, body: bytes) -> None:
        assert scope["type"] == ScopeType.HTTP
        assert started["type"] == "http.response.start"
        template = scope.get("path_template")
        answer = Answer(
            method=scope["method"],
            template=template,
            status=started["status"],
            headers={name.decode().lower(): value.decode("latin-1") for name, value in started["headers"]},
            body=body,
        )
        self._tally.answers += 1
        if template is not None:
            # What is public asks nobody who they are: there it is the client who says so.
            asked_as = dict(scope["headers"]).get(ASKED_AS.encode(), b"").decode()
            role = getattr(scope["state"].get("request_record"), "role", None) or asked_as
            cell = f"{answer.method} {template} {role or 'nobody'}"
            self._tally.cells[cell] = self._tally.cells.get(cell, 0) + 1
        self._tally.undocumented.extend(self._documented.faults(answer))


def keep_tally() -> None:
    """Writes the tally into the folder CONTRACT_TALLY, where there is one; each process writes its own file."""
    folder = os.environ.get("CONTRACT_TALLY")
    if folder and TALLY.answers:
        Path(folder, f"{os.getpid()}.json").write_bytes(msgspec.json.encode(TALLY))
