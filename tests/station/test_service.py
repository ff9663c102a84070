"""The station as a service: units that systemd takes, and an installer that can be run twice and taken back."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from edge_device.watchdog import STALE_AFTER_S

REPOSITORY = Path(__file__).parents[2]
UNITS = REPOSITORY / "edge_device" / "service"
INSTALLER = REPOSITORY / "scripts" / "install-station.sh"
SERVER = ["--server", "https://checkin.example.org"]
# systemd knows these from version 254 on, and says of an older one only that it leaves them out.
_NEWER = re.compile(r"Unknown key( name)? '(RestartSteps|RestartMaxDelaySec)'")

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="no systemd-analyze here: apt-get install systemd"
)


def unit_here(name: str, folder: Path) -> Path:
    """The unit with programs and users that every machine has."""
    text = (UNITS / name).read_text(encoding="utf-8")
    text = re.sub(r"^(ExecStart=|ExecStartPre=)\S+", r"\1/bin/true", text, flags=re.MULTILINE)
    text = re.sub(r"^User=.*$", "User=root", text, flags=re.MULTILINE)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@needs_systemd
@pytest.mark.parametrize("name", ["facecheckin-station.service", "facecheckin-kiosk.service"])
def test_systemd_understands_every_line_of_the_units(name: str, tmp_path: Path) -> None:
    unit_here("facecheckin-station.service", tmp_path)
    unit = unit_here(name, tmp_path)
    ran = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False, timeout=60)
    assert [line for line in ran.stderr.splitlines() if str(tmp_path) in line and not _NEWER.search(line)] == []


@needs_systemd
def test_the_check_of_the_units_can_fail(tmp_path: Path) -> None:
    unit = unit_here("facecheckin-station.service", tmp_path)
    unit.write_text(unit.read_text(encoding="utf-8").replace("WatchdogSec", "WatchdogSecs"), encoding="utf-8")
    ran = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False, timeout=60)
    assert "WatchdogSecs" in ran.stderr


@needs_systemd
def test_the_station_is_exposed_no_more_than_it_must_be(tmp_path: Path) -> None:
    unit = unit_here("facecheckin-station.service", tmp_path)
    unit.write_text(unit.read_text(encoding="utf-8").replace("User=root", "User=nobody"), encoding="utf-8")
    command = ["systemd-analyze", "security", "--offline=true", str(unit)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    exposure = re.search(r"exposure level for \S+: ([\d.]+)", ran.stdout)
    if exposure is None:
        pytest.skip(f"this systemd cannot judge a unit that is not installed: {ran.stderr.strip()}")
    assert float(exposure[1]) <= 3.0


def test_the_watchdog_waits_longer_than_the_station_takes_to_notice() -> None:
    unit = (UNITS / "facecheckin-station.service").read_text(encoding="utf-8")
    watchdog = re.search(r"^WatchdogSec=(\d+)$", unit, flags=re.MULTILINE)
    assert watchdog is not None
    assert float(watchdog[1]) > STALE_AFTER_S
    assert "Type=notify" in unit
    assert "Restart=always" in unit


def install(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["sh", INSTALLER, *options], capture_output=True, text=True, check=False, timeout=60)


def files(root: Path) -> dict[str, str]:
    return {str(path.relative_to(root)): path.read_text(encoding="utf-8") for path in root.rglob("*") if path.is_file()}


def test_the_installer_passes_shellcheck() -> None:
    if shutil.which("shellcheck") is None:
        pytest.skip("no shellcheck here: apt-get install shellcheck")
    ran = subprocess.run(["shellcheck", INSTALLER], capture_output=True, text=True, check=False, timeout=60)
    assert ran.stdout == ""


def test_a_dry_run_says_everything_and_does_nothing(tmp_path: Path) -> None:
    ran = install(*SERVER, "--kiosk", "--dry-run", "--root", str(tmp_path))
    assert ran.returncode == 0, ran.stderr
    assert "systemctl enable facecheckin-station.service" in ran.stdout
    assert "systemctl enable facecheckin-kiosk.service" in ran.stdout
    assert files(tmp_path) == {}


def test_on_a_pi_numpy_and_simplejpeg_come_from_apt_and_never_from_pip() -> None:
    said = install(*SERVER, "--camera", "pi", "--dry-run").stdout
    packages = next(line for line in said.splitlines() if line.startswith("+ packages:"))
    assert "httpx==" in packages
    assert "cryptography==" in packages
    assert "numpy" not in packages
    assert "simplejpeg" not in packages
    assert "--no-deps" in said
    assert "python3-picamera2 python3-numpy python3-simplejpeg" in said
    assert "venv --system-site-packages" in said


def test_elsewhere_everything_is_locked_with_opencv_for_the_usb_camera() -> None:
    said = install(*SERVER, "--camera", "usb", "--dry-run").stdout
    assert all(package in said for package in ("numpy==", "simplejpeg==", "opencv-python-headless=="))
    assert "picamera2" not in said


def test_installing_twice_changes_nothing_and_keeps_what_the_operator_wrote(tmp_path: Path) -> None:
    assert install(*SERVER, "--camera", "pi", "--root", str(tmp_path)).returncode == 0
    first = files(tmp_path)
    assert set(first) == {"etc/facecheckin/station.env", "etc/systemd/system/facecheckin-station.service"}
    assert 'STATION_OPTIONS="--server https://checkin.example.org --camera pi"' in first["etc/facecheckin/station.env"]
    (tmp_path / "etc/facecheckin/station.env").write_text("STATION_OPTIONS=mine\n", encoding="utf-8")
    assert install("--root", str(tmp_path)).returncode == 0
    assert files(tmp_path) == first | {"etc/facecheckin/station.env": "STATION_OPTIONS=mine\n"}


def test_uninstalling_keeps_what_was_saved_unless_told_otherwise(tmp_path: Path) -> None:
    install(*SERVER, "--kiosk", "--root", str(tmp_path))
    saved = tmp_path / "var/lib/facecheckin-station/outbox.db"
    saved.parent.mkdir(parents=True)
    saved.write_text("saved", encoding="utf-8")
    assert install("--uninstall", "--root", str(tmp_path)).returncode == 0
    assert set(files(tmp_path)) == {"etc/facecheckin/station.env", "var/lib/facecheckin-station/outbox.db"}
    assert install("--uninstall", "--purge", "--root", str(tmp_path)).returncode == 0
    assert files(tmp_path) == {}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ([], "the server is needed"),
        (["--server", "ftp://host"], "must look like https://host"),
        (["--server", 'https://host" --camera usb'], "no blank, quote"),
        (["--server", "https://ada:secret@host"], "no blank, quote"),
        ([*SERVER, "--camera", "eye"], "must be pi or usb"),
        (["--frobnicate"], "usage:"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_done(
    options: list[str], sentence: str, tmp_path: Path
) -> None:
    ran = install(*options, "--root", str(tmp_path))
    assert ran.returncode != 0
    assert sentence in ran.stderr
    assert files(tmp_path) == {}
