"""Thresholds belong to one model version, and say where they come from."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from inference.thresholds import THRESHOLDS_FILE, NotCalibrated, calibrations, thresholds_of, write
from inference.versions import IDENTITY_VERSIONS


def test_the_default_model_has_thresholds_with_their_measurement() -> None:
    calibration = calibrations()[IDENTITY_VERSIONS["resnet-29"]]
    assert (
        calibration.thresholds.identify < calibration.thresholds.verify < calibration.measurement.impostor_distance[0]
    )
    assert calibration.measurement.strangers_accepted == 0
    assert calibration.measurement.impostor_pairs > 1000


def test_confidence_falls_with_distance_and_is_a_half_at_the_midpoint() -> None:
    thresholds = thresholds_of("resnet-29.v1")
    assert thresholds.confidence(thresholds.midpoint) == pytest.approx(0.5)
    assert thresholds.confidence(0.3) > 0.99 > 0.01 > thresholds.confidence(0.9)


def test_an_unmeasured_model_is_an_error_that_names_the_script() -> None:
    with pytest.raises(NotCalibrated, match=r"benchmarks\.calibration --model other"):
        thresholds_of("other.v3")


def test_writing_replaces_one_model_and_keeps_the_rest(tmp_path: Path) -> None:
    file = tmp_path / "thresholds.json"
    file.write_bytes(THRESHOLDS_FILE.read_bytes())
    known = calibrations(file)["resnet-29.v1"]
    other = msgspec.structs.replace(known, thresholds=msgspec.structs.replace(known.thresholds, model="other.v1"))
    write(other, file)
    assert calibrations(file) == calibrations() | {"other.v1": other}
