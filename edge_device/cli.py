"""The command line of the station: `facecheckin-station play | run | capture | doctor`."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from edge_device.camera import Camera, CameraFailed
from edge_device.console import printing
from edge_device.doctor import Finding, examine_camera, examine_disk, examine_server, examine_token_file
from edge_device.folder_camera import FolderCamera, write_burst
from edge_device.outbox import OutboxFailed
from edge_device.pi_camera import PiCamera
from edge_device.programs import PlayPlan, StationSettings, play, run
from edge_device.station import CameraLost
from edge_device.station_token import TOKEN_VARIABLE, NoToken, token_source
from edge_device.trigger import NoKeys, every, on_enter
from edge_device.usb_camera import UsbCamera

_FAILED = 1


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        match options.command:
            case "play":
                return asyncio.run(_play(options))
            case "run":
                return asyncio.run(_run(options))
            case "capture":
                return _capture(options)
            case _:
                return asyncio.run(_doctor(options))
    except (CameraFailed, CameraLost, NoKeys, NoToken, OutboxFailed) as error:
        print(f"facecheckin-station: {error}", file=sys.stderr)
        return _FAILED
    except KeyboardInterrupt:
        return 130


async def _play(options: argparse.Namespace) -> int:
    camera = FolderCamera(options.folder, repeat=options.repeat)
    plan = PlayPlan(interval_s=options.interval, drain_wait_s=options.patience)
    left = await play(_settings(options), camera, printing(as_json=options.json), plan)
    return _say_what_is_left(left)


async def _run(options: argparse.Namespace) -> int:
    trigger = on_enter() if options.every is None else every(options.every)
    left = await run(_settings(options), _camera(options), printing(as_json=options.json), trigger)
    return _say_what_is_left(left)


def _capture(options: argparse.Namespace) -> int:
    camera = _camera(options)
    camera.open()
    try:
        write_burst(camera.capture_burst(), options.folder)
    finally:
        camera.close()
    print(f"six frames written to {options.folder}")
    return 0


async def _doctor(options: argparse.Namespace) -> int:
    findings: list[Finding] = []
    if options.camera != "none":
        findings.append(await asyncio.to_thread(examine_camera, _camera(options)))
    findings.append(await asyncio.to_thread(examine_disk, options.state))
    if options.token_file is not None:
        findings.append(examine_token_file(options.token_file))
    try:
        findings += await examine_server(options.server, token_source(options.token_file))
    except NoToken as error:
        findings.append(Finding("token", False, f"There is no token to present: {error}."))
    for finding in findings:
        mark = {True: "well", False: "WRONG", None: "note"}[finding.well]
        print(f"{mark:<6} {finding.about:<11} {finding.sentence}")
    return _FAILED if any(finding.well is False for finding in findings) else 0


def _say_what_is_left(left: int) -> int:
    if left:
        print(f"facecheckin-station: {left} saved and not yet sent; the next start goes on with them", file=sys.stderr)
    return _FAILED if left else 0


def _settings(options: argparse.Namespace) -> StationSettings:
    return StationSettings(
        server=options.server,
        token=token_source(options.token_file),
        state=options.state,
        choose=not options.as_it_is,
    )


def _camera(options: argparse.Namespace) -> Camera:
    if options.camera == "pi":
        return PiCamera(stride=options.stride)
    device = options.device
    return UsbCamera(int(device) if device.isdecimal() else device, stride=options.stride)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="facecheckin-station", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    player = commands.add_parser("play", help="play a folder of bursts to the server")
    player.add_argument("folder", type=Path, help="subfolders are bursts: frame1.jpg to frame6.jpg, and burst.json")
    player.add_argument("--repeat", action="store_true", help="start over at the end, until stopped")
    player.add_argument(
        "--interval", type=_seconds, default=0.0, metavar="S", help="seconds between the starts of bursts"
    )
    player.add_argument(
        "--patience", type=_seconds, default=60.0, metavar="S", help="seconds to go on sending after the last burst"
    )
    _add_sending(player)

    runner = commands.add_parser("run", help="check people in with a camera, until stopped")
    runner.add_argument("--every", type=_seconds, metavar="S", help="a burst every S seconds; otherwise at each Enter")
    _add_sending(runner)
    _add_camera(runner, ["pi", "usb"])

    capturer = commands.add_parser("capture", help="write one burst into a folder, and send nothing")
    capturer.add_argument("folder", type=Path, help="where frame1.jpg to frame6.jpg go")
    _add_camera(capturer, ["pi", "usb"])

    doctor = commands.add_parser("doctor", help="say what is wrong with the camera, the disk, the server, the token")
    _add_server(doctor)
    _add_camera(doctor, ["pi", "usb", "none"])
    return parser


def _add_sending(parser: argparse.ArgumentParser) -> None:
    _add_server(parser)
    parser.add_argument("--json", action="store_true", help="print each step as a line of JSON")
    parser.add_argument(
        "--as-it-is", action="store_true", help="send every burst, its first frame first, whatever it shows"
    )


def _add_server(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--server", type=_server, required=True, metavar="URL", help="base address of the server")
    parser.add_argument(
        "--token-file", type=Path, metavar="FILE", help=f"file with the station's token; otherwise {TOKEN_VARIABLE}"
    )
    parser.add_argument("--state", type=Path, default=_default_state(), metavar="DIR", help="folder of the outbox")


def _add_camera(parser: argparse.ArgumentParser, cameras: list[str]) -> None:
    parser.add_argument("--camera", choices=cameras, default="pi")
    parser.add_argument("--device", default="0", help="number or path of a USB camera")
    parser.add_argument("--stride", type=int, choices=range(1, 31), default=1, metavar="N", help="keep every Nth frame")


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0.0 <= seconds < float("inf"):
        raise argparse.ArgumentTypeError("must be seconds, 0 or more")
    return seconds


def _server(text: str) -> str:
    """Nothing secret may be in it: addresses end up in logs."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise argparse.ArgumentTypeError("must look like https://host or http://host:port")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise argparse.ArgumentTypeError("must hold no name, password or query: the token has its own place")
    return text.rstrip("/")


def _default_state() -> Path:
    base = os.environ.get("XDG_STATE_HOME")
    return (Path(base) if base else Path.home() / ".local" / "state") / "facecheckin-station"
