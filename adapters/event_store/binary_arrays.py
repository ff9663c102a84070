"""Arrays in PostgreSQL's binary form, packed at once: psycopg walks a list element by element, several times."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from uuid import UUID

from psycopg import adapters, pq
from psycopg.abc import Buffer
from psycopg.adapt import Dumper

UUID_OID, INT8_OID, TEXT_OID, BYTEA_OID = 2950, 20, 25, 17
_UUID = struct.Struct("!i16s")
_INT8 = struct.Struct("!iq")
_LENGTH = struct.Struct("!i")
# Dimensions, whether there are NULLs, the elements' type, the length, the first index.
_HEADER = struct.Struct("!iiIii")


class PackedArray(bytes):
    """A parameter for a statement that casts it (`%b::uuid[]`)."""

    __slots__ = ()


class _PackedArrayDumper(Dumper):
    format = pq.Format.BINARY

    def dump(self, obj: PackedArray) -> Buffer:
        return obj


adapters.register_dumper(PackedArray, _PackedArrayDumper)


def uuids(values: Iterable[UUID]) -> PackedArray:
    pack = _UUID.pack
    return _packed(UUID_OID, [pack(16, value.bytes) for value in values])


def bigints(values: Iterable[int]) -> PackedArray:
    pack = _INT8.pack
    return _packed(INT8_OID, [pack(8, value) for value in values])


def texts(values: Iterable[str]) -> PackedArray:
    return _packed(TEXT_OID, [_sized(value.encode()) for value in values])


def byteas(values: Iterable[bytes]) -> PackedArray:
    return _packed(BYTEA_OID, [_sized(value) for value in values])


def _sized(value: bytes) -> bytes:
    return _LENGTH.pack(len(value)) + value


def _packed(oid: int, elements: list[bytes]) -> PackedArray:
    if not elements:
        return PackedArray(struct.pack("!iiI", 0, 0, oid))
    return PackedArray(_HEADER.pack(1, 0, oid, len(elements), 1) + b"".join(elements))
