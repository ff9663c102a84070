"""The options that several commands share, and the words that their values are written in."""

from __future__ import annotations

import argparse
import os
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from edge_device.camera import Camera
from edge_device.folder_camera import FolderCamera
from edge_device.pi_camera import PiCamera
from edge_device.station_token import TOKEN_VARIABLE
from edge_device.usb_camera import UsbCamera

if TYPE_CHECKING:
    # What `add_subparsers` answers has no public name, and takes no parameter at run time.
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]
else:
    Commands = argparse._SubParsersAction

Work = Callable[[argparse.Namespace], Awaitable[int]]
"""What a command does with its options, as `set_defaults(work=…)` keeps it: answers the exit status."""


def add_sending(parser: argparse.ArgumentParser) -> None:
    """What every command needs that sends bursts."""
    add_server(parser)
    parser.add_argument(
        "--rotate-days",
        type=float,
        default=90.0,
        metavar="N",
        help="replace the station's own key when it is so old; 0 for never",
    )
    parser.add_argument("--json", action="store_true", help="print each step as a line of JSON")
    parser.add_argument(
        "--as-it-is", action="store_true", help="send every burst, its first frame first, whatever it shows"
    )


def add_server(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--server", type=server, metavar="URL", help="base address of the server")
    parser.add_argument(
        "--token-file", type=Path, metavar="FILE", help=f"file with the station's token; otherwise {TOKEN_VARIABLE}"
    )
    add_state(parser)


def add_name(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--name", default=socket.gethostname(), metavar="NAME", help="what the station is called until one approves it"
    )


def add_state(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--state", type=Path, default=_default_state(), metavar="DIR", help="folder of the outbox and the key"
    )


def add_camera(parser: argparse.ArgumentParser, cameras: list[str]) -> None:
    parser.add_argument("--camera", choices=cameras, default="pi")
    parser.add_argument("--device", default="0", help="number or path of a USB camera, or the folder")
    parser.add_argument("--stride", type=int, choices=range(1, 31), default=1, metavar="N", help="keep every Nth frame")


def camera_of(options: argparse.Namespace) -> Camera:
    if options.camera == "pi":
        return PiCamera(stride=options.stride)
    device = options.device
    if options.camera == "folder":
        return FolderCamera(Path(device), repeat=True)
    return UsbCamera(int(device) if device.isdecimal() else device, stride=options.stride)


def seconds(text: str) -> float:
    number = float(text)
    if not 0.0 <= number < float("inf"):
        raise argparse.ArgumentTypeError("must be seconds, 0 or more")
    return number


def server(text: str) -> str:
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
