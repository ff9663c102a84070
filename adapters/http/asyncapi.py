"""The live feed as AsyncAPI 3.0: its channels, and every message that is pushed."""

from __future__ import annotations

from functools import cache
from inspect import cleandoc
from typing import Any, get_args

import msgspec

from adapters.http.examples import example_of
from adapters.http.live import MOST_POSITION, LiveController
from adapters.http.live_sockets import CLOSE_CODES, PROTOCOL_CODES
from adapters.http.openapi import CONTRACT_VERSION
from adapters.http.operation import operation_of
from adapters.http.security_schemes import SECURITY_SCHEMES
from adapters.live.audience import Ending
from adapters.live.feed import FeedTimes
from adapters.live.messages import OwnMessage, StaffMessage

Json = dict[str, Any]  # an AsyncAPI document is a tree of JSON
_DESCRIPTION = f"""What happens, as it happens.

Every message has a `kind` and a `position` in the one global order of events. A position comes at most once, in order;
once it came, whatever the HTTP contract answers shows it. A watcher who comes back with `?after=` and the position that
it was told last goes on there: it misses nothing and is told nothing twice. Without `after`, and after an absence of
very many events, a `snapshot` comes first and takes the place of all that was told before. Then, and about every
{FeedTimes().heartbeat_s:.0f} seconds, comes a `heartbeat`: everything up to its position was told, and silence for
longer means that the connection is dead. Messages may grow: a watcher ignores fields and kinds that it does not know.

Server-Sent Events tell the same; there the position is the event's id, so that a browser resumes by itself. Watchers
send nothing. Without a valid credential, and where the role may not watch, the events answer 401 and 403 with a problem
document of the HTTP contract; a WebSocket is accepted first and then closed, so that a browser can read why. Only what
is no handshake for a feed is refused as such, with a problem document of the HTTP contract."""
_CLOSED: dict[Ending, str] = {
    "restart": "the server is about to stop: come back with the last position",
    "slow": "too much was unsent: come back with the last position",
    "full": "too many watch already, or too many of this person's: come back later",
    "not-ready": "the database cannot be reached: come back later",
    "unasked": "the watcher sent something",
    "malformed": "`after` is no position",
    "unauthenticated": "no credential that is valid, or not any more; a person who was erased",
    "forbidden": "this role may not watch this, or a page of another origin asked",
    "too-often": "this caller, or this address, joined too often in a short time: come back later",
}
_NO_HANDSHAKE = {
    "400": "`request-malformed`: the handshake is not one of RFC 6455, version 13",
    "404": "`not-found`: nothing is at this path; a path of the HTTP contract answers as if no upgrade were asked for",
    "405": "`method-not-allowed`: a feed is asked for with GET, and as a WebSocket",
    "429": "`rate-limited`: too many connections are open from this address",
    "431": "`head-too-large`: the target or the headers are too many bytes",
    "503": "`overloaded`: too many connections are open",
}
_AFTER: Json = {
    "type": "integer",
    "minimum": 0,
    "maximum": MOST_POSITION,
    "description": "resume after this position; without it a snapshot comes first",
}
_FOR_S: Json = {
    "type": "integer",
    "minimum": 0,
    "maximum": 3600,
    "description": "end after so many seconds, and after all that there was to tell",
}
_SECURITY: Json = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "an access token"},
    "session": {
        "type": "httpApiKey",
        "in": "cookie",
        "name": SECURITY_SCHEMES["cookie"]["name"],
        "description": "a signed-in browser; where the server's public URL is not https the name is `facecheckin`",
    },
}


@cache
def asyncapi_document() -> bytes:
    """Indented JSON, the same bytes each time."""
    return msgspec.json.format(msgspec.json.encode(_document()), indent=2) + b"\n"


def message_types() -> dict[str, dict[str, type[msgspec.Struct]]]:
    """What each channel pushes, by the name of the message."""
    own = {kind.__name__: kind for kind in get_args(OwnMessage)}
    staff = {kind.__name__: kind for kind in get_args(StaffMessage)}
    return {"mine": own, "mineEvents": own, "staff": staff, "staffEvents": staff}


def _document() -> Json:
    kinds = {name: kind for messages in message_types().values() for name, kind in messages.items()}
    _, schemas = msgspec.json.schema_components(kinds.values(), ref_template="#/components/schemas/{name}")
    channels = {name: _channel(name, list(messages)) for name, messages in message_types().items()}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "FaceCheckIn live", "version": CONTRACT_VERSION, "description": _DESCRIPTION},
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": {f"tell{name[0].upper()}{name[1:]}": _operation(name) for name in channels},
        "components": {
            "messages": {name: _message(name, kind) for name, kind in sorted(kinds.items())},
            "schemas": {name: _tidy(schema) for name, schema in sorted(schemas.items())},
            "securitySchemes": _SECURITY,
        },
    }


def _channel(name: str, messages: list[str]) -> Json:
    own, events = name.startswith("mine"), name.endswith("Events")
    channel: Json = {
        "address": f"/api/live/{'mine' if own else 'staff'}/{'events/' if events else ''}",
        "title": "A person's own check-ins" if own else "Everybody's check-ins and attendance",
        "summary": "Server-Sent Events" if events else "A WebSocket; every text frame is one message",
        "messages": {message: {"$ref": f"#/components/messages/{message}"} for message in messages},
        "x-roles": _roles(name),
    }
    if not events:
        channel["bindings"] = {"ws": {"method": "GET", "query": _query({"after": _AFTER}), "bindingVersion": "0.1.0"}}
        channel["x-close-codes"] = _close_codes()
        channel["x-handshake-refusals"] = _NO_HANDSHAKE
    return channel


def _operation(channel: str) -> Json:
    operation: Json = {
        "action": "send",
        "channel": {"$ref": f"#/channels/{channel}"},
        "title": f"The server tells {channel}",
        "description": "First a snapshot, or what was missed since `after`; then every change as it happens.",
        "security": [{"$ref": f"#/components/securitySchemes/{scheme}"} for scheme in _SECURITY],
    }
    if channel.endswith("Events"):
        query = _query({"after": _AFTER, "for_s": _FOR_S})
        operation["bindings"] = {"http": {"method": "GET", "query": query, "bindingVersion": "0.3.0"}}
    return operation


def _message(name: str, kind: type[msgspec.Struct]) -> Json:
    return {
        "name": str(kind.__struct_config__.tag),
        "title": name,
        "summary": cleandoc(kind.__doc__ or "").partition("\n")[0],
        "payload": {"$ref": f"#/components/schemas/{name}"},
        "examples": [{"payload": example_of(kind)}],
    }


def _query(properties: Json) -> Json:
    return {"type": "object", "properties": properties}


def _close_codes() -> Json:
    told = {str(code): [sentence] for code, sentence in PROTOCOL_CODES.items()}
    for why, sentence in _CLOSED.items():
        told.setdefault(str(CLOSE_CODES[why]), []).append(sentence)
    return {code: "; or: ".join(sentences) for code, sentences in sorted(told.items())}


def _roles(channel: str) -> list[str]:
    names = {"mine": "mine", "staff": "staff", "mineEvents": "mine_events", "staffEvents": "staff_events"}
    operation = operation_of(getattr(LiveController, names[channel]))
    assert operation is not None
    assert operation.roles is not None
    return sorted(operation.roles)


def _tidy(schema: Json) -> Json:
    return {**schema, "description": cleandoc(schema["description"])} if "description" in schema else schema
