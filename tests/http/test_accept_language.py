"""The sentence for the person at the door comes in the language that was asked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.http.accept_language import preferred_language
from adapters.http.sentences import LANGUAGES


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("de", "de"),
        ("de-AT", "de"),
        ("AR-eg", "ar"),
        ("fr", "en"),
        ("fr, de;q=0.5", "de"),
        ("en;q=0.4, ar;q=0.9, de;q=0.8", "ar"),
        ("de;q=0, ar;q=0.1", "ar"),
        ("*", "en"),
        ("de;q=lots, ar;q=0.2", "ar"),
    ],
)
def test_the_highest_quality_that_we_speak_wins(header: str | None, language: str) -> None:
    assert preferred_language(header) == language


@given(st.text())
def test_no_header_is_too_strange(header: str) -> None:
    assert preferred_language(header) in LANGUAGES
