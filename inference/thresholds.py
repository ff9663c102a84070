"""The thresholds of each identity model version, with how they were measured."""

from __future__ import annotations

from pathlib import Path

import msgspec

from domain.matching import Thresholds

THRESHOLDS_FILE = Path(__file__).with_name("thresholds.json")


class Measurement(msgspec.Struct, frozen=True, kw_only=True):
    """Where thresholds come from. Distances are given as their mean and standard deviation; rates from 0 to 1."""

    measured_on: str
    pictures: int
    people: int
    genuine_pairs: int
    impostor_pairs: int
    genuine_distance: tuple[float, float]
    impostor_distance: tuple[float, float]
    nearest_impostor: float
    equal_error_rate: float
    identify_trials: int
    enrolled_accepted: float
    strangers_accepted: float
    method: str


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    thresholds: Thresholds
    measurement: Measurement


class NotCalibrated(Exception):
    """An identity model without measured thresholds cannot decide anything."""

    def __init__(self, model: str) -> None:
        name = model.split(".", maxsplit=1)[0]
        super().__init__(
            f"the identity model {model} has no measured thresholds: "
            f"run `python -m benchmarks.calibration --model {name} --faces FOLDER --write`"
        )
        self.model = model


def calibrations(file: Path = THRESHOLDS_FILE) -> dict[str, Calibration]:
    """Every measured calibration, by model version."""
    return msgspec.json.decode(file.read_bytes(), type=dict[str, Calibration])


def thresholds_of(model: str, file: Path = THRESHOLDS_FILE) -> Thresholds:
    """Raises `NotCalibrated`."""
    calibration = calibrations(file).get(model)
    if calibration is None:
        raise NotCalibrated(model)
    return calibration.thresholds


def write(calibration: Calibration, file: Path = THRESHOLDS_FILE) -> None:
    """Replace the calibration of one model version."""
    every = calibrations(file) | {calibration.thresholds.model: calibration}
    file.write_bytes(msgspec.json.format(msgspec.json.encode(every, order="sorted"), indent=2) + b"\n")
