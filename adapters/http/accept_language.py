"""Which of our languages a caller asked for (RFC 9110, section 12.5.4)."""

from __future__ import annotations

from functools import lru_cache

from adapters.http.sentences import LANGUAGES, Language


@lru_cache(maxsize=256)
def preferred_language(header: str | None) -> Language:
    """The language of ours with the highest quality value, the earlier where two are equal; English where none is."""
    best: Language = "en"
    best_quality = 0.0
    for item in (header or "")[:500].split(","):
        tag, _, parameters = item.partition(";")
        language = _ours(tag)
        quality = _quality(parameters)
        if language is not None and quality > best_quality:
            best, best_quality = language, quality
    return best


def _ours(tag: str) -> Language | None:
    primary = tag.strip().lower().split("-")[0]
    if primary == "*":
        return "en"
    return next((language for language in LANGUAGES if language == primary), None)


def _quality(parameters: str) -> float:
    name, _, text = parameters.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return min(1.0, max(0.0, float(text)))
    except ValueError:
        return 0.0
