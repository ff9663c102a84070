"""The frames of a check-in: whatever a JPEG says it is, decoding gives a frame of a bounded size or a refusal."""

from __future__ import annotations

import io

from PIL import Image

from domain.refusal import Refusal
from inference.decoding import ImageLimits, decode

LONGEST_BYTES = 16_000
WORDS = ("Exif", "JFIF", "Adobe", "II*", "MM")
_LIMITS = ImageLimits(max_bytes=12_000)
_ORIENTATION = 0x0112


def attack(given: bytes) -> None:
    frame = decode(given, _LIMITS, 3)
    if isinstance(frame, Refusal):
        assert frame.frame == 3
        return
    height, width, channels = frame.pixels.shape
    assert channels == 3
    assert 1 <= min(height, width) <= max(height, width) <= _LIMITS.max_working_px
    assert frame.pixels.flags.c_contiguous


def seeds() -> list[bytes]:
    """A drawn face in every kind of file that a camera or a phone writes."""
    from adapters.demo.appearance import invent
    from adapters.demo.drawn_face import draw_face

    face = Image.fromarray(draw_face(invent(7), "happy").image).resize((144, 156))
    turned = Image.Exif()
    turned[_ORIENTATION] = 6
    return [
        _jpeg(face),
        _jpeg(face, progressive=True),
        _jpeg(face, exif=turned),
        _jpeg(face, subsampling=0, restart_marker_blocks=4),
        _jpeg(face.convert("L"), optimize=True),
        _jpeg(face.convert("CMYK")),
        _jpeg(face)[:900],
        _jpeg(face.resize((16, 16))),
    ]


def _jpeg(image: Image.Image, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", **({"quality": 25} | options))
    return file.getvalue()
