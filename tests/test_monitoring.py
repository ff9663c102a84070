"""The alert rules fire on what they are for, and the page on monitoring tells every figure and every alert."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest

from adapters.metrics.page import described_figures, with_current_figures

DOCS = Path(__file__).parents[1] / "docs"
RULES, TESTS = DOCS / "alerts" / "facecheckin.rules.yml", DOCS / "alerts" / "facecheckin.rules.test.yml"
PAGE = DOCS / "monitoring.md"


def alerts() -> list[str]:
    rules = msgspec.yaml.decode(RULES.read_bytes())["groups"][0]["rules"]
    return [rule["alert"] for rule in rules if "alert" in rule]


def promtool(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    if shutil.which("promtool") is None:
        pytest.skip("promtool is not installed (Debian: apt install prometheus)")
    return subprocess.run(["promtool", *arguments], capture_output=True, text=True, timeout=60, check=False)


def test_the_rules_are_well_formed_and_pass_their_tests() -> None:
    for arguments in (("check", "rules", RULES), ("test", "rules", TESTS)):
        done = promtool(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("alert", alerts())
def test_the_tests_of_the_rules_notice_an_alert_that_never_fires(alert: str, tmp_path: Path) -> None:
    rules = msgspec.yaml.decode(RULES.read_bytes())
    for rule in rules["groups"][0]["rules"]:
        if rule.get("alert") == alert:
            rule["expr"] = f"({rule['expr']}) and vector(1) == 2"
    (tmp_path / RULES.name).write_bytes(msgspec.yaml.encode(rules))
    (tmp_path / TESTS.name).write_bytes(TESTS.read_bytes())
    assert promtool("test", "rules", tmp_path / TESTS.name).returncode == 1


def test_the_rules_ask_only_for_figures_that_there_are() -> None:
    names = {figure.name for figure in described_figures()}
    names |= {f"{name}_{part}" for name in names for part in ("bucket", "count", "sum")}
    asked = set(re.findall(r"\bfacecheckin_\w+", RULES.read_text(encoding="utf-8")))
    assert asked
    assert asked <= names


def test_the_page_tells_the_figures_as_they_are() -> None:
    """Where this fails: python -m adapters.metrics.page"""
    page = PAGE.read_text(encoding="utf-8")
    assert with_current_figures(page) == page


def test_the_page_says_what_to_do_for_every_alert() -> None:
    told = re.findall(r"^\| ([A-Z]\w+) \| \S", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert told == alerts()
