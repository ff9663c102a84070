"""The cameras as far as they can be tried without hardware: a folder, a film through OpenCV, the Pi's planes."""

from __future__ import annotations

import importlib.util
import time
from pathlib import Path

import numpy as np
import pytest

from edge_device.camera import CameraEnded, CameraFailed, CameraTimedOut
from edge_device.folder_camera import FolderCamera
from edge_device.pi_camera import PiCamera, nv12_planes, yuv420_planes
from edge_device.usb_camera import UsbCamera
from tests.station.pictures import write_burst


def opened(folder: Path, *, repeat: bool = False) -> FolderCamera:
    camera = FolderCamera(folder, repeat=repeat)
    camera.open()
    return camera


def test_a_folder_is_played_in_the_order_of_its_names_and_then_ends(tmp_path: Path) -> None:
    for name in ("b", "a", "c"):
        write_burst(tmp_path / name, 1)
    camera = opened(tmp_path)
    assert [camera.capture_burst().source for _ in range(3)] == ["a", "b", "c"]
    with pytest.raises(CameraEnded):
        camera.capture_burst()


def test_a_repeated_folder_starts_over(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_burst(tmp_path / name, 1)
    camera = opened(tmp_path, repeat=True)
    assert [camera.capture_burst().source for _ in range(5)] == ["a", "b", "a", "b", "a"]


def test_a_folder_of_six_frames_is_one_burst(tmp_path: Path) -> None:
    write_burst(tmp_path / "one", 1)
    assert opened(tmp_path / "one").capture_burst().source == "one"


def test_the_frames_of_a_folder_are_the_files_as_they_are(tmp_path: Path) -> None:
    write_burst(tmp_path / "a", 1)
    (tmp_path / "a" / "frame3.jpg").write_bytes(b"damaged on purpose")
    burst = opened(tmp_path).capture_burst()
    assert burst.frames[2].jpeg == b"damaged on purpose"
    assert burst.frames[5].jpeg == (tmp_path / "a" / "frame6.jpg").read_bytes()


def test_a_note_beside_the_frames_names_the_person_and_the_burst(tmp_path: Path) -> None:
    write_burst(tmp_path / "a", 1, '{"user_id": "ada", "label": "blurred"}')
    burst = opened(tmp_path).capture_burst()
    assert (burst.user_id, burst.label) == ("ada", "blurred")


@pytest.mark.parametrize("note", ["{", "[]", '{"user_id": 7}'])
def test_a_note_that_cannot_be_read_is_named(tmp_path: Path, note: str) -> None:
    write_burst(tmp_path / "a", 1, note)
    with pytest.raises(CameraFailed, match=r"burst\.json"):
        opened(tmp_path).capture_burst()


def test_a_burst_that_lacks_a_frame_is_named(tmp_path: Path) -> None:
    write_burst(tmp_path / "a", 1)
    (tmp_path / "a" / "frame4.jpg").unlink()
    with pytest.raises(CameraFailed, match=r"frame4\.jpg"):
        opened(tmp_path).capture_burst()


def test_an_empty_folder_is_no_camera(tmp_path: Path) -> None:
    with pytest.raises(CameraFailed, match="no bursts"):
        opened(tmp_path)
    with pytest.raises(CameraFailed, match="not a folder"):
        opened(tmp_path / "missing")


def test_opencv_gives_six_frames_in_the_order_of_time(film: Path) -> None:
    camera = UsbCamera(str(film))
    camera.open()
    try:
        asked_ns = time.monotonic_ns()
        burst = camera.capture_burst()
    finally:
        camera.close()
    times = [frame.monotonic_ns for frame in burst.frames]
    assert asked_ns < times[0]
    assert times == sorted(set(times))
    assert all(frame.jpeg.startswith(b"\xff\xd8") for frame in burst.frames)


def test_a_film_that_is_over_is_a_failure_that_says_so_and_opening_anew_helps(film: Path) -> None:
    camera = UsbCamera(str(film))
    camera.open()
    try:
        with pytest.raises(CameraFailed, match="no more frames"):
            [camera.capture_burst() for _ in range(1000)]
        camera.open()
        assert len(camera.capture_burst().frames) == 6
    finally:
        camera.close()


def test_a_missing_usb_camera_is_a_failure_that_says_so(tmp_path: Path) -> None:
    with pytest.raises(CameraFailed, match="does not open"):
        UsbCamera(str(tmp_path / "missing.avi")).open()


def test_a_camera_that_gives_no_frame_in_time_times_out_and_can_be_closed(film: Path) -> None:
    camera = UsbCamera(str(film), stride=100_000, frame_timeout_s=0.01)
    camera.open()
    try:
        with pytest.raises(CameraTimedOut):
            camera.capture_burst()
    finally:
        camera.close()


def test_the_planes_of_the_pis_frames_are_found_behind_their_padding() -> None:
    width, height, stride = 6, 4, 8
    rows = np.zeros((height * 3 // 2, stride), np.uint8)
    rows[:height, :width] = 10
    chroma = rows[height:].reshape(height, stride // 2)
    chroma[: height // 2, : width // 2] = 20
    chroma[height // 2 :, : width // 2] = 30
    luminance, blue, red = yuv420_planes(rows, width, height)
    assert (luminance.shape, blue.shape, red.shape) == ((4, 6), (2, 3), (2, 3))
    assert (luminance == 10).all()
    assert (blue == 20).all()
    assert (red == 30).all()


def test_the_planes_of_interleaved_chroma_are_found_behind_their_padding() -> None:
    width, height, stride = 6, 4, 8
    rows = np.zeros((height * 3 // 2, stride), np.uint8)
    rows[:height, :width] = 10
    rows[height:, 0:width:2] = 20
    rows[height:, 1:width:2] = 30
    luminance, blue, red = nv12_planes(rows, width, height)
    assert (luminance.shape, blue.shape, red.shape) == ((4, 6), (2, 3), (2, 3))
    assert (luminance == 10).all()
    assert (blue == 20).all()
    assert (red == 30).all()


@pytest.mark.skipif(importlib.util.find_spec("picamera2") is not None, reason="picamera2 is installed here")
def test_without_picamera2_the_pis_camera_says_what_to_install() -> None:
    with pytest.raises(CameraFailed, match="python3-picamera2"):
        PiCamera().open()
