"""A problem answered outside of routing: no handler was asked, and the answer has the headers of all the others."""

from __future__ import annotations

import msgspec
from litestar.datastructures import Headers
from litestar.types import HTTPScope, Send
from litestar.types.asgi_types import HTTPResponseStartEvent

from adapters.http.errors import described
from adapters.http.problem_document import MEDIA_TYPE, ProblemFacts


async def answer_directly(scope: HTTPScope, send: Send, facts: ProblemFacts) -> None:
    document, told = described(scope, facts, Headers.from_scope(scope).get("accept-language"))
    body = msgspec.json.encode(document)
    told |= {"Content-Type": MEDIA_TYPE, "Content-Length": str(len(body))}
    start: HTTPResponseStartEvent = {
        "type": "http.response.start",
        "status": document.status,
        "headers": [(name.lower().encode(), value.encode()) for name, value in told.items()],
    }
    await send(start)
    await send({"type": "http.response.body", "body": body, "more_body": False})
