"""Whether everything that fits one JSON Schema fits another, as far as the contract's schemas go."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from adapters.visible_text import VISIBLE_TEXT

Json = dict[str, Any]  # a schema is a tree of JSON
# A caller falls back on `status` and `retry` for a code that is new to it.
_OPEN_ENUMS = frozenset({"Problem/code", "RefusedPhotograph/code", "CatalogueEntry/code"})
# The outer bound must be at most the inner one, or at least.
_LOWER = ("minLength", "minItems", "minimum", "exclusiveMinimum", "minProperties")
_UPPER = ("maxLength", "maxItems", "maximum", "exclusiveMaximum", "maxProperties")
_SAME = ("pattern", "format", "contentEncoding")
# What is refused since, though it was let in: characters in names that turned the text of a screen about.
_TIGHTENED = {r"^[^\x00-\x20\x7f-\xa0](?:[^\x00-\x1f\x7f-\x9f]*[^\x00-\x20\x7f-\xa0])?(?!\n)$": VISIBLE_TEXT}
_ALL_TYPES = frozenset({"string", "number", "integer", "boolean", "null", "object", "array"})


def resolved(document: Json, schema: Json) -> tuple[str, Json]:
    """What a schema, header or response refers to, with the name it has among the components."""
    name = ""
    while "$ref" in schema:
        found: Json = document
        for step in schema["$ref"].split("/")[1:]:
            found = found[step]
        name, schema = schema["$ref"].rpartition("/")[2], found
    return name, schema


class Schemas:
    """Two documents: what is `asked` of a caller grew tighter, or what they are `answered` grew wider."""

    def __init__(self, *, outer: Json, inner: Json, says: Literal["asked", "answered"]) -> None:
        self._outer = outer
        self._inner = inner
        self._says = says
        self._seen: set[tuple[str, str]] = set()

    def misfits(self, where: str, outer: Json, inner: Json) -> Iterator[str]:
        """Each way in which something fits `inner` and not `outer`."""
        outer_name, outer = resolved(self._outer, outer)
        inner_name, inner = resolved(self._inner, inner)
        if outer_name and inner_name:
            if (outer_name, inner_name) in self._seen:
                return
            self._seen.add((outer_name, inner_name))
        choices = [resolved(self._outer, one) for one in _choices(outer)]
        for _, inside in (resolved(self._inner, one) for one in _choices(inner)):
            alike = [(name, one) for name, one in choices if _types(inside) <= _types(one)]
            tried = [self._one(where, name or outer_name, one, inside) for name, one in alike or choices]
            if all(tried):
                yield from min(tried, key=len)

    def _one(self, where: str, name: str, outer: Json, inner: Json) -> list[str]:
        if not _types(inner) <= _types(outer):
            return [f"{where}: {'/'.join(sorted(_types(inner)))} instead of {'/'.join(sorted(_types(outer)))}"]
        return [
            *self._values(where, name, outer, inner),
            *_bounds(where, outer, inner),
            *self._fields(where, name, outer, inner),
            *self._items(where, outer, inner),
        ]

    def _values(self, where: str, name: str, outer: Json, inner: Json) -> Iterator[str]:
        allowed, possible = _enum(outer), _enum(inner)
        if allowed is None or (self._says == "answered" and name in _OPEN_ENUMS):
            return
        if possible is None:
            yield f"{where}: only {sorted(map(str, allowed))} is taken"
        elif extra := [value for value in possible if value not in allowed]:
            verb = "no longer taken" if self._says == "asked" else "new among the answers"
            yield f"{where}: {extra} is {verb}"

    def _fields(self, where: str, name: str, outer: Json, inner: Json) -> Iterator[str]:
        before, after = outer.get("properties", {}), inner.get("properties", {})
        for field in outer.get("required", ()):
            if field not in inner.get("required", ()):
                verb = "is required now" if self._says == "asked" else "is gone, or may be missing"
                yield f"{where}: the field {field} {verb}"
        if self._says == "answered":
            lost = before.keys() - after.keys() - set(outer.get("required", ()))
            yield from (f"{where}: the field {field} is gone" for field in sorted(lost))
        elif outer.get("additionalProperties") is False:
            yield from (f"{where}: the field {field} is not known any more" for field in sorted(after - before.keys()))
        for field in before.keys() & after.keys():
            yield from self._field(f"{where}.{field}", f"{name}/{field}", before[field], after[field])
        if isinstance(outer.get("additionalProperties"), dict) and isinstance(inner.get("additionalProperties"), dict):
            yield from self.misfits(f"{where}.*", outer["additionalProperties"], inner["additionalProperties"])

    def _field(self, where: str, name: str, outer: Json, inner: Json) -> Iterator[str]:
        if self._says == "answered" and name in _OPEN_ENUMS:
            return
        yield from self.misfits(where, outer, inner)

    def _items(self, where: str, outer: Json, inner: Json) -> Iterator[str]:
        if isinstance(outer.get("items"), dict):
            yield from self.misfits(f"{where}[]", outer["items"], inner.get("items", {}))


def _choices(schema: Json) -> list[Json]:
    choices: list[Json] = schema.get("anyOf") or schema.get("oneOf") or [schema]
    return choices


def _types(schema: Json) -> frozenset[str]:
    given = schema.get("type")
    if given is None:
        values = _enum(schema)
        return _ALL_TYPES if values is None else frozenset(map(_type_of, values))
    types = frozenset([given] if isinstance(given, str) else given)
    return types | {"integer"} if "number" in types else types


def _type_of(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    return "string" if isinstance(value, str) else "integer"


def _enum(schema: Json) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    return schema.get("enum")


def _bounds(where: str, outer: Json, inner: Json) -> Iterator[str]:
    for key in _LOWER:
        if key in outer and inner.get(key, float("-inf")) < outer[key]:
            yield f"{where}: {key} {outer[key]} instead of {inner.get(key)}"
    for key in _UPPER:
        if key in outer and inner.get(key, float("inf")) > outer[key]:
            yield f"{where}: {key} {outer[key]} instead of {inner.get(key)}"
    for key in _SAME:
        known = inner.get(key)
        if key in outer and outer[key] not in (known, _TIGHTENED.get(str(known))) and _enum(inner) is None:
            yield f"{where}: the {key} {outer[key]!r} instead of {inner.get(key)!r}"
