"""`facecheckin study …`: what the recorded history says about settings that were never tried."""

from __future__ import annotations

from datetime import UTC, datetime

import click
import msgspec
from rich.table import Table

from adapters import wiring
from adapters.analytics.threshold_study import CAVEATS, Study, in_force, read_decisions
from adapters.analytics.threshold_study import study as study_thresholds
from adapters.commands.replay import Moment, wide_console
from adapters.settings import load_settings
from domain.error_rates import Impostors

_DISTANCE = click.FloatRange(min=0.0)
_WORDS = {"verify": "claimed (1:1)", "identify": "searched (1:N)"}


@click.group()
def study() -> None:
    """Ask the recorded history what would have been."""


@study.command()
@click.option("--verify", type=_DISTANCE, help="largest distance that matches a claimed person")
@click.option("--identify", type=_DISTANCE, help="largest distance that matches anybody")
@click.option("--margin", type=_DISTANCE, help="how much farther the runner-up must be")
@click.option("--as-of", type=Moment(), help="only what was recorded by this moment")
@click.option("--json", "as_json", is_flag=True, help="one JSON document")
def thresholds(
    verify: float | None, identify: float | None, margin: float | None, as_of: datetime | None, as_json: bool
) -> None:
    """Decide every recorded check-in again at other thresholds; what is not given stays as it was last."""
    with wiring.open_database(load_settings()) as dsn:
        decisions = read_decisions(dsn, as_of or datetime.now(UTC))
    if not decisions:
        raise click.ClickException("no check-in was decided yet")
    model = decisions[-1].evidence.model
    calibration = wiring.calibration_of(model)
    base = in_force(decisions) or (None if calibration is None else calibration.thresholds)
    if base is None:
        raise click.ClickException(f"the thresholds of {model} are not known: give --verify, --identify and --margin")
    given = {"verify": verify, "identify": identify, "margin": margin}
    studied = msgspec.structs.replace(base, **{name: value for name, value in given.items() if value is not None})
    impostors = None
    if calibration is not None and calibration.thresholds.model == studied.model:
        mean, deviation = calibration.measurement.impostor_distance
        impostors = Impostors(mean=mean, deviation=deviation, pairs=calibration.measurement.impostor_pairs)
    result = study_thresholds(decisions, studied, impostors)
    if as_json:
        click.echo(msgspec.json.encode(result))
    else:
        _tell(result, impostors)


def _tell(result: Study, impostors: Impostors | None) -> None:
    console = wide_console()
    at = result.thresholds
    console.print(f"{at.model}: verify {at.verify:g}, identify {at.identify:g}, margin {at.margin:g}")
    table = Table("comparison", "recorded", "would be", "check-ins")
    for change in result.changes:
        differs = change.recorded != change.redecided
        redecided = change.redecided if differs else "the same"
        style = "bold" if differs else None
        table.add_row(_WORDS[change.comparison], change.recorded, redecided, str(change.check_ins), style=style)
    console.print(table)
    total = sum(change.check_ins for change in result.changes)
    console.print(f"{result.changed} of {total} decisions would differ.")
    if result.other_models:
        console.print(f"{result.other_models} decisions of other models were left out.")
    if result.false_matches is None or impostors is None:
        console.print(f"No calibration of {at.model} is known, so false matches cannot be estimated.")
    else:
        claims, strangers = (100 * result.false_matches[comparison] for comparison in ("verify", "identify"))
        console.print(
            f"False matches, from a normal distribution fitted to {impostors.pairs} pairs of different people: "
            f"{claims:.2g} % of false claims, {strangers:.2g} % of strangers before {result.gallery_people} people."
        )
    for caveat in CAVEATS:
        console.print(f"- {caveat}")
