"""`facecheckin-station capture`: one burst is written into a folder, and nothing is sent."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from edge_device.commands.arguments import Commands, add_camera, camera_of
from edge_device.folder_camera import write_burst


def add(commands: Commands) -> None:
    parser = commands.add_parser("capture", help="write one burst into a folder, and send nothing")
    parser.add_argument("folder", type=Path, help="where frame1.jpg to frame6.jpg go")
    add_camera(parser, ["pi", "usb"])
    parser.set_defaults(work=_capture)


async def _capture(options: argparse.Namespace) -> int:
    await asyncio.to_thread(_write_one_burst, options)
    print(f"six frames written to {options.folder}")
    return 0


def _write_one_burst(options: argparse.Namespace) -> None:
    camera = camera_of(options)
    camera.open()
    try:
        write_burst(camera.capture_burst(), options.folder)
    finally:
        camera.close()
