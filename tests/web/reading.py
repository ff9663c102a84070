"""What a page says to whoever reads it: its words without tags, and where its links lead."""

from __future__ import annotations

import html
import re

import httpx


def shown(answer: httpx.Response) -> str:
    """What the page says, without its tags."""
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text)))


def links(answer: httpx.Response) -> list[str]:
    return [html.unescape(link) for link in re.findall(r'href="([^"]+)"', answer.text)]
