"""A check-in from a virtual camera: `python -m tests.picamera2.check_in [FOLDER]`, after `prepare [FOLDER]`.

Our server runs here, with its models and its database, and one drawn person is enrolled. The station runs in Debian 13
(in FOLDER where one is named) with the unmodified picamera2, sees the drawing through libcamera, and checks them in.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import msgspec

from adapters.demo.api_client import StaffClient
from adapters.demo.cast import SITTINGS, photograph
from adapters.demo.drawn_script import CUES, perform
from adapters.demo.local_server import local_server
from adapters.settings import Settings, load_settings

PYTHON = Path("/opt/facecheckin-picamera2/bin/python")
HOME = Path("/var/lib/facecheckin-picamera2")
REPOSITORY = Path(__file__).parents[2]
# The virtual camera shows each of its pictures four times.
STRIDE = 4
# So many pictures that none comes back within a burst.
_TAKES = 4


@dataclass(frozen=True, kw_only=True)
class CameraStory:
    """What the station said of one burst, and who it must have been."""

    expected: str
    versions: str
    steps: list[dict[str, object]]

    def of(self, step: str) -> dict[str, object]:
        return next(said for said in self.steps if said["step"] == step)


def why_not(root: Path) -> str | None:
    """Why the virtual camera cannot be used in the Debian at `root`; None where it can."""
    release = root / "etc/os-release"
    if not release.exists() or 'VERSION_ID="13"' not in release.read_text(encoding="utf-8"):
        return f"{root} is no Debian 13; tests/picamera2/prepare makes one in a folder"
    if not (root / PYTHON.relative_to("/")).is_symlink():
        return f"picamera2 is not prepared in {root}; run tests/picamera2/prepare"
    if root != Path("/") and os.geteuid() != 0:
        return "only root may enter a folder that holds a Debian"
    return None


def check_in(root: Path, settings: Settings) -> CameraStory:
    """Raises LookupError where the station ended before the burst was settled."""
    member = CUES[0].who
    _install(root)
    with local_server(settings) as server:
        with StaffClient(server.base_url, server.token("staff")) as staff:
            photographs = [photograph(member, sitting) for sitting in SITTINGS]
            staff.enrol(staff.register(member.user_id, member.name), photographs)
        token_file = _place(root, "token")
        token_file.touch(mode=0o600)
        token_file.write_text(server.token("station"), encoding="ascii")
        with _station(root, server.base_url) as said:
            steps = _until_settled(said)
    return CameraStory(expected=member.name, versions=_versions(root), steps=steps)


def _install(root: Path) -> None:
    """The station's code, nothing of the server's, and the pictures that the camera will show."""
    code = _place(root, "code")
    shutil.rmtree(code, ignore_errors=True)
    for package in ("edge_device", "tests/picamera2"):
        shutil.copytree(REPOSITORY / package, code / package, ignore=shutil.ignore_patterns("__pycache__"))
    (code / "tests/__init__.py").touch()
    shutil.rmtree(_place(root, "state"), ignore_errors=True)
    frames = _place(root, "frames")
    shutil.rmtree(frames, ignore_errors=True)
    frames.mkdir(parents=True)
    takes = [perform(CUES[0], seed=seed).burst for seed in range(_TAKES)]
    for number, frame in enumerate(frame for take in takes for frame in take.frames):
        (frames / f"{number}.jpg").write_bytes(frame)


@contextmanager
def _station(root: Path, server: str) -> Iterator[IO[str]]:
    """What it prints."""
    options = ["run", "--camera", "pi", "--stride", str(STRIDE), "--every", "5", "--json", "--server", server]
    places = ["--token-file", str(HOME / "token"), "--state", str(HOME / "state")]
    command = [*_entering(root), str(PYTHON), "-m", "tests.picamera2.station", *options, *places]
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(HOME / "code"),
        "LIBCAMERA_LOG_LEVELS": "*:ERROR",
        "HOME": str(HOME),
    }
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()


def _until_settled(said: IO[str]) -> list[dict[str, object]]:
    steps: list[dict[str, object]] = []
    for line in said:
        steps.append(json.loads(line))
        if steps[-1]["step"] in ("settled", "not_saved"):
            return steps
    raise LookupError(f"the station ended after {[step['step'] for step in steps]}")


def _versions(root: Path) -> str:
    asked = "import importlib.metadata as m; print('picamera2', m.version('picamera2'))"
    picamera2 = subprocess.run([*_entering(root), str(PYTHON), "-c", asked], capture_output=True, text=True, check=True)
    package = ["dpkg-query", "-f", "libcamera ${Version}", "-W", "python3-libcamera"]
    libcamera = subprocess.run([*_entering(root), *package], capture_output=True, text=True, check=True)
    return f"{picamera2.stdout.strip()}, {libcamera.stdout.strip()}"


def _entering(root: Path) -> Sequence[str]:
    return [] if root == Path("/") else ["chroot", str(root)]


def _place(root: Path, name: str) -> Path:
    return root / HOME.relative_to("/") / name


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("/"), help="where Debian 13 lies; this machine")
    root = parser.parse_args().folder
    reason = why_not(root)
    if reason is not None:
        sys.exit(reason)
    with tempfile.TemporaryDirectory(prefix="facecheckin-picamera2-") as folder:
        given = load_settings()
        story = check_in(
            root,
            msgspec.structs.replace(
                given, data_dir=Path(folder), keys_file=Path(folder) / "keys.json", database_url=None, port=18000
            ),
        )
    for step in story.steps:
        sys.stdout.write(json.dumps(step, ensure_ascii=False) + "\n")
    identified = story.of("identified")
    sys.stdout.write(f"{story.versions}: {story.expected} came, {identified['name']} was checked in\n")
    if identified["name"] != story.expected:
        sys.exit("somebody else was recognised")


if __name__ == "__main__":
    main()
