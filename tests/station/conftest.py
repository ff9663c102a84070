"""What several tests of the station use: a film of generated frames that stands in for a webcam's stream."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.station.pictures import scene


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "film.avi"
    pictures = [np.repeat(scene(number)[:, :, None], 3, axis=2) for number in range(4)]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 30.0, (640, 480))
    for number in range(200):
        writer.write(pictures[number % 4])
    writer.release()
    return path
