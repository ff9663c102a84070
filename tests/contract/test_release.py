"""A released contract is kept for good, and what comes after it lets its callers go on."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from adapters.http.contract_changes import breaking_changes
from adapters.http.openapi import CONTRACT_VERSION, openapi_document
from adapters.http.release import (
    NotReleased,
    digests,
    promises,
    release,
    released_contracts,
    version_of,
)
from tests.contract.schemathesis_run import REPOSITORY

RELEASED = REPOSITORY / "docs" / "contracts" / "released"


def document(version: str, *, without: str = "") -> bytes:
    contract: dict[str, Any] = msgspec.json.decode(openapi_document())  # a tree of JSON
    contract["info"]["version"] = version
    contract["paths"].pop(without, None)
    return msgspec.json.encode(contract)


def test_there_is_a_released_contract_to_keep() -> None:
    assert promises(RELEASED, version_of(CONTRACT_VERSION))


@pytest.mark.parametrize("path", released_contracts(RELEASED).values(), ids=lambda path: path.stem)
def test_a_released_contract_is_never_edited(path: Path) -> None:
    assert hashlib.sha256(path.read_bytes()).hexdigest() == digests(RELEASED)[path.name]


def test_every_released_contract_is_still_there() -> None:
    assert {path.name for path in released_contracts(RELEASED).values()} == set(digests(RELEASED))


@pytest.mark.parametrize("path", promises(RELEASED, version_of(CONTRACT_VERSION)), ids=lambda path: path.stem)
def test_the_present_contract_breaks_no_caller_of_a_released_one(path: Path) -> None:
    assert breaking_changes(msgspec.json.decode(path.read_bytes()), msgspec.json.decode(openapi_document())) == []


def test_the_present_contract_is_newer_than_every_released_one() -> None:
    assert version_of(CONTRACT_VERSION) > max(released_contracts(RELEASED))


def test_a_release_is_cut_once(tmp_path: Path) -> None:
    path = release(tmp_path, version="1.2.0", document=document("1.2.0"))
    assert path.read_bytes() == document("1.2.0")
    assert digests(tmp_path) == {path.name: hashlib.sha256(path.read_bytes()).hexdigest()}
    with pytest.raises(NotReleased, match="was released before"):
        release(tmp_path, version="1.2.0", document=document("1.2.0"))


def test_a_release_that_would_break_its_callers_is_refused(tmp_path: Path) -> None:
    release(tmp_path, version="1.2.0", document=document("1.2.0"))
    less = document("1.3.0", without="/api/checkin/identify/")
    with pytest.raises(NotReleased, match="POST /api/checkin/identify/: the operation is gone"):
        release(tmp_path, version="1.3.0", document=less)
    assert release(tmp_path, version="2.0.0", document=less).name == "openapi-2.0.0.json"
    assert list(released_contracts(tmp_path)) == [(1, 2, 0), (2, 0, 0)]
