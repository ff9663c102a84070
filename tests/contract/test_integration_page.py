"""Whoever follows docs/integrate.md to the letter sees what it shows."""

from __future__ import annotations

import os
import subprocess
import sys
from base64 import b64encode
from pathlib import Path

import pytest

from adapters.demo import damage
from adapters.demo.bursts import make_burst
from adapters.demo.cast import CAST, SITTINGS, photograph, picture_of
from tests.contract.page import Snippet, fits, snippets
from tests.contract.schemathesis_run import REPOSITORY
from tests.http.live_server import LiveServer

PAGE = (REPOSITORY / "docs" / "integrate.md").read_text(encoding="utf-8")
SNIPPETS = snippets(PAGE)
ADA = CAST[0]
_MARK = "\x1e\n"


@pytest.fixture(scope="module")
def folder(real_server: tuple[LiveServer, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With the pictures that the page speaks of, and Ada enrolled."""
    server, _ = real_server
    folder = tmp_path_factory.mktemp("reader")
    picture = picture_of(ADA, "happy")
    burst = make_burst(picture.image, picture.face, seed=1)
    frames = [frame for frame in burst.frames if frame != burst.primary_frame]
    frames.insert(2, burst.primary_frame)
    for number, frame in enumerate(frames):
        (folder / f"frame{number}.jpg").write_bytes(frame)
    (folder / "dark.jpg").write_bytes(damage.dark(picture.image, picture.face, seed=1).primary_frame)
    with server.client("staff") as staff:
        ada = {"user_id": "4711", "name": "Ada Byron", "consents": ["face", "emotion"]}
        person = staff.post("/api/people/", json=ada).json()["id"]
        taken = [photograph(ADA, sitting) for sitting in SITTINGS]
        uploads = [{"name": one.name, "image": b64encode(one.jpeg).decode()} for one in taken]
        enrolled = staff.post(f"/api/people/{person}/photographs/", json={"photographs": uploads}).json()
        assert enrolled["refused"] == []
    return folder


def environment(server: LiveServer, dsn: str) -> dict[str, str]:
    programs = str(Path(sys.executable).parent)
    return {
        **os.environ,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(REPOSITORY),
        "SERVER": f"http://127.0.0.1:{server.port}",
        "DATABASE_URL": dsn,
    }


def printed(command: list[str], folder: Path, given: dict[str, str]) -> str:
    done = subprocess.run(command, cwd=folder, env=given, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def compare(snippet: Snippet, output: str) -> None:
    assert fits(snippet.shown or "", output), (
        f"docs/integrate.md, line {snippet.line}, shows\n{snippet.shown}\nand this was printed:\n{output}"
    )


def test_every_snippet_prints_what_the_page_shows(real_server: tuple[LiveServer, str], folder: Path) -> None:
    given = environment(*real_server)
    for snippet in (one for one in SNIPPETS if one.language == "sh"):
        compare(snippet, printed(["bash", "-euo", "pipefail", "-c", snippet.source], folder, given))
    python = [one for one in SNIPPETS if one.language == "python"]
    whole = f"\nprint({_MARK[:-1]!r})\n".join(one.source for one in python)
    (folder / "door.py").write_text(whole, encoding="utf-8")
    outputs = printed([sys.executable, "-W", "error", "door.py"], folder, given).split(_MARK)
    for snippet, output in zip(python, outputs, strict=True):
        compare(snippet, output)


def test_the_page_has_snippets_of_both_kinds() -> None:
    assert {snippet.language for snippet in SNIPPETS} == {"sh", "python"}
    assert len(SNIPPETS) >= 7


def test_another_output_than_the_one_shown_is_noticed() -> None:
    assert fits('{"match":true,"name":"…"}', '{"match":true,"name":"Ada"}\n')
    assert not fits('{"match":true,"name":"…"}', '{"match":false,"name":"Ada"}\n')
    assert not fits("one\n", "one\ntwo\n")
