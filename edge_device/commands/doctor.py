"""`facecheckin-station doctor`: says what is wrong with the camera, the disk, the server, the token or the key."""

from __future__ import annotations

import argparse
import asyncio

from edge_device.commands.arguments import Commands, add_camera, add_server, camera_of
from edge_device.commands.panel import add_panel, examine_panel, wiring_of
from edge_device.commands.sending import has_token
from edge_device.credentials import Bearer, Signing
from edge_device.doctor import Finding, examine_camera, examine_disk, examine_server, examine_token_file
from edge_device.identity_doctor import examine_identity
from edge_device.station_token import NoToken, token_source

_MARKS = {True: "well", False: "WRONG", None: "note"}


def add(commands: Commands) -> None:
    parser = commands.add_parser("doctor", help="say what is wrong with the camera, the disk, the server, the token")
    add_server(parser)
    add_camera(parser, ["pi", "usb", "none"])
    add_panel(parser)
    parser.set_defaults(work=_doctor)


async def _doctor(options: argparse.Namespace) -> int:
    findings: list[Finding] = []
    if options.camera != "none":
        findings.append(await asyncio.to_thread(examine_camera, camera_of(options)))
    findings.append(await asyncio.to_thread(examine_disk, options.state))
    findings += examine_panel(wiring_of(options))
    findings += await (_with_token(options) if has_token(options) else _with_identity(options))
    for finding in findings:
        print(f"{_MARKS[finding.well]:<6} {finding.about:<11} {finding.sentence}")
    return 1 if any(finding.well is False for finding in findings) else 0


async def _with_token(options: argparse.Namespace) -> list[Finding]:
    findings = []
    if options.token_file is not None:
        findings.append(examine_token_file(options.token_file))
    if options.server is None:
        return [*findings, Finding("server", False, "With a token the server's address is needed too: --server URL")]
    try:
        return findings + await examine_server(options.server, Bearer(token_source(options.token_file)))
    except NoToken as error:
        return [*findings, Finding("token", False, f"There is no token to present: {error}.")]


async def _with_identity(options: argparse.Namespace) -> list[Finding]:
    found = examine_identity(options.state)
    keys = found.keys
    if keys is None or found.server is None:
        return found.findings
    return found.findings + await examine_server(found.server, Signing(lambda: keys))
