"""A QR code as an SVG document, black on white whatever the theme of the page around it."""

from __future__ import annotations

from io import BytesIO

import segno


def qr_svg(text: str) -> str:
    drawn = BytesIO()
    segno.make_qr(text, error="m").save(
        drawn, kind="svg", scale=4, border=4, light="#fff", dark="#000", xmldecl=False, omitsize=True
    )
    return drawn.getvalue().decode()
