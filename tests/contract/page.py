"""The snippets of a page of documentation, each with the output that the page shows below it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

Language = Literal["sh", "python"]
_BLOCK = re.compile(r"^```(?P<language>sh|python|text)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


class Snippet(msgspec.Struct, frozen=True, kw_only=True):
    """`shown` is None where the page shows no output."""

    language: Language
    source: str
    shown: str | None
    line: int


def snippets(page: str) -> list[Snippet]:
    blocks = [
        (found["language"], found["text"], page.count("\n", 0, found.start()) + 1) for found in _BLOCK.finditer(page)
    ]
    return list(_paired(blocks))


def fits(shown: str, printed: str) -> bool:
    """`…` stands for anything on its line."""
    pattern = ".*?".join(re.escape(part) for part in shown.strip().split("…"))
    return re.fullmatch(pattern, printed.strip()) is not None


def _paired(blocks: Sequence[tuple[str, str, int]]) -> Iterator[Snippet]:
    for number, (language, text, line) in enumerate(blocks):
        if language == "text":
            continue
        below = blocks[number + 1] if number + 1 < len(blocks) else ("", "", 0)
        yield Snippet(
            language="python" if language == "python" else "sh",
            source=text,
            shown=below[1] if below[0] == "text" else None,
            line=line,
        )
