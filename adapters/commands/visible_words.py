"""A name on the command line: every character of it can be seen."""

from __future__ import annotations

import click

from adapters.visible_text import holds_unseen


class VisibleWords(click.ParamType[str]):
    name = "text"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not value.strip() or holds_unseen(value):
            self.fail("it is empty, or holds characters that cannot be seen", param, ctx)
        return value


VISIBLE_WORDS = VisibleWords()
