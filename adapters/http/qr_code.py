"""A QR code as an SVG document, black on white whatever the theme of the page around it."""

from __future__ import annotations

from base64 import b64encode
from io import BytesIO

import segno


def qr_svg(text: str) -> str:
    drawn = BytesIO()
    segno.make_qr(text, error="m").save(
        drawn, kind="svg", scale=4, border=4, light="#fff", dark="#000", xmldecl=False, omitsize=True
    )
    return drawn.getvalue().decode()


def qr_picture(text: str) -> str:
    """The same as the address of a picture: a page needs no second request for it, and no inline style."""
    return f"data:image/svg+xml;base64,{b64encode(qr_svg(text).encode()).decode()}"
