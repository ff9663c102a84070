"""`facecheckin …`: everything that an operator does, one command each."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import httpx

from adapters.commands.accounts import accounts
from adapters.commands.events import events
from adapters.commands.keys import keys
from adapters.commands.models import models
from adapters.commands.people import people
from adapters.commands.projections import projections
from adapters.commands.replay import replay
from adapters.commands.retention import retention
from adapters.commands.sessions import sessions
from adapters.commands.stations import stations
from adapters.commands.study import study
from adapters.commands.tokens import tokens
from adapters.logs import log_warnings
from adapters.settings import SettingsInvalid, load_settings


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="facecheckin")
def facecheckin() -> None:
    """Face check-in at a door: the server, its models, its people."""


facecheckin.add_command(accounts)
facecheckin.add_command(events)
facecheckin.add_command(keys)
facecheckin.add_command(models)
facecheckin.add_command(people)
facecheckin.add_command(projections)
facecheckin.add_command(replay)
facecheckin.add_command(retention)
facecheckin.add_command(sessions)
facecheckin.add_command(stations)
facecheckin.add_command(study)
facecheckin.add_command(tokens)


@facecheckin.command()
@click.option("--with-parent", is_flag=True, help="end when the process that started this one ends")
def serve(with_parent: bool) -> None:
    """Migrate the database, warm the models, and answer stations over HTTP."""
    from adapters.serving import end_with_parent, serve_forever

    if with_parent:
        end_with_parent()
    serve_forever(load_settings())


@facecheckin.command()
def migrate() -> None:
    """Bring the database's schema up to this version."""
    from adapters import wiring

    applied = wiring.migrate_database(load_settings())
    click.echo(f"applied {', '.join(applied)}" if applied else "the database is up to date")


@facecheckin.command()
def healthcheck() -> None:
    """Exit 0 while the server on this machine is ready."""
    settings = load_settings()
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104 (compared, not bound)
    try:
        ready = httpx.get(f"http://{host}:{settings.port}/health/ready/", timeout=2.0).is_success
    except httpx.TransportError:
        ready = False
    if not ready:
        sys.exit(1)


@facecheckin.command()
@click.option(
    "--faces",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="enrol the people of a folder (FOLDER/<name>/*.jpg) and play their photographs",
)
@click.option("--camera", metavar="usb[:DEVICE]", help="enrol yourself and check in at a webcam (a number or a path)")
@click.option("--once", is_flag=True, help="play once, print a summary, exit 0 only if all ended as expected")
@click.option("--picture", type=click.Path(dir_okay=False, path_type=Path), help="save the table as an SVG file")
def demo(faces: Path | None, camera: str | None, once: bool, picture: Path | None) -> None:
    """Enrol a few people, play a station, and watch."""
    from adapters.demo.demo import Demo

    if faces is not None and camera is not None:
        raise click.UsageError("--faces and --camera cannot be combined")
    kind, _, device = (camera or "usb").partition(":")
    if kind != "usb":
        raise click.UsageError("--camera is usb, or usb:DEVICE")
    device = device or "0"
    sys.exit(Demo(load_settings(), faces=faces, camera=device if camera else None, once=once, picture=picture).run())


def main() -> None:
    from adapters.wiring import OPERATOR_ERRORS

    log_warnings()
    try:
        facecheckin()
    except (SettingsInvalid, *OPERATOR_ERRORS) as error:
        click.echo(f"facecheckin: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
