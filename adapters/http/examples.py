"""An example of any body of the contract, made from its type and the words of example_words.py."""

from __future__ import annotations

import base64
from typing import Any, get_args

import msgspec
from msgspec import inspect

from adapters.http.example_words import TINY_JPEG, WORDS, identifier
from adapters.http.problem_document import Problem
from adapters.http.problem_examples import problem_example

Json = Any  # a tree of JSON
_JPEG = base64.b64decode(TINY_JPEG)
_MOMENT = "2026-11-23T08:00:00Z"


def example_of(declared: Any) -> Json:  # any struct, or list of structs
    """As JSON. What the words do not know is said by its type: the first of several values, an id of its own."""
    return _made(inspect.type_info(declared), name_of(declared))


def name_of(declared: Any) -> str:  # any struct, or list of structs
    inside = get_args(declared)
    return f"{inside[0].__name__}List" if inside else str(declared.__name__)


def _field(declared: Any, described: inspect.Type, owner: str, name: str) -> Json:  # `declared` is any annotation
    for key in (f"{owner}.{name}", name):
        if key in WORDS and _fits(WORDS[key], declared):
            return WORDS[key]
    return _made(described, name)


def _made(described: inspect.Type, name: str) -> Json:
    match described:
        case inspect.Metadata(type=inner):
            return _made(inner, name)
        case inspect.StructType(cls=struct):
            return _struct(struct)
        case inspect.UnionType(types=types):
            first = next(one for one in types if not isinstance(one, inspect.NoneType))
            return _made(first, name)
        case inspect.ListType() | inspect.VarTupleType() | inspect.SetType() | inspect.FrozenSetType():
            return [_made(described.item_type, name)] * (described.min_length or 1)
        case inspect.TupleType(item_types=types):
            return [_made(one, name) for one in types]
        case inspect.DictType():
            return {_made(described.key_type, name): _made(described.value_type, name)}
        case _:
            return _scalar(described, name)


def _struct(struct: type[msgspec.Struct]) -> Json:
    if issubclass(struct, Problem):
        extra = {field: WORDS[field] for field in struct.__struct_fields__ if field not in Problem.__struct_fields__}
        return {**problem_example("image-blurred"), **extra}
    described = inspect.type_info(struct)
    assert isinstance(described, inspect.StructType)
    annotations = {field.name: field.type for field in msgspec.structs.fields(struct)}
    tag = {} if described.tag_field is None else {described.tag_field: described.tag}
    return tag | {
        field.encode_name: _field(annotations[field.name], field.type, struct.__name__, field.name)
        for field in described.fields
    }


def _scalar(described: inspect.Type, name: str) -> Json:
    match described:
        case inspect.LiteralType(values=values):
            return values[0]
        case inspect.EnumType(cls=enumeration):
            return next(iter(enumeration)).value
        case inspect.UUIDType():
            return identifier(name)
        case inspect.DateTimeType():
            return _MOMENT
        case inspect.DateType():
            return _MOMENT[:10]
        case inspect.BytesType():
            return msgspec.to_builtins(_JPEG)
        case inspect.BoolType():
            return True
        case inspect.IntType(ge=least) | inspect.FloatType(ge=least):
            return max(1, least or 0)
        case inspect.StrType():
            return name.replace("_", " ")
        case _:
            return {}


def _fits(value: Json, declared: Any) -> bool:  # any annotation
    try:
        msgspec.convert(value, declared)
    except msgspec.ValidationError:
        return False
    return True
