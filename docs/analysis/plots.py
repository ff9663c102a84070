"""Draws a deployment's history: `python docs/analysis/plots.py --to plots/` (settings as for `facecheckin`).

Each plot is an SVG and a PNG, made offline. `--export DIR` draws the check-ins from an export instead of the database.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import altair as alt
import click
import duckdb
import msgspec

from adapters import wiring
from adapters.analytics import history
from adapters.analytics.replay_emotion import replay_emotion
from adapters.analytics.threshold_study import in_force, read_decisions, study
from adapters.settings import load_settings

# pyarrow has no stubs.
Table = Any
PNG_SCALE = 2
LATEST_GROUPS = 200
OUTCOMES = ("checked_in", "unknown", "ambiguous", "mismatch", "refused", "expired", "undecided")
COLOURS = ("#2a9d5c", "#e9a23b", "#b07aa1", "#d1495b", "#7f8c99", "#c9ced3", "#e6e8ea")
_OUTCOME = alt.Color("outcome:N", scale=alt.Scale(domain=OUTCOMES, range=COLOURS), title="outcome")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, required=True, help="folder for the plots")
    parser.add_argument("--export", type=Path, help="an export's folder: read check-ins there")
    options = parser.parse_args()
    options.to.mkdir(parents=True, exist_ok=True)
    with wiring.open_database(load_settings()) as dsn:
        check_ins = history.open(dsn).check_ins() if options.export is None else exported_check_ins(options.export)
        for name, chart in charts(dsn, check_ins):
            chart.save(options.to / f"{name}.svg")
            chart.save(options.to / f"{name}.png", scale_factor=PNG_SCALE)
            click.echo(f"{options.to / name}.svg, .png")


def charts(dsn: str, check_ins: Table) -> Iterator[tuple[str, alt.Chart | alt.LayerChart]]:
    if check_ins.num_rows == 0:
        raise click.ClickException("no check-in was recorded yet: run the demo, or generate a history")
    yield "outcomes", outcomes(check_ins)
    yield "distances", distances(check_ins)
    yield "stages", stages(check_ins)
    yield "thresholds", thresholds(dsn)
    emotion = emotions(dsn)
    if emotion is None:
        click.echo("emotions: no session that is over has ten readings or more, so nothing is drawn")
    else:
        yield "emotions", emotion


def exported_check_ins(folder: Path) -> Table:
    """The same columns as `history.open(dsn).check_ins()`, as far as the plots need them."""
    starts, decisions = (f"read_parquet('{folder}/{family}/*/*.parquet')" for family in ("starts", "decisions"))
    return duckdb.sql(
        f"""
        WITH latest AS (
            FROM {decisions} QUALIFY row_number() OVER (PARTITION BY check_in ORDER BY position DESC) = 1
        )
        SELECT starts.at AS started_at, outcome, distance, threshold, margin_required, timings_ms
        FROM {starts} AS starts LEFT JOIN latest USING (check_in)
        """  # noqa: S608 — a folder that the user names
    ).to_arrow_table()


def ask(check_ins: Table, query: str) -> list[dict[str, Any]]:
    """The rows of an SQL query over the table `check_ins`."""
    with duckdb.connect() as connection:
        connection.register("check_ins", check_ins)
        rows: list[dict[str, Any]] = connection.execute(query).to_arrow_table().to_pylist()
    return rows


def outcomes(check_ins: Table) -> alt.Chart:
    """How check-ins ended, by the time of day; in short steps where the history is shorter than a day."""
    [spans] = ask(check_ins, "SELECT max(started_at) - min(started_at) > INTERVAL 1 DAY AS days FROM check_ins")
    step = "15 minutes" if spans["days"] else "10 seconds"
    rows = ask(
        check_ins,
        f"""
        SELECT strftime(time_bucket(INTERVAL '{step}', started_at AT TIME ZONE 'UTC'), '%H:%M:%S') AS moment,
               coalesce(outcome, 'undecided') AS outcome, count(*) AS check_ins
        FROM check_ins GROUP BY ALL
        """,  # noqa: S608 — one of two constants
    )
    chart: alt.Chart = (
        _chart(rows, f"How check-ins ended, by {step} of the day (UTC)")
        .mark_bar()
        .encode(x=alt.X("moment:O", title=None), y=alt.Y("check_ins:Q", title="check-ins"), color=_OUTCOME)
    )
    return chart


def distances(check_ins: Table) -> alt.LayerChart:
    """Where decisions fell: the distance to the nearest person, and the thresholds in force."""
    rows = ask(
        check_ins,
        """
        SELECT round(distance / 0.01) * 0.01 AS distance, outcome, count(*) AS check_ins
        FROM check_ins WHERE distance IS NOT NULL GROUP BY ALL
        """,
    )
    limits = ask(
        check_ins,
        """
        SELECT DISTINCT threshold, CASE WHEN margin_required = 0 THEN 'verify' ELSE 'identify' END AS comparison
        FROM check_ins WHERE threshold IS NOT NULL
        """,
    )
    bars = (
        _chart(rows, "Distance to the nearest person, and the thresholds")
        .mark_bar(width=5)
        .encode(
            x=alt.X("distance:Q", title="distance", scale=alt.Scale(zero=False)),
            y=alt.Y("check_ins:Q", title="check-ins"),
            color=_OUTCOME,
        )
    )
    dashes = alt.StrokeDash("comparison:N", title="threshold")
    rules = alt.Chart(alt.InlineData(limits)).mark_rule(strokeWidth=2).encode(x="threshold:Q", strokeDash=dashes)
    return alt.LayerChart(layer=[bars, rules])


def stages(check_ins: Table) -> alt.LayerChart:
    """Where the time goes: each stage's median, and its range from the 5th to the 95th percentile."""
    rows = ask(
        check_ins,
        """
        SELECT one.key AS stage, quantile_cont(one.value, 0.5) AS p50, quantile_cont(one.value, 0.05) AS p5,
               quantile_cont(one.value, 0.95) AS p95
        FROM (SELECT unnest(map_entries(timings_ms)) AS one FROM check_ins) GROUP BY ALL
        """,
    )
    base = _chart(rows, "Stages of recognition").encode(y=alt.Y("stage:N", title=None, sort="-x"))
    median = alt.X("p50:Q", title="milliseconds (bar: median, line: 5 % to 95 %)")
    bars = base.mark_bar(color="#4c78a8").encode(x=median)
    return alt.LayerChart(layer=[bars, base.mark_rule(strokeWidth=2).encode(x="p5:Q", x2="p95:Q")])


