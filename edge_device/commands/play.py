"""`facecheckin-station play`: a folder of bursts is played to the server."""

from __future__ import annotations

import argparse
from pathlib import Path

from edge_device.commands.arguments import Commands, add_sending, seconds
from edge_device.commands.sending import say_what_is_left, settings_of
from edge_device.console import printing
from edge_device.folder_camera import FolderCamera
from edge_device.programs import PlayPlan, play


def add(commands: Commands) -> None:
    parser = commands.add_parser("play", help="play a folder of bursts to the server")
    parser.add_argument("folder", type=Path, help="subfolders are bursts: frame1.jpg to frame6.jpg, and burst.json")
    parser.add_argument("--repeat", action="store_true", help="start over at the end, until stopped")
    parser.add_argument(
        "--interval", type=seconds, default=0.0, metavar="S", help="seconds between the starts of bursts"
    )
    parser.add_argument(
        "--patience", type=seconds, default=60.0, metavar="S", help="seconds to go on sending after the last burst"
    )
    add_sending(parser)
    parser.set_defaults(work=_play)


async def _play(options: argparse.Namespace) -> int:
    camera = FolderCamera(options.folder, repeat=options.repeat)
    plan = PlayPlan(interval_s=options.interval, drain_wait_s=options.patience)
    left = await play(settings_of(options), camera, printing(as_json=options.json), plan)
    return say_what_is_left(left)
