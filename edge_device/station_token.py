"""Where the station's token comes from: a file or the environment, never the command line."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

TOKEN_VARIABLE = "FACECHECKIN_TOKEN"  # noqa: S105 - the variable's name, not a secret


class NoToken(Exception):
    """There is no token to present."""


def token_source(token_file: Path | None) -> Callable[[], str]:
    """Answers the token each time it is asked; a file is read anew. Raises `NoToken` where there is none now."""
    if token_file is None:
        token = _clean(os.environ.get(TOKEN_VARIABLE, ""), f"neither --token-file nor {TOKEN_VARIABLE} is set")
        return lambda: token
    last = _read(token_file)

    def ask() -> str:
        nonlocal last
        try:
            last = _read(token_file)
        except NoToken:
            return last  # it is being replaced right now
        return last

    return ask


def _read(token_file: Path) -> str:
    try:
        text = token_file.read_text(encoding="ascii")
    except OSError as error:
        raise NoToken(f"the token file {token_file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise NoToken(f"the token file {token_file} does not hold a token") from error
    return _clean(text, f"the token file {token_file} is empty")


def _clean(text: str, complaint: str) -> str:
    token = text.strip()
    if not token:
        raise NoToken(complaint)
    if any(not "!" <= letter <= "~" for letter in token):
        raise NoToken("the token holds a space or a letter that no header can carry")
    return token