def thresholds(dsn: str) -> alt.Chart:
    """What other `identify` thresholds would have decided about the faces that were searched for (1:N)."""
    every = read_decisions(dsn, datetime.now(UTC))
    searched = [one for one in every if one.comparison == "identify"]
    base = in_force(every)
    if base is None and searched and (calibration := wiring.calibration_of(searched[-1].evidence.model)) is not None:
        base = calibration.thresholds
    if base is None:
        raise click.ClickException("no thresholds are known for the decisions that were recorded")
    rows = []
    for step in range(30, 71, 2):
        told = study(searched, msgspec.structs.replace(base, identify=step / 100), None)
        total = sum(change.check_ins for change in told.changes)
        for outcome in ("checked_in", "ambiguous", "unknown"):
            count = sum(change.check_ins for change in told.changes if change.redecided == outcome)
            rows.append({"identify": step / 100, "outcome": outcome, "share": count / total if total else 0.0})
    chart: alt.Chart = (
        _chart(rows, "What other thresholds would have decided (1:N)")
        .mark_area()
        .encode(
            x=alt.X("identify:Q", title="identify threshold", scale=alt.Scale(zero=False)),
            y=alt.Y("share:Q", title="share of searches", axis=alt.Axis(format="%")),
            color=_OUTCOME,
        )
    )
    return chart


def emotions(dsn: str) -> alt.Chart | None:
    """Anonymous means of the latest sessions (or station days) that are over and large enough to be told."""
    told = [group for group in replay_emotion(dsn, datetime.now(UTC)) if group.figures is not None]
    rows = [
        {"group": f"{group.ends_at:%a %d, %H:%M}", "emotion": emotion, "mean": mean, "readings": figures.readings}
        for group in told[-LATEST_GROUPS:]
        if (figures := group.figures) is not None
        for emotion, mean in figures.mean.items()
    ]
    if not rows:
        return None
    chart: alt.Chart = (
        _chart(rows, "Mean probability of each emotion, by the end of the sessions (UTC)")
        .mark_line(point=True)
        .encode(
            x=alt.X("group:O", title=None, sort=None),
            y=alt.Y("average(mean):Q", title="mean probability"),
            color=alt.Color("emotion:N", title="emotion"),
        )
    )
    return chart


def _chart(rows: list[dict[str, Any]], title: str) -> Any:  # Any: altair loses a chart's type in `mark_…().encode()`
    return alt.Chart(alt.InlineData(rows), title=title, width=640, height=260)


if __name__ == "__main__":
    main()
