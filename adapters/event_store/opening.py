"""Turns stored events back into the domain's, a page at a time, with personal fields opened or read as erased."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from adapters.event_store.sealing import Keys, SealedField, unseal
from adapters.event_store.topics import Event, Topics
from domain.personal import PersonalData


class Opening:
    """One page's. `keys`: None where every personal field is to read as erased, so that no key is touched.

    `missing`: references of keys that have to be fetched before the page is opened again.
    """

    def __init__(self, topics: Topics, keys: Keys | None) -> None:
        self.missing: set[bytes] = set()
        self._topics = topics
        self._keys = keys
        self._open_field = self._erase if keys is None else self._open
        self._decoders: dict[str, Callable[[bytes], Event]] = {}

    def event(self, topic: str, state: bytes) -> Event:
        """Raises TopicUnknown, and what msgspec raises where the event is not what its topic says."""
        decode = self._decoders.get(topic)
        if decode is None:
            decode = self._decoders[topic] = self._decoder(topic)
        return decode(state)

    def _decoder(self, topic: str) -> Callable[[bytes], Event]:
        kind = self._topics.current.get(topic)
        if kind is None:
            return lambda state: self._upcast(topic, state)
        decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(kind, dec_hook=self._open_field)
        return decoder.decode

    def _upcast(self, topic: str, state: bytes) -> Event:
        kind, fields = self._topics.upcast(topic, msgspec.json.decode(state))
        return msgspec.convert(fields, kind, dec_hook=self._open_field)

    def _open(self, of: type, stored: object) -> PersonalData[Any]:  # Any: whatever the field holds
        assert self._keys is not None
        sealed = _sealed_field(of, stored)
        key = self._keys.to_open(sealed.k, self.missing)
        return PersonalData.erased_value() if key is None else unseal(sealed, key, of)

    def _erase(self, of: type, stored: object) -> PersonalData[Any]:
        _sealed_field(of, stored)
        return PersonalData.erased_value()


def _sealed_field(of: type, stored: object) -> SealedField:
    if getattr(of, "__origin__", None) is not PersonalData:
        raise NotImplementedError(f"{of} cannot be read")
    return msgspec.convert(stored, SealedField)
