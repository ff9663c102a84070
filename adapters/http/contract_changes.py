"""What a caller of an older contract would trip over in a newer one.

A caller ignores fields that it does not know, acts on the status and `retry` of a problem whose code it does not know,
and sends no field that it has not heard of; so answers may grow, and requests may ask for less.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from adapters.http.schema_changes import Schemas, resolved

Json = dict[str, Any]  # an OpenAPI document is a tree of JSON


def breaking_changes(released: Json, present: Json) -> list[str]:
    """Empty where every caller of `released` can go on with `present`."""
    return list(_Comparison(released, present).paths())


class _Comparison:
    def __init__(self, released: Json, present: Json) -> None:
        self._released = released
        self._present = present

    def paths(self) -> Iterator[str]:
        for path, item in self._released["paths"].items():
            for method, old in item.items():
                new = self._present["paths"].get(path, {}).get(method)
                where = f"{method.upper()} {path}"
                if new is None:
                    yield f"{where}: the operation is gone"
                else:
                    yield from self._operation(where, old, new)

    def _operation(self, where: str, old: Json, new: Json) -> Iterator[str]:
        roles: list[str] = old.get("x-roles", [])
        if lost := [role for role in roles if role not in new.get("x-roles", roles)]:
            yield f"{where}: the roles {lost} may no longer"
        if not old.get("security") and new.get("security"):
            yield f"{where}: it asks for a credential now"
        yield from self._parameters(where, old, new)
        yield from self._request(where, old, new)
        for status, answer in old["responses"].items():
            if status.startswith("2"):
                yield from self._answer(f"{where} {status}", answer, new["responses"].get(status))

    def _parameters(self, where: str, old: Json, new: Json) -> Iterator[str]:
        before = {(one["in"], one["name"]): one for one in old.get("parameters", ())}
        after = {(one["in"], one["name"]): one for one in new.get("parameters", ())}
        for (kind, name), parameter in after.items():
            known = before.get((kind, name))
            if known is None and parameter.get("required"):
                yield f"{where}: the {kind} parameter {name} is new and required"
            elif known is not None:
                if parameter.get("required") and not known.get("required"):
                    yield f"{where}: the {kind} parameter {name} is required now"
                yield from self._accepts(f"{where} {name}", known["schema"], parameter["schema"])
        for kind, name in before.keys() - after.keys():
            yield f"{where}: the {kind} parameter {name} is gone"

    def _request(self, where: str, old: Json, new: Json) -> Iterator[str]:
        before, after = old.get("requestBody"), new.get("requestBody")
        if after is None:
            return
        if before is None:
            if after.get("required"):
                yield f"{where}: it asks for a body now"
            return
        for media_type, content in before["content"].items():
            if media_type not in after["content"]:
                yield f"{where}: a body of {media_type} is no longer taken"
            else:
                yield from self._accepts(
                    f"{where} body", content.get("schema", {}), after["content"][media_type].get("schema", {})
                )

    def _answer(self, where: str, old: Json, new: Json | None) -> Iterator[str]:
        if new is None:
            yield f"{where}: the status is not answered any more"
            return
        for name, header in old.get("headers", {}).items():
            if _of(self._released, header).get("required") and name not in new.get("headers", {}):
                yield f"{where}: the header {name} is gone"
        for media_type, content in old.get("content", {}).items():
            if media_type not in new.get("content", {}):
                yield f"{where}: {media_type} is not answered any more"
            else:
                yield from self._answers(where, content.get("schema", {}), new["content"][media_type].get("schema", {}))

    def _accepts(self, where: str, old: Json, new: Json) -> Iterator[str]:
        """What fitted `old`, and does not fit `new`."""
        return Schemas(outer=self._present, inner=self._released, says="asked").misfits(where, new, old)

    def _answers(self, where: str, old: Json, new: Json) -> Iterator[str]:
        """What `new` can say, and `old` could not."""
        return Schemas(outer=self._released, inner=self._present, says="answered").misfits(where, old, new)


def _of(document: Json, schema: Json) -> Json:
    return resolved(document, schema)[1]
