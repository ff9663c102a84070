"""What a name may hold: nothing that cannot be seen, and nothing that turns the text around it about."""

from __future__ import annotations

import re

# Controls (C0, C1), line and paragraph separators, and Unicode's Bidi_Control: a screen shows none of them.
_UNSEEN = r"\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
_UNSEEN_OR_SPACE = rf"{_UNSEEN}\x20\xa0"
VISIBLE_TEXT = rf"^[^{_UNSEEN_OR_SPACE}](?:[^{_UNSEEN}]*[^{_UNSEEN_OR_SPACE}])?(?!\n)$"
"""With no space at either end. For Python and for JSON Schema alike; `$` alone would let a trailing newline through."""
_FIND_UNSEEN = re.compile(f"[{_UNSEEN}]")


def holds_unseen(text: str) -> bool:
    return _FIND_UNSEEN.search(text) is not None


def without_unseen(text: str) -> str:
    return _FIND_UNSEEN.sub("", text)
