"""What a JPEG file says about itself, read without decoding a pixel."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import msgspec

_START_OF_SCAN = 0xDA
_END_OF_IMAGE = 0xD9
_EXIF = 0xE1
_WITHOUT_LENGTH = frozenset((0x01, *range(0xD0, 0xD9)))
_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ORIENTATION_TAG = 0x0112
_SHORT = 3


class JpegHeader(msgspec.Struct, frozen=True, kw_only=True):
    """Size in pixels as stored; `orientation` as in EXIF, 1 to 8, 1 where the file says nothing of use."""

    width: int
    height: int
    orientation: int


class HeaderTruncated(Exception):
    """The file ends before its first scan begins."""


class HeaderMalformed(Exception):
    """The bytes before the first scan are no sequence of JPEG segments."""


def read_header(jpeg: bytes) -> JpegHeader:
    """Walk the segments from the magic up to the first scan; raises `HeaderTruncated` or `HeaderMalformed`."""
    size: tuple[int, int] | None = None
    orientation = 1
    for marker, body in _segments(jpeg):
        if marker in _START_OF_FRAME:
            if size is not None or len(body) < 5:
                raise HeaderMalformed
            height, width = struct.unpack_from(">HH", body, 1)
            size = (width, height)
        elif marker == _EXIF and body[:6] == b"Exif\0\0":
            orientation = _orientation(body[6:])
    if size is None:
        raise HeaderMalformed
    return JpegHeader(width=size[0], height=size[1], orientation=orientation)


def _segments(jpeg: bytes) -> Iterator[tuple[int, bytes]]:
    position = 2
    while True:
        if position + 1 >= len(jpeg):
            raise HeaderTruncated
        if jpeg[position] != 0xFF:
            raise HeaderMalformed
        marker = jpeg[position + 1]
        if marker == 0xFF:  # fill byte
            position += 1
            continue
        if marker == _START_OF_SCAN:
            return
        if marker in (_END_OF_IMAGE, 0x00):
            raise HeaderMalformed
        position += 2
        if marker in _WITHOUT_LENGTH:
            continue
        if position + 2 > len(jpeg):
            raise HeaderTruncated
        length = int.from_bytes(jpeg[position : position + 2], "big")
        if length < 2:
            raise HeaderMalformed
        if position + length > len(jpeg):
            raise HeaderTruncated
        yield marker, jpeg[position + 2 : position + length]
        position += length


def _orientation(tiff: bytes) -> int:
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None or len(tiff) < 8:
        return 1
    (start,) = struct.unpack_from(order + "I", tiff, 4)
    if start + 2 > len(tiff):
        return 1
    (entries,) = struct.unpack_from(order + "H", tiff, start)
    for entry in range(start + 2, min(start + 2 + 12 * entries, len(tiff) - 11), 12):
        tag, kind = struct.unpack_from(order + "HH", tiff, entry)
        if tag == _ORIENTATION_TAG and kind == _SHORT:
            (value,) = struct.unpack_from(order + "H", tiff, entry + 8)
            return value if 1 <= value <= 8 else 1
    return 1
