"""`facecheckin models …`: get, carry, list and verify the models."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from adapters import wiring
from adapters.settings import load_settings

_STEPS = {
    "download": "downloading",
    "extract": "unpacking",
    "convert": "converting",
    "check": "checking against its references",
    "ready": "ready",
}


@click.group()
def models() -> None:
    """Get, carry, list and verify the models."""


@models.command()
@click.argument("names", nargs=-1)
def fetch(names: tuple[str, ...]) -> None:
    """Get what is missing (NAMES, or all that are needed), convert it and check it against its references."""
    with _Bars() as bars:
        brought = wiring.fetch_models(load_settings(), names, bars.report)
    click.echo(f"models: {', '.join(brought)} added" if brought else "models: all there")


@models.command("import")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def import_(folder: Path) -> None:
    """Take published files from FOLDER, for a machine without a network."""
    with _Bars() as bars:
        brought = wiring.import_models(load_settings(), folder, bars.report)
    click.echo(f"models: {', '.join(brought)} added" if brought else "models: nothing new")


@models.command("list")
def list_() -> None:
    """Every model: what it is, where it comes from, its licence, and whether it is here."""
    table = Table("model", "here", "what", "licence", "source", "SHA-256 as published")
    for listed in wiring.list_models(load_settings()):
        model = listed.artefact
        here = f"{listed.bytes / 1e6:.1f} MB" if listed.present else "no"
        table.add_row(model.name, here, model.what, model.licence, str(model.source), f"{model.sha256[:12]}…")
    Console().print(table)


@models.command()
def verify() -> None:
    """Hash every file again and evaluate every network beside its references; exits 1 where one differs."""
    sound = True
    for verdict in wiring.verify_models(load_settings()):
        agreement = verdict.agreement
        figures = "" if agreement is None else f" (ONNX Runtime to torch: {agreement.onnx_to_torch:.1e})"
        click.echo(f"{verdict.name}: {verdict.problem or 'sound'}{figures}")
        sound = sound and verdict.problem is None
    if not sound:
        sys.exit(1)


class _Bars:
    """Progress bars on a terminal, a line a step elsewhere."""

    def __init__(self) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeElapsedColumn())
        self._progress = Progress(*columns)
        self._live = self._progress.console.is_terminal
        self._tasks: dict[str, TaskID] = {}
        self._said = ""

    def __enter__(self) -> _Bars:
        if self._live:
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._progress.stop()

    def report(self, progress: wiring.ModelProgress) -> None:
        model = progress.model
        text = f"{model}: {_STEPS[progress.step]}"
        if not self._live:
            if text != self._said:
                self._said = text
                click.echo(text)
            return
        task = self._tasks.get(model)
        if task is None:
            task = self._tasks[model] = self._progress.add_task(text, total=None)
        self._progress.update(task, description=text, completed=progress.done_bytes, total=progress.total_bytes)
        if progress.step == "ready":
            self._progress.update(task, total=1, completed=1)
