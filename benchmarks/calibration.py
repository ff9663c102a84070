"""Measures the thresholds of an identity model on photographs; `--write` keeps them for the engine.

Run as `python -m benchmarks.calibration [--model resnet-29] [--faces FOLDER] [--write]`, where FOLDER holds
`person/picture.jpg`, or `set/person/picture.jpg`.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np
from scipy import optimize, special, stats

from application.ports import Refused
from benchmarks.accuracy import Distances, Pairs, Sample, identify_trials, pairs
from benchmarks.photographs import PHOTOGRAPHS, identities, place
from domain.matching import Thresholds
from inference.assembly import open_engine
from inference.engine import Engine
from inference.thresholds import Calibration, Measurement, write
from inference.versions import IDENTITY_NAMES
from inference.weights import ModelStore

VERIFY_FALSE_MATCH_RATE = 0.001
IDENTIFY_FALSE_MATCH_RATE = 0.001
IDENTIFY_GALLERY = 100

METHOD = (
    "verify: the distance that 0.1 % of impostor pairs fall below, from a normal distribution fitted to them, or their "
    "empirical quantile where that is smaller. identify: the same for 0.1 % of strangers accepted by a gallery of 100. "
    "margin: half the distance between verify and identify. midpoint, slope: logistic regression (Platt) with genuine "
    "and impostor pairs weighted equally."
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", choices=IDENTITY_NAMES, default="resnet-29")
    parser.add_argument("--faces", type=Path, default=PHOTOGRAPHS)
    parser.add_argument("--models", type=Path, default=Path(".models"), help="the model store")
    parser.add_argument("--write", action="store_true", help="replace the model's entry in inference/thresholds.json")
    options = parser.parse_args()
    if not options.faces.is_dir():
        sys.exit(f"{options.faces} is no folder: calibration needs photographs, as FOLDER/person/picture.jpg")
    engine = open_engine(ModelStore(options.models), options.model)
    samples, refused = embed_all(engine, options.faces)
    if len({sample.person for sample in samples}) < 3:
        sys.exit(f"{options.faces} shows fewer than three people: nothing can be measured on them")
    calibration = calibrate(engine.identity.version, samples, f"{options.faces.name}, 640×480 frames, face 170 px")
    report(calibration, pairs(samples), samples, refused)
    if options.write:
        write(calibration)
        print(f"\nwritten: {calibration.thresholds.model}")


def embed_all(engine: Engine, folder: Path) -> tuple[list[Sample], list[str]]:
    """The embedding of each photograph as a station would see it, and what was refused."""
    nobody = np.zeros((0, engine.identity.dimensions), dtype=np.float32)
    samples, refused = [], []
    for seed, photograph in enumerate(identities(folder)):
        placed = place(photograph, engine)
        if placed is None:
            refused.append(f"{photograph.path.name}: no face")
            continue
        look = engine.look(placed.burst(seed).primary_frame, nobody)
        if isinstance(look, Refused):
            refused.append(f"{photograph.path.name}: {look.refusal.code}")
            continue
        person = f"{photograph.group}/{photograph.person}"
        samples.append(Sample(person=person, group=photograph.group, embedding=look.embedding))
    return samples, refused


def calibrate(model: str, samples: Sequence[Sample], measured_on: str) -> Calibration:
    distances = pairs(samples)
    verify = tail(distances.impostor, VERIFY_FALSE_MATCH_RATE)
    identify = tail(distances.impostor, 1 - (1 - IDENTIFY_FALSE_MATCH_RATE) ** (1 / IDENTIFY_GALLERY))
    midpoint, slope = logistic(distances)
    thresholds = Thresholds(
        model=model,
        verify=round(verify, 3),
        identify=round(identify, 3),
        margin=round((verify - identify) / 2, 3),
        false_match_rate=VERIFY_FALSE_MATCH_RATE,
        midpoint=round(midpoint, 4),
        slope=round(slope, 2),
    )
    trials = identify_trials(samples, thresholds)
    return Calibration(
        thresholds=thresholds,
        measurement=Measurement(
            measured_on=f"{measured_on}; {datetime.now(UTC):%Y-%m-%d}",
            pictures=len(samples),
            people=len({sample.person for sample in samples}),
            genuine_pairs=len(distances.genuine),
            impostor_pairs=len(distances.impostor),
            genuine_distance=_mean_and_deviation(distances.genuine),
            impostor_distance=_mean_and_deviation(distances.impostor),
            nearest_impostor=round(float(distances.impostor.min()), 4),
            equal_error_rate=round(distances.equal_error_rate(), 5),
            identify_trials=trials.enrolled + trials.strangers,
            enrolled_accepted=round(trials.enrolled_accepted / trials.enrolled, 4),
            strangers_accepted=round(trials.strangers_accepted / trials.strangers, 4),
            method=METHOD,
        ),
    )


def tail(impostor: Distances, rate: float) -> float:
    """The distance that a share `rate` of impostor pairs fall below: by a normal fit, never above what was seen."""
    fitted = float(stats.norm.ppf(rate, impostor.mean(), impostor.std()))
    return min(fitted, float(np.quantile(impostor, rate)))


def logistic(distances: Pairs) -> tuple[float, float]:
    """Midpoint and slope of P(same person | distance), both kinds of pairs weighing the same.

    Platt's targets, (n + 1) / (n + 2) and 1 / (n + 2), keep the slope finite where the two do not overlap.
    """
    genuine, impostor = distances.genuine, distances.impostor
    hit, miss = (len(genuine) + 1) / (len(genuine) + 2), 1 / (len(impostor) + 2)

    def loss(parameters: tuple[float, float]) -> float:
        midpoint, slope = parameters
        same, other = slope * (midpoint - genuine), slope * (midpoint - impostor)
        return -float(
            np.mean(hit * special.log_expit(same) + (1 - hit) * special.log_expit(-same))
            + np.mean(miss * special.log_expit(other) + (1 - miss) * special.log_expit(-other))
        )

    start = ((genuine.mean() + impostor.mean()) / 2, 20.0)
    midpoint, slope = optimize.minimize(loss, start, method="Nelder-Mead", options={"maxiter": 4000}).x
    return float(midpoint), float(slope)


def report(calibration: Calibration, distances: Pairs, samples: Sequence[Sample], refused: Sequence[str]) -> None:
    print(msgspec.json.format(msgspec.json.encode(calibration), indent=2).decode())
    print("\nrefused:", ", ".join(refused) or "none")
    print("\ndistance   genuine                                  impostor")
    edges = np.arange(0.1, 1.3, 0.05)
    for left, right in pairwise(edges):
        same = int(np.count_nonzero((distances.genuine >= left) & (distances.genuine < right)))
        other = int(np.count_nonzero((distances.impostor >= left) & (distances.impostor < right)))
        genuine_bar, impostor_bar = _bar(same, len(distances.genuine)), _bar(other, len(distances.impostor))
        print(f"{left:.2f}  {same:6d} {genuine_bar:30s} {other:6d} {impostor_bar}")
    fit = stats.kstest(distances.impostor, "norm", args=(distances.impostor.mean(), distances.impostor.std()))
    print(f"\nnormal fit of the impostor distances: Kolmogorov-Smirnov {fit.statistic:.3f} (p {fit.pvalue:.2f})")
    for rate in (0.1, 0.05, 0.01, 0.005, 0.001):
        fitted = stats.norm.ppf(rate, distances.impostor.mean(), distances.impostor.std())
        seen = np.quantile(distances.impostor, rate)
        print(f"  {rate:6.1%} of them below: fitted {fitted:.3f}, seen {seen:.3f}")
    trials = identify_trials(samples, calibration.thresholds)
    print(
        f"1:N: {trials.enrolled_accepted} of {trials.enrolled} enrolled accepted, "
        f"{trials.enrolled_as_another} as another; {trials.strangers_accepted} of {trials.strangers} strangers accepted"
    )


def _bar(count: int, whole: int) -> str:
    return "#" * math.ceil(100 * count / whole)


def _mean_and_deviation(values: Distances) -> tuple[float, float]:
    return round(float(values.mean()), 4), round(float(values.std()), 4)


if __name__ == "__main__":
    main()
