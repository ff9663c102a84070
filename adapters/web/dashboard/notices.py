"""What a page says after a form: that it worked, or why not, in words for a person."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from adapters.http.problem_document import ProblemFacts
from adapters.http.problems import CATALOGUE


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """`kind`: the class that colours it."""

    kind: str
    words: str
    status_code: int = 200


def refused(facts: ProblemFacts) -> Notice:
    """The problem's title, and what is known of this occurrence as a sentence of its own."""
    kind = CATALOGUE[facts.code]
    detail = f" {facts.detail[0].upper()}{facts.detail[1:]}." if facts.detail else ""
    return Notice(kind="bad", words=f"{kind.title}.{detail}", status_code=kind.status)


def done(name: str, words: Mapping[str, str]) -> Notice | None:
    """What was just done, by the word in the address; nothing where there is none, or it is not ours."""
    said = words.get(name)
    return None if said is None else Notice(kind="ok", words=said)
