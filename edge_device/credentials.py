"""What a station presents with a request so that the server knows it: a bearer token, or a signature by its own key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from edge_device.classify import Answer
from edge_device.contract import parse_problem
from edge_device.device_key import DeviceKey, KeyRing
from edge_device.signing import Outgoing, signature_headers

STATION_REFUSED = frozenset({"signature-invalid", "station-revoked"})
"""Codes of a server that knows neither of the station's keys any more."""
_SIGN_ANEW = frozenset({"signature-stale", "signature-replayed"})


class Presentation(Protocol):
    """One request's way to the server, which may take several attempts at once."""

    def headers(self, request: Outgoing, created_s: int, /) -> dict[str, str]:
        """For one attempt. `created_s`: the server's time as far as it is known, in Unix seconds."""
        ...

    def again(self, answer: Answer, /) -> bool:
        """Is it worth another attempt at once, because the server only refused what was presented?"""
        ...


class Credentials(Protocol):
    """Owned by one event loop."""

    def presentation(self) -> Presentation: ...


class Bearer:
    """The simple mode. `token` is asked before every request, so that a new one takes effect without a restart."""

    def __init__(self, token: Callable[[], str]) -> None:
        self._token = token

    def presentation(self) -> Presentation:
        return self

    def headers(self, _request: Outgoing, _created_s: int) -> dict[str, str]:
        return {"authorization": f"Bearer {self._token()}"}

    def again(self, _answer: Answer) -> bool:
        return False


class Signing:
    """Signs with the key in use. During a rotation it may be either of two: the other is tried where one is refused.

    `accepted` is None until the server has said whether it knows the station; `on_change` hears of it and its code.
    """

    def __init__(self, keys: Callable[[], KeyRing]) -> None:
        """`keys` is asked each time: a new pairing has new ones."""
        self._keys = keys
        self._prefers_next = False
        self.accepted: bool | None = None
        self.on_change: Callable[[str | None], None] = lambda _: None

    def presentation(self) -> Presentation:
        return _Signed(self)

    @property
    def key(self) -> DeviceKey:
        keys = self._keys()
        return keys.next if self._prefers_next and keys.next is not None else keys.made()

    def other_than(self, key_id: str) -> bool:
        """Is there another key to sign with? It is preferred from now on."""
        if self.key.key_id != key_id:
            return True
        if self._keys().next is None:
            return False
        self._prefers_next = not self._prefers_next
        return True

    def heard(self, code: str | None) -> None:
        """The server knows the station, or said by `code` that it does not."""
        accepted = code is None
        if accepted is not self.accepted:
            known_before, self.accepted = self.accepted, accepted
            if not accepted or known_before is False:
                self.on_change(code)


class _Signed:
    """Each attempt has its own nonce and time. A clock that was wrong is right after the first answer."""

    def __init__(self, signing: Signing) -> None:
        self._signing = signing
        self._key_id = ""
        self._keys_refused: set[str] = set()
        self._signed_anew = False

    def headers(self, request: Outgoing, created_s: int) -> dict[str, str]:
        key = self._signing.key
        self._key_id = key.key_id
        return signature_headers(key, request, created_s)

    def again(self, answer: Answer) -> bool:
        code = refusal_code(answer)
        if code in _SIGN_ANEW:
            first, self._signed_anew = not self._signed_anew, True
            return first
        if code in STATION_REFUSED:
            self._keys_refused.add(self._key_id)
            if len(self._keys_refused) < 2 and self._signing.other_than(self._key_id):
                return True
            self._signing.heard(code)
        elif code is None and answer.status < 400:
            self._signing.heard(None)
        return False


def refusal_code(answer: Answer) -> str | None:
    """The code of our server's where it refuses what was presented."""
    if answer.status != 401:
        return None
    problem = parse_problem(answer.headers.get("content-type", ""), answer.body)
    return None if problem is None else problem.code
