"""Looks at the station's pairing and its key, and says in a sentence what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edge_device.device_key import CURRENT_KEY, KeyDamaged, KeyRing
from edge_device.doctor import Finding
from edge_device.identity import Identity, IdentityDamaged


@dataclass(frozen=True, slots=True)
class ExaminedIdentity:
    """`server` and `keys` are None where the station is paired with none."""

    findings: list[Finding]
    server: str | None = None
    keys: KeyRing | None = None


def examine_identity(state: Path) -> ExaminedIdentity:
    try:
        identity = Identity(state)
    except (IdentityDamaged, KeyDamaged) as error:
        return ExaminedIdentity([Finding("pairing", False, f"The pairing is of no use: {error}.")])
    pairing = identity.pairing
    if pairing is None:
        if identity.request is not None:
            sentence = f"The station asked {identity.request.server} to be paired; an administrator has to approve it."
            return ExaminedIdentity([Finding("pairing", False, sentence)])
        sentence = "The station is not paired and has no token; run: facecheckin-station pair --server URL"
        return ExaminedIdentity([Finding("pairing", False, sentence)])
    place = f" in {pairing.room}" if pairing.room else ""
    findings = [Finding("pairing", True, f"Paired with {pairing.server} as {pairing.name}{place}.")]
    if identity.keys.current is None:
        return ExaminedIdentity([*findings, Finding("key", False, "The station's key is gone; unpair, and pair anew.")])
    findings.append(_examine_key_file(state / CURRENT_KEY, identity.keys))
    return ExaminedIdentity(findings, pairing.server, identity.keys)


def _examine_key_file(key_file: Path, keys: KeyRing) -> Finding:
    assert keys.current is not None, "the caller has looked"
    if key_file.stat().st_mode & 0o077:
        return Finding("key", False, f"Others may read {key_file}; run: chmod 600 {key_file}")
    if keys.next is not None:
        sentence = f"Only its owner may read the key {keys.current.key_id}; its replacement is not confirmed yet."
        return Finding("key", None, sentence)
    return Finding("key", True, f"Only its owner may read the key {keys.current.key_id}.")
