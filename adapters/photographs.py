"""Reads an operator's own picture files, whatever Pillow opens, upright and no larger than a face needs."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

LONGEST_SIDE_PX = 1600
"""A larger photograph is scaled down to it: no face gains from more."""

_QUALITY = 95


class NotAPicture(Exception):
    """The file cannot be read as a picture."""


def open_upright(file: Path) -> Image.Image:
    """RGB, its longest side at most LONGEST_SIDE_PX. Raises NotAPicture."""
    try:
        with Image.open(file) as opened:
            upright = ImageOps.exif_transpose(opened).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise NotAPicture(f"{file.name} is not a picture that can be read") from error
    upright.thumbnail((LONGEST_SIDE_PX, LONGEST_SIDE_PX))
    return upright


def as_jpeg(file: Path) -> bytes:
    """What the server takes of a photograph. Raises NotAPicture."""
    encoded = io.BytesIO()
    open_upright(file).save(encoded, "JPEG", quality=_QUALITY)
    return encoded.getvalue()
