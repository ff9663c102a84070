"""The server's key for push services: made once, kept from others, the same for every process."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from adapters.event_store.key_file import KeysUnavailable
from adapters.push.vapid import VapidKey, load_or_create
from adapters.settings import SettingsInvalid, load_settings

CONTACT = "mailto:door@school.example"


def public_key(path: Path) -> str:
    return VapidKey(load_or_create(path), contact=CONTACT).public_key


def test_those_who_start_at_once_have_one_key_that_nobody_else_can_read(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "push-key.pem"
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(public_key, [path] * 8))
    assert keys == {public_key(path)}
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["push-key.pem"]


def test_a_file_that_others_can_read_or_that_holds_no_such_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "push-key.pem"
    public_key(path)
    path.chmod(0o640)
    with pytest.raises(KeysUnavailable, match="chmod 600"):
        load_or_create(path)
    path.chmod(0o600)
    path.write_bytes(b"nothing")
    with pytest.raises(KeysUnavailable, match="not a key file"):
        load_or_create(path)
    other = generate_private_key(SECP384R1())
    path.write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(KeysUnavailable, match="P-256"):
        load_or_create(path)


@pytest.mark.parametrize("contact", [CONTACT, "https://school.example/door"])
def test_push_messages_are_off_until_somebody_says_whom_to_write_to(contact: str) -> None:
    assert load_settings({}).push is None
    assert load_settings({"FACECHECKIN_PUSH": "off", "FACECHECKIN_PUSH_CONTACT": contact}).push is None
    push = load_settings({"FACECHECKIN_PUSH": "on", "FACECHECKIN_PUSH_CONTACT": contact}).push
    assert push is not None
    assert push.contact == contact


@pytest.mark.parametrize(
    ("name", "environment"),
    [
        ("FACECHECKIN_PUSH is", {"FACECHECKIN_PUSH": "yes"}),
        ("FACECHECKIN_PUSH_CONTACT", {"FACECHECKIN_PUSH": "on"}),
        ("FACECHECKIN_PUSH_CONTACT", {"FACECHECKIN_PUSH": "on", "FACECHECKIN_PUSH_CONTACT": "door@school.example"}),
    ],
)
def test_a_setting_that_cannot_be_meant_is_named(name: str, environment: dict[str, str]) -> None:
    with pytest.raises(SettingsInvalid, match=name):
        load_settings(environment)
