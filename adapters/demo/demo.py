"""The demo from beginning to end: people enrolled, bursts played by a real station, and what came of it shown."""

from __future__ import annotations

import hashlib
import json
import shutil
import signal
import statistics
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

import msgspec
from rich.console import Console

from adapters import wiring
from adapters.demo.api_client import StaffClient
from adapters.demo.bursts import encode_jpeg
from adapters.demo.drawn_script import drawn_script
from adapters.demo.front_desk import ACCOUNT, FrontDesk
from adapters.demo.live_table import Row, Screen, open_screen, save_picture
from adapters.demo.local_server import LocalServer, local_server
from adapters.demo.photograph_script import photograph_script
from adapters.demo.photographs import NoPhotographs
from adapters.demo.script import Actor, Photograph, Scene, Script
from adapters.demo.server_process import ServerFailed
from adapters.demo.station_process import CameraUnusable, StationProcess, capture_burst, write_bursts
from adapters.settings import Settings

_INTERVAL_S = 0.6
_INTERVAL_ONCE_S = 0.0


class Demo:
    """`run` answers the exit status: 0 where every check-in ended as expected, or the operator stopped it."""

    def __init__(
        self, settings: Settings, *, faces: Path | None, camera: str | None, once: bool, picture: Path | None = None
    ) -> None:
        self._picture = picture
        self._faces = faces
        self._camera = camera
        self._once = once
        self._console = Console()
        self._settings = _apart(settings, faces)

    def run(self) -> int:
        try:
            with _interruptible(), ExitStack() as stack:
                return self._run(stack)
        except KeyboardInterrupt:
            self._console.print("stopped: nothing is left running")
            return 0
        except (CameraUnusable, NoPhotographs, ServerFailed) as error:
            self._console.print(f"demo: {error}", markup=False, highlight=False)
            return 1

    def _run(self, stack: ExitStack) -> int:
        wiring.require_models(self._settings)
        screen = open_screen(self._console)
        stack.callback(screen.close)
        script = self._script(screen)
        screen.step("starting the database and the server")
        server = stack.enter_context(local_server(self._settings, _once_each(screen)))
        screen.step(f"the server was ready after {server.ready_after_s:.1f} s at {server.base_url}")
        actors = [*script.actors, *self._you(screen)]
        enrol(actors, server, screen)
        desk = stack.enter_context(FrontDesk(server))
        desk.hold_session([actor.user_id for actor in actors])
        station = StationProcess(
            base_url=server.base_url,
            token_file=server.token_files["station"],
            state=self._settings.data_dir / "station",
        )
        stack.callback(station.stop)
        rows = self._play(station, script.scenes, screen)
        screen.close()
        self._console.print(_summary(rows), markup=False, highlight=False)
        if self._picture is not None:
            save_picture(rows, self._picture)
        if self._once:
            return 0 if all(row.as_expected for row in rows) and len(rows) == len(script.scenes) else 1
        self._console.print(
            self._what_next(server, script.scenes, desk, actors), markup=False, highlight=False, soft_wrap=True
        )
        signal.pause()
        return 0

    def _script(self, screen: Screen) -> Script:
        def report(what: str, done: int, total: int) -> None:
            screen.step(f"{what} ({done}/{total})")

        if self._faces is None:
            return drawn_script(self._settings.data_dir / "cast", report)
        find_face = wiring.face_finder(self._settings)
        return photograph_script(self._faces, lambda image: find_face(encode_jpeg(image)), report)

    def _you(self, screen: Screen) -> list[Actor]:
        """Whoever sits before the webcam now, to be enrolled."""
        if self._camera is None:
            return []
        screen.step("look into the webcam: the first burst enrols you")
        frames = capture_burst(self._camera, self._settings.data_dir / "you")
        photographs = tuple(Photograph(f"frame {number}", frame) for number, frame in enumerate(frames[::2], start=1))
        return [Actor(user_id="you", name="You", photographs=photographs)]

    def _play(self, station: StationProcess, scenes: Sequence[Scene], screen: Screen) -> list[Row]:
        if self._camera is not None:
            screen.step("press Enter before the webcam for a burst; Ctrl-C ends it")
            return list(_shown(station.watch_camera(self._camera), screen))
        folder = self._settings.data_dir / "bursts"
        shutil.rmtree(folder, ignore_errors=True)
        write_bursts(scenes, folder)
        expected: dict[str, str] = {scene.title: scene.expected for scene in scenes}
        interval_s = _INTERVAL_ONCE_S if self._once else _INTERVAL_S
        return list(_shown(station.play(folder, interval_s=interval_s, expected=expected), screen))

    def _what_next(self, server: LocalServer, scenes: Sequence[Scene], desk: FrontDesk, actors: Sequence[Actor]) -> str:
        request = self._settings.data_dir / "identify.json"
        image = b64encode(scenes[0].burst.primary_frame).decode("ascii")
        request.write_text(json.dumps({"image": image}), encoding="ascii")
        station, staff = server.token_files["station"], server.token_files["staff"]
        return f"""
The server stays up at {server.base_url} until Ctrl-C. Things to try:

  the dashboard, in a browser: set a password for the account "{ACCOUNT}"; the link works once, for a day
    {desk.dashboard_link()}

  {actors[0].name}'s phone, in another browser or a private window; the link works once, for ten minutes
    {desk.phone_link(actors[0].user_id)}

  more check-ins to watch
    {_again(server, self._settings.data_dir)}

  who is it? (the first burst's primary frame, over HTTP)
    curl -s {server.base_url}/api/checkin/identify/ -H "Authorization: Bearer $(cat {station})" \\
         -H "Content-Type: application/json" -d @{request}

  the latest check-ins, as staff
    curl -s "{server.base_url}/api/checkin/?limit=5" -H "Authorization: Bearer $(cat {staff})"

  the contract
    curl -s {server.base_url}/openapi.json

  your own people: make demo FACES=folder/   with folder/<name>/*.jpg
"""


