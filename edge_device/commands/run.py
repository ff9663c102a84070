"""`facecheckin-station run`: people are checked in with a camera, until the station is stopped."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from typing import get_args

from edge_device.camera import CameraFailed
from edge_device.capture_settings import CaptureMode, CaptureSettings
from edge_device.commands.arguments import Commands, add_camera, add_name, add_sending, camera_of, seconds
from edge_device.commands.panel import add_kiosk, add_panel, wiring_of
from edge_device.commands.sending import say_what_is_left, settings_once_paired
from edge_device.console import printing
from edge_device.front import Front, FrontPlan, facing_people
from edge_device.programs import RunPlan, run
from edge_device.pushed_settings import PushedSettings, SettingsInForce
from edge_device.station import CameraLost
from edge_device.trigger import NoKeys, listen_to_enter


def add(commands: Commands) -> None:
    parser = commands.add_parser("run", help="check people in with a camera, until stopped")
    parser.add_argument(
        "--capture",
        choices=get_args(CaptureMode),
        help="what starts a burst, whatever the server's settings say; a key or a button always does",
    )
    parser.add_argument("--every", type=seconds, metavar="S", help="a burst every S seconds")
    add_sending(parser)
    add_name(parser)
    add_camera(parser, ["pi", "usb", "folder"])
    add_panel(parser)
    add_kiosk(parser)
    parser.set_defaults(work=_run)


async def _run(options: argparse.Namespace) -> int:
    plan = FrontPlan(wiring=wiring_of(options), kiosk_port=options.kiosk, note=_note)
    async with facing_people(plan, printing(as_json=options.json)) as front:
        settings = await settings_once_paired(options, front.hear, front.progress.both)
        _listen_to_keys(options, settings.pushed, front)
        _follow(options, settings.pushed, front)
        running = RunPlan(
            presses=front.presses,
            capture=lambda: _capture(options, settings.pushed.current),
            progress=front.progress,
            opened=front.opened,
        )
        try:
            left = await run(settings, camera_of(options), front.hear, running)
        except (CameraFailed, CameraLost) as error:
            await front.mourn_camera(str(error))
            raise
    return say_what_is_left(left)


def _capture(options: argparse.Namespace, pushed: PushedSettings) -> CaptureSettings:
    """The command line goes before the server."""
    settings = pushed.capture_settings
    if options.every is not None:
        return replace(settings, mode="interval", cooldown_s=options.every)
    return settings if options.capture is None else replace(settings, mode=options.capture)


def _follow(options: argparse.Namespace, pushed: SettingsInForce, front: Front) -> None:
    def tune(settings: PushedSettings) -> None:
        front.tune(settings.language, _capture(options, settings).mode)

    pushed.subscribe(tune)
    tune(pushed.current)


def _listen_to_keys(options: argparse.Namespace, pushed: SettingsInForce, front: Front) -> None:
    """Without a keyboard only a station fails that has nothing else to wait for."""
    try:
        listen_to_enter(front.presses)
    except NoKeys:
        if _capture(options, pushed.current).mode == "key" and options.button_pin is None:
            raise


def _note(sentence: str) -> None:
    print(f"facecheckin-station: {sentence}", file=sys.stderr)
