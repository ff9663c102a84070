"""The operator's commands for personal data, each a process of its own, and a server that is started after a crash."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from adapters.demo.server_process import free_port
from adapters.settings import SettingsInvalid, load_settings
from domain import person as persons
from inference.weights import ModelStore
from tests.application.house import SetClock
from tests.data_subjects.bureau import Bureau, open_bureau

Answer = TypeVar("Answer")
WITHIN_S = 60


class Place:
    """An installation over a test's database."""

    def __init__(self, dsn: str, key_file: Path) -> None:
        self.dsn = dsn
        self.key_file = key_file
        self.environment = {
            **os.environ,
            "COLUMNS": "200",
            "DATABASE_URL": dsn,
            "FACECHECKIN_DATA": str(key_file.parent),
            "FACECHECKIN_KEYS": str(key_file),
        }

    def facecheckin(
        self, *arguments: str, input: str | None = None, **settings: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "adapters.cli", *arguments],
            env={**self.environment, **settings},
            capture_output=True,
            text=True,
            timeout=WITHIN_S,
            check=False,
            input=input,
        )

    def inside(self, work: Callable[[Bureau], Awaitable[Answer]], clock: SetClock | None = None) -> Answer:
        """Something that another process does meanwhile."""

        async def run() -> Answer:
            async with open_bureau(self.dsn, self.key_file, clock=clock) as bureau:
                return await work(bureau)

        return asyncio.run(run())


@pytest.fixture
def place(database: str, key_file: Path) -> Place:
    return Place(database, key_file)


async def admit_ada(bureau: Bureau) -> None:
    await bureau.admit("ada", "face", templates=[1])


def test_consents_are_given_and_withdrawn(place: Place) -> None:
    place.inside(admit_ada)
    assert place.facecheckin("people", "consent", "give", "ada", "emotion").stdout == "ada agrees to: emotion, face\n"
    assert place.facecheckin("people", "consent", "withdraw", "ada", "face").stdout == "ada agrees to: emotion\n"
    unknown = place.facecheckin("people", "consent", "give", "bob", "face")
    assert (unknown.returncode, unknown.stderr) == (1, "Error: nobody is registered as 'bob'\n")
    assert place.facecheckin("people", "consent", "give", "ada", "marketing").returncode == 2


def test_an_export_is_json_and_nothing_else(place: Place) -> None:
    place.inside(admit_ada)
    done = place.facecheckin("people", "export", "ada")
    held = json.loads(done.stdout)
    assert (held["user_id"], len(held["rows"]["face_template"][0]["embedding"])) == ("ada", 128)


def test_an_erasure_prints_a_receipt_that_is_checked_later(place: Place, tmp_path: Path) -> None:
    place.inside(admit_ada)
    done = place.facecheckin("people", "erase", "ada", "--yes")
    assert done.returncode == 0, done.stderr
    file = tmp_path / "receipt.json"
    file.write_text(done.stdout)
    checked = place.facecheckin("people", "check-receipt", str(file))
    assert (checked.returncode, checked.stdout[:5]) == (0, "holds")
    forged = done.stdout.replace(json.loads(done.stdout)["digest"], "0" * 64)
    checked = place.facecheckin("people", "check-receipt", "-", input=forged)
    assert (checked.returncode, "not those of the receipt" in checked.stderr) == (1, True)
    assert place.facecheckin("people", "check-receipt", "-", input="{}").returncode == 1
    assert "nobody is registered" in place.facecheckin("people", "erase", "ada", "--yes").stderr


def test_a_person_gets_a_token_of_their_own(place: Place) -> None:
    place.inside(admit_ada)
    assert place.facecheckin("people", "token", "ada").stdout.startswith("fci_")
    assert "person" in place.facecheckin("tokens", "list").stdout


def test_retention_says_first_and_then_does(place: Place) -> None:
    long_ago = SetClock()
    long_ago.pass_s(-1000 * 86_400)
    place.inside(admit_ada, long_ago)
    off = place.facecheckin("retention", "run")
    assert (off.returncode, "retention is off" in off.stderr) == (1, True)
    settings = {"FACECHECKIN_RETAIN_TEMPLATES_DAYS": "30"}
    said = place.facecheckin("retention", "run", "--dry-run", **settings).stdout
    assert said.endswith("1 people's templates would be purged, 0 people would be erased\n")
    done = place.facecheckin("retention", "run", **settings).stdout
    assert done == said.replace("would be ", "")
    again = place.facecheckin("retention", "run", FACECHECKIN_RETAIN_PEOPLE_DAYS="90").stdout
    assert again.endswith("0 people's templates purged, 1 people erased\n")


@pytest.mark.parametrize("days", ["0", "-1", "soon", "36501"])
def test_days_that_cannot_be_meant_are_refused(days: str) -> None:
    with pytest.raises(SettingsInvalid, match="FACECHECKIN_RETAIN_PEOPLE_DAYS"):
        load_settings({"FACECHECKIN_RETAIN_PEOPLE_DAYS": days})
    assert load_settings({"FACECHECKIN_RETAIN_PEOPLE_DAYS": ""}).retain_people_days is None


def test_keys_are_rotated_and_checked(place: Place, tmp_path: Path) -> None:
    place.inside(admit_ada)
    old = tmp_path / "old.json"
    shutil.copy2(place.key_file, old)
    assert place.facecheckin("keys", "check").stdout == "1 of 1 keys open, 0 erased\n"
    assert place.facecheckin("keys", "rotate").stdout.startswith("wrapped 1 keys anew")
    assert place.facecheckin("keys", "check").returncode == 0
    with_the_old = place.facecheckin("keys", "check", FACECHECKIN_KEYS=str(old))
    assert (with_the_old.returncode, with_the_old.stdout) == (1, "0 of 1 keys open, 0 erased\n")
    assert "does not hold key" in place.facecheckin("people", "export", "ada", FACECHECKIN_KEYS=str(old)).stderr


@pytest.mark.models
def test_a_server_completes_what_was_cut_short_before_it_serves(place: Place, model_store: ModelStore) -> None:
    async def cut_short(bureau: Bureau) -> None:
        ada = await bureau.admit("ada", "face", templates=[1])
        state = persons.replay(ada, await bureau.record.store.load_person(ada))
        assert state is not None
        await bureau.record.store.append(ada, state.version, persons.erase(state, at=bureau.clock.now()))

    place.inside(cut_short)
    assert place.facecheckin("keys", "check").stdout == "1 of 1 keys open, 0 erased\n"
    port = str(free_port(18300))
    environment = {"FACECHECKIN_MODELS": str(model_store.folder), "FACECHECKIN_PORT": port}
    server = subprocess.Popen(
        [sys.executable, "-m", "adapters.cli", "serve"],
        env={**place.environment, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        deadline = time.monotonic() + WITHIN_S
        while place.facecheckin("healthcheck", **environment).returncode != 0:
            assert time.monotonic() < deadline
        assert place.facecheckin("keys", "check").stdout == "0 of 0 keys open, 1 erased\n"
    finally:
        server.send_signal(signal.SIGTERM)
        output, _ = server.communicate(timeout=WITHIN_S)
    assert "erasures that were cut short are complete" in output
    assert "Lovelace" not in output
