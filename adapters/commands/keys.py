"""`facecheckin keys …`: the keys that unlock everybody's keys."""

from __future__ import annotations

import click

from adapters import wiring
from adapters.settings import load_settings


@click.group()
def keys() -> None:
    """Rotate the key-encryption key, and check that every key can be opened."""


@keys.command()
def rotate() -> None:
    """Wrap every key under a new key-encryption key and destroy the old one.

    From then on no copy of the old key file opens anything in the database or in its backups. Make a new copy of it.
    """
    count = wiring.rotate_keys(load_settings())
    click.echo(f"wrapped {count} keys anew; the copies of the old key file open nothing any more: make a new one")


@keys.command()
def check() -> None:
    """Open everybody's key. Exits 1 where one cannot be opened, or a rotation was cut short."""
    checked = wiring.check_keys(load_settings())
    click.echo(f"{checked.people - checked.unreadable} of {checked.people} keys open, {checked.erased} erased")
    if checked.unreadable:
        raise click.ClickException("the key file is not the one that this database was sealed with")
    if checked.superseded:
        raise click.ClickException("a rotation was cut short: run `facecheckin keys rotate` again")
