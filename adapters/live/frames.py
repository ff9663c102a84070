"""A message as it goes over the wire, encoded once for however many receive it."""

from __future__ import annotations

import struct
from functools import cached_property

import msgspec

from adapters.live.messages import LiveMessage

_TEXT_AND_FINAL = 0x81
_encoder = msgspec.json.Encoder()


class Framed:
    """A message, its JSON, and on demand the frames of both transports."""

    def __init__(self, message: LiveMessage) -> None:
        self.message = message
        self.json = _encoder.encode(message)

    @property
    def position(self) -> int:
        return self.message.position

    @cached_property
    def websocket(self) -> bytes:
        """A text frame as a server sends it (RFC 6455, section 5.2): not masked, not compressed."""
        size = len(self.json)
        if size < 126:
            header = struct.pack("!BB", _TEXT_AND_FINAL, size)
        elif size < 65_536:
            header = struct.pack("!BBH", _TEXT_AND_FINAL, 126, size)
        else:
            header = struct.pack("!BBQ", _TEXT_AND_FINAL, 127, size)
        return header + self.json

    @cached_property
    def server_sent_event(self) -> bytes:
        """Its id is the position, which a browser sends back as Last-Event-ID."""
        return b"id: %d\nevent: %s\ndata: %s\n\n" % (self.position, _kind(self.message), self.json)


def _kind(message: LiveMessage) -> bytes:
    tag = message.__struct_config__.tag
    assert isinstance(tag, str), "every message is tagged with its kind"
    return tag.encode()
