"""`facecheckin retention …`: forgetting what nobody has needed for a set time."""

from __future__ import annotations

import click

from adapters import wiring
from adapters.commands.running import run
from adapters.settings import load_settings
from application.retain import Forgotten


@click.group()
def retention() -> None:
    """Forget templates and people after the days that the policy says."""


@retention.command("run")
@click.option("--dry-run", is_flag=True, help="only say what would be forgotten")
def run_(dry_run: bool) -> None:
    """Apply it now; the server does so by itself once a day."""
    settings = load_settings()

    async def work() -> Forgotten:
        async with wiring.open_data_subjects(settings) as subjects:
            policy = await subjects.policies.newest()
            if policy.templates_days is None and policy.people_days is None:
                raise click.ClickException(
                    "retention is off: set it in the dashboard under Settings, or, where no policy was ever set there,"
                    " with FACECHECKIN_RETAIN_TEMPLATES_DAYS and FACECHECKIN_RETAIN_PEOPLE_DAYS"
                )
            return await subjects.apply_retention(dry_run=dry_run)

    forgotten = run(work())
    would = "would be " if dry_run else ""
    for person in forgotten.faces:
        click.echo(f"{person}: templates {would}purged")
    for person in forgotten.people:
        click.echo(f"{person}: {would}erased")
    click.echo(f"{len(forgotten.faces)} people's templates {would}purged, {len(forgotten.people)} people {would}erased")