def enrol(actors: Sequence[Actor], server: LocalServer, screen: Screen) -> None:
    """Registers and enrols those whom the server does not know yet."""
    with StaffClient(server.base_url, server.token("staff")) as staff:
        known = {person.user_id: person for person in staff.people()}
        for actor in actors:
            person = known.get(actor.user_id)
            if person is not None and person.templates > 0:
                screen.step(f"{actor.name} is enrolled already")
                continue
            id = person.id if person is not None else staff.register(actor.user_id, actor.name)
            answer = staff.enrol(id, actor.photographs)
            refused = "".join(f"; {one.name} refused: {one.title}" for one in answer.refused)
            screen.step(f"enrolled {actor.name} with {len(answer.accepted)} photographs{refused}")


def _again(server: LocalServer, data_dir: Path) -> str:
    """A command that plays the same bursts once more, slowly, by a fleet of its own."""
    program = Path(sys.executable).with_name("facecheckin-station")
    return (
        f"{program} simulate {data_dir / 'bursts'} --stations 1 --rate 0.5 --server {server.base_url} "
        f"--token-file {server.token_files['station']} --state {data_dir / 'fleet'}"
    )


def _apart(settings: Settings, faces: Path | None) -> Settings:
    """A folder of its own for each cast, so that no demo meets another's people or a real database."""
    name = "drawn" if faces is None else hashlib.sha256(str(faces.resolve()).encode()).hexdigest()[:12]
    data_dir = settings.data_dir / "demo" / name
    return msgspec.structs.replace(
        settings, data_dir=data_dir, keys_file=data_dir / "keys.json", database_url=None, emotion_policy="consented"
    )


def _shown(rows: Iterator[Row], screen: Screen) -> Iterator[Row]:
    for row in rows:
        screen.add(row)
        yield row


def _summary(rows: Sequence[Row]) -> str:
    identify = [row.identify_ms for row in rows if row.identify_ms is not None]
    emotion = [row.emotion_ms for row in rows if row.emotion_ms is not None]
    as_expected = sum(row.as_expected for row in rows)
    medians = [
        f"{what} {statistics.median(figures):.0f} ms"
        for what, figures in (("identify", identify), ("emotion", emotion))
        if figures
    ]
    return f"{as_expected} of {len(rows)} check-ins ended as expected; median at the station: {', '.join(medians)}"


def _once_each(screen: Screen) -> Callable[[str], None]:
    said: set[str] = set()

    def report(text: str) -> None:
        if text not in said:
            said.add(text)
            screen.step(f"  {text}")

    return report


@contextmanager
def _interruptible() -> Iterator[None]:
    """SIGTERM ends the demo as Ctrl-C does, which it may have inherited as ignored (a shell's background job)."""

    def interrupt(_: int, __: FrameType | None) -> None:
        raise KeyboardInterrupt

    previous = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
