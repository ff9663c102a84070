"""Who this station is: its keys, the pairing it asked for, and what the server made of it; all of it on the disk."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from edge_device.device_key import CURRENT_KEY, NEXT_KEY, KeyRing
from edge_device.durable_file import remove_durably, write_durably

PAIRING = "pairing.json"
_REQUEST = "pairing-request.json"


class IdentityDamaged(Exception):
    """A file of the identity cannot be read, or does not hold what it should."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """An administrator has approved this station. `key_since`: RFC 3339, None where the time was not known."""

    server: str
    station_id: str
    name: str
    room: str | None
    key_since: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PairingRequest:
    """A pairing was asked for; whether it was approved is to be asked under this id."""

    server: str
    pairing_id: str


class Identity:
    """One state folder's; whoever changes it holds the folder's lock. Each change is on the disk when it returns.

    A power cut between two changes leaves a state from which pairing goes on: the key is there before it is shown to
    the server, and the request is kept until the pairing is.
    """

    def __init__(self, folder: Path) -> None:
        """Reads what is there. Raises `IdentityDamaged` and `KeyDamaged`."""
        self.folder = folder
        self.keys = KeyRing(folder)
        self.pairing = _read(folder / PAIRING, Pairing)
        self.request = _read(folder / _REQUEST, PairingRequest)

    def ask(self, request: PairingRequest) -> None:
        self._write(_REQUEST, request)
        self.request = request

    def withdraw(self) -> None:
        """What was asked for was refused, has expired, or is not known."""
        remove_durably(self.folder / _REQUEST)
        self.request = None

    def confirm(self, pairing: Pairing) -> None:
        """Paired from here on; also a new name, a new room, a new key's date."""
        self._write(PAIRING, pairing)
        self.pairing = pairing
        if self.request is not None:
            self.withdraw()

    def forget(self) -> None:
        """Unpaired from here on, with a new key for the next pairing."""
        forget_identity(self.folder)
        self.keys = KeyRing(self.folder)
        self.pairing = self.request = None

    def _write(self, name: str, content: Pairing | PairingRequest) -> None:
        write_durably(self.folder / name, json.dumps(asdict(content), indent=2).encode() + b"\n")


def forget_identity(folder: Path) -> None:
    """Also one that cannot be read. The pairing goes first: without it nothing is signed with the key but the next."""
    for name in (PAIRING, _REQUEST, NEXT_KEY, CURRENT_KEY):
        remove_durably(folder / name)


def _read(path: Path, kind: type[Any]) -> Any:  # Any: JSON until the dataclass has its fields
    try:
        content = json.loads(path.read_bytes())
        return kind(**{name: _text(content, name) for name in kind.__dataclass_fields__})
    except FileNotFoundError:
        return None
    except OSError as error:
        raise IdentityDamaged(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise IdentityDamaged(f"{path} is damaged; facecheckin-station unpair, and pair anew") from error


def _text(content: Mapping[str, object], name: str) -> str | None:
    value = content[name]
    if value is not None and not isinstance(value, str):
        raise TypeError(name)
    return value
