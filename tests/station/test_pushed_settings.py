"""Settings that administrators push: checked one by one, kept, and in force at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_device.capture_settings import CaptureSettings
from edge_device.pushed_settings import PushedSettings, SettingsInForce, checked

DEFAULTS = PushedSettings()
JSON = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.lists(st.integers(), max_size=2)
)


def test_before_anybody_set_anything_the_defaults_are_in_force(tmp_path: Path) -> None:
    settings = SettingsInForce(tmp_path)
    assert (settings.current, settings.version) == (DEFAULTS, 0)
    assert settings.current.capture_settings == CaptureSettings(mode="presence", cooldown_s=3.0, retake_limit=3)


def test_what_was_taken_is_in_force_at_once_and_after_a_restart(tmp_path: Path) -> None:
    settings = SettingsInForce(tmp_path)
    heard: list[PushedSettings] = []
    settings.subscribe(heard.append)
    assert settings.take({"language": "de", "cooldown_s": 1.5, "newer": {"than": "us"}}, 4) == ()
    assert (settings.current.language, settings.current.cooldown_s) == ("de", 1.5)
    assert heard == [settings.current]
    again = SettingsInForce(tmp_path)
    assert (again.current, again.version) == (settings.current, 4)


def test_what_is_in_force_already_changes_nothing(tmp_path: Path) -> None:
    settings = SettingsInForce(tmp_path)
    settings.take({"language": "de"}, 1)
    heard: list[PushedSettings] = []
    settings.subscribe(heard.append)
    assert settings.take({"language": "de"}, 1) is None
    assert heard == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("language", "fr"),
        ("cooldown_s", 0.4),
        ("cooldown_s", float("nan")),
        ("cooldown_s", True),
        ("retake_limit", 11),
        ("retake_limit", 2.5),
        ("capture", "telepathy"),
        ("heartbeat_s", 4.9),
        ("heartbeat_s", "30"),
        ("emotion", 1),
    ],
)
def test_a_value_that_makes_no_sense_leaves_the_one_before(field: str, value: object) -> None:
    settings = SettingsInForce()
    assert settings.take({field: value, "language": "ar"} | {field: value}, 1) == (field,)
    assert getattr(settings.current, field) == getattr(DEFAULTS, field)
    assert settings.version == 1


@given(st.dictionaries(st.sampled_from([*PushedSettings.__dataclass_fields__, "other"]), JSON))
def test_whatever_is_pushed_what_is_in_force_makes_sense(offered: dict[str, object]) -> None:
    settings, kept = checked(offered, DEFAULTS)
    assert settings.language in ("en", "de", "ar")
    assert settings.capture in ("presence", "key", "gpio", "interval")
    assert 0.5 <= settings.cooldown_s <= 30
    assert 5 <= settings.heartbeat_s <= 300
    assert 0 <= settings.retake_limit <= 10
    assert isinstance(settings.emotion, bool)
    assert set(kept) <= set(offered)


@pytest.mark.parametrize("content", ["", "{}", '{"version": "4", "settings": {}}', '{"version": 4, "settings": []}'])
def test_a_damaged_file_counts_as_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "settings.json").write_text(content, encoding="utf-8")
    assert SettingsInForce(tmp_path).current == DEFAULTS
