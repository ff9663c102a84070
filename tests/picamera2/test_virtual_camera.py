"""The unmodified picamera2 checks a drawn person in; skipped with the reason where there is no Debian 13 for it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from adapters.settings import Settings
from inference.weights import ModelStore
from tests.picamera2.check_in import check_in, why_not

# A folder that tests/picamera2/prepare made; without one, this machine must be a prepared Debian 13.
ROOT = Path(os.environ.get("FACECHECKIN_PICAMERA2", "/"))


@pytest.mark.models
def test_picamera2_drives_a_virtual_camera_through_a_burst_to_a_check_in(
    model_store: ModelStore, tmp_path: Path
) -> None:
    reason = why_not(ROOT)
    if reason is not None:
        pytest.skip(reason)
    settings = Settings(data_dir=tmp_path, models_dir=model_store.folder, keys_file=tmp_path / "keys.json", port=18000)
    story = check_in(ROOT, settings)
    assert story.of("identified")["match"] is True
    assert story.of("identified")["name"] == story.expected
    assert "emotion_read" in [step["step"] for step in story.steps]
    assert "picamera2 0.3.38" in story.versions
