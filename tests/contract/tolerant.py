"""A released contract as its callers read it: answers may have grown, and problems that are new may come."""

from __future__ import annotations

from typing import Any

import msgspec

from adapters.http.schema_changes import resolved

Json = dict[str, Any]  # a tree of JSON
_PROBLEM = "application/problem+json"
_ANY_PROBLEM: Json = {
    "description": "any problem: a caller goes by its status and its `retry`",
    "content": {
        _PROBLEM: {
            "schema": {
                "type": "object",
                "required": ["status", "code", "retry", "sentence"],
                "properties": {
                    "status": {"type": "integer"},
                    "code": {"type": "string"},
                    "retry": {"enum": ["never", "new_capture", "same_request"]},
                    "sentence": {"type": "string"},
                },
            }
        }
    },
}


def as_a_tolerant_caller_reads(released: bytes, present: bytes) -> bytes:
    """Problem codes and headers are open, and so are the statuses at which the present contract has a problem."""
    old: Json = msgspec.json.decode(released)
    new: Json = msgspec.json.decode(present)
    for path, item in old["paths"].items():
        for method, operation in item.items():
            now = new["paths"].get(path, {}).get(method, operation)["responses"]
            kept = {
                status: resolved(old, answer)[1]
                for status, answer in operation["responses"].items()
                if status.startswith("2")
            }
            problems = dict.fromkeys((status for status in now if not status.startswith("2")), _ANY_PROBLEM)
            operation["responses"] = {**kept, **problems}
    for name in ("Problem", "RefusedPhotograph", "CatalogueEntry"):
        if name in old["components"]["schemas"]:
            old["components"]["schemas"][name]["properties"]["code"] = {"type": "string"}
    return msgspec.json.encode(old)
