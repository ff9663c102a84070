"""The command line as an operator meets it, each command a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import msgspec
import pytest
from click.testing import CliRunner

from adapters.commands.tokens import tokens
from adapters.demo.bursts import encode_jpeg
from adapters.demo.cast import CAST, picture_of
from adapters.demo.server_process import free_port
from adapters.settings import SettingsInvalid, load_settings
from inference.weights import ModelStore

WITHIN_S = 60
_SERVE_WITHOUT_NETWORKS = """
import functools, sys
from adapters import cli, serving
from tests.station.torture.recogniser import open_recogniser
serving.serve_forever = functools.partial(serving.serve_forever, open_recogniser=open_recogniser)
sys.argv = ["facecheckin", "serve"]
cli.main()
"""


def facecheckin(*arguments: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "adapters.cli", *arguments],
        env={**os.environ, "COLUMNS": "200", **environment},
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, model_store: ModelStore) -> dict[str, str]:
    """The environment of an installation of its own."""
    folder = tmp_path_factory.mktemp("installation")
    return {
        "FACECHECKIN_DATA": str(folder),
        "FACECHECKIN_MODELS": str(model_store.folder),
        "FACECHECKIN_PORT": str(free_port(18100)),
    }


@pytest.fixture(scope="module")
def photograph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("photographs") / "front.jpg"
    file.write_bytes(encode_jpeg(picture_of(CAST[0], "neutral").image))
    return file


@pytest.fixture
def server(place: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "adapters.cli", "serve"],
        env={**os.environ, **place},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def until_healthy(place: Mapping[str, str]) -> bool:
    deadline = time.monotonic() + WITHIN_S
    while facecheckin("healthcheck", environment=place).returncode != 0:
        if time.monotonic() > deadline:
            return False
    return True


def test_help_names_the_parts() -> None:
    done = facecheckin("--help", environment={})
    assert done.returncode == 0
    for command in ("serve", "migrate", "models", "people", "tokens", "demo", "healthcheck"):
        assert f"  {command} " in done.stdout


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FACECHECKIN_PORT", "eighty"),
        ("FACECHECKIN_PORT", "70000"),
        ("FACECHECKIN_IDENTITY", "eigenfaces"),
        ("FACECHECKIN_EMOTION", "always"),
        ("FACECHECKIN_QUEUE", "0"),
        ("DATABASE_URL_FILE", "no/such/file"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsInvalid, match=name):
        load_settings({name: value})
    done = facecheckin("serve", environment={name: value})
    assert done.returncode == 1
    assert done.stderr.startswith(f"facecheckin: {name}")


@pytest.mark.parametrize(("role", "name"), [("person", "ada"), ("staff", "desk\u202e"), ("staff", " ")])
def test_a_token_that_nobody_can_have_is_not_offered(role: str, name: str) -> None:
    done = CliRunner().invoke(tokens, ["create", role, name])
    assert done.exit_code == 2
    assert "Invalid value for" in done.output


def test_without_models_it_says_which_command_gets_them(tmp_path: Path) -> None:
    done = facecheckin(
        "serve", environment={"FACECHECKIN_DATA": str(tmp_path), "FACECHECKIN_MODELS": str(tmp_path / "none")}
    )
    assert done.returncode == 1
    assert "run `facecheckin models fetch`" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_that_does_not_answer_is_a_sentence(place: Mapping[str, str]) -> None:
    done = facecheckin("migrate", environment={**place, "DATABASE_URL": "postgresql://127.0.0.1:1/nowhere"})
    assert done.returncode == 1
    assert done.stderr.startswith("facecheckin: ")
    assert "Traceback" not in done.stderr


@pytest.mark.models
def test_models_are_listed_with_their_licences_and_sources(place: Mapping[str, str]) -> None:
    done = facecheckin("models", "list", environment=place)
    assert done.returncode == 0
    for part in ("resnet29", "CC0", "mini_xception", "facenet", "face_recognition_models"):
        assert part in done.stdout


@pytest.mark.models
def test_a_person_is_added_listed_and_erased(place: Mapping[str, str], photograph: Path) -> None:
    added = facecheckin("people", "add", "4711", "Ada", str(photograph), "--consent", "face", environment=place)
    assert (added.returncode, added.stdout) == (0, "Ada registered as 4711\nfront.jpg: accepted\n")
    assert "4711" in facecheckin("people", "list", environment=place).stdout
    notes = photograph.with_name("notes.txt")
    notes.write_text("not a picture")
    refused = facecheckin("people", "add", "4711", "Ada", str(notes), "--consent", "face", environment=place)
    assert refused.returncode == 1
    assert "notes.txt is not a picture that can be read" in refused.stderr
    assert facecheckin("people", "erase", "4711", "--yes", environment=place).returncode == 0
    assert "4711" not in facecheckin("people", "list", environment=place).stdout
    assert facecheckin("people", "erase", "4711", "--yes", environment=place).returncode == 1


@pytest.mark.models
def test_a_token_is_printed_once_and_can_be_revoked(place: Mapping[str, str]) -> None:
    token = facecheckin("tokens", "create", "station", "north-door", environment=place).stdout.strip()
    listed = facecheckin("tokens", "list", environment=place).stdout
    assert "north-door" in listed
    assert token not in listed
    assert facecheckin("tokens", "revoke", "north-door", environment=place).returncode == 0
    assert facecheckin("tokens", "revoke", "north-door", environment=place).returncode == 1


@pytest.mark.models
def test_a_server_is_healthy_once_warm_and_ends_in_order(
    place: Mapping[str, str], server: subprocess.Popen[str]
) -> None:
    assert facecheckin("healthcheck", environment=place).returncode == 1
    assert until_healthy(place)
    ready = httpx.get(f"http://127.0.0.1:{place['FACECHECKIN_PORT']}/health/ready/")
    assert ready.json() == {"status": "ready", "database": True, "migrations": True, "models": True}
    server.send_signal(signal.SIGTERM)
    output, _ = server.communicate(timeout=WITHIN_S)
    assert server.returncode in (0, -signal.SIGTERM)
    lines = [msgspec.json.decode(line) for line in output.splitlines()]
    assert [line["event"] for line in lines if line["event"] == "models warm"] == ["models warm"]


def test_a_server_whose_database_has_ended_ends_with_a_sentence(place: Mapping[str, str]) -> None:
    """Whoever watches over it starts both again."""
    serving = subprocess.Popen(
        [sys.executable, "-c", _SERVE_WITHOUT_NETWORKS],
        env={**os.environ, **place},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with serving:
        try:
            assert serving.stdout is not None
            while "models warm" not in serving.stdout.readline():
                assert serving.poll() is None, "it does not start"
            file = Path(place["FACECHECKIN_DATA"], "postgres", "cluster", "postmaster.pid")
            os.kill(int(file.read_text().splitlines()[0]), signal.SIGKILL)
            _, told = serving.communicate(timeout=WITHIN_S)
        finally:
            serving.kill()
    assert serving.returncode == 1
    assert "\nfacecheckin: the database in " in f"\n{told}"
    assert "Traceback" not in told.partition("facecheckin: ")[2]
