"""From a stranger's bytes to an upright RGB frame of a bounded size, or to the reason why not."""

from __future__ import annotations

import cv2
import msgspec
import numpy as np
import simplejpeg

from domain.refusal import Refusal
from inference.jpeg_header import HeaderMalformed, HeaderTruncated, JpegHeader, read_header
from inference.pixels import Frame, Pixels

_MAGIC = b"\xff\xd8\xff"
_START_OF_SCAN = b"\xff\xda"


class ImageLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What is let in, and how large it is looked at.

    The defaults admit a phone's 12-megapixel photograph. `working_px`: a larger frame is scaled down until its shorter
    side is the smallest that the decoder offers above this. `max_working_px` bounds its longer side then. `max_scans`
    bounds the time that a progressive file of many empty scans can take.
    """

    max_bytes: int = 6_000_000
    max_pixels: int = 4096 * 4096
    min_side_px: int = 120
    max_scans: int = 64
    working_px: int = 480
    max_working_px: int = 1280


def decode(jpeg: bytes, limits: ImageLimits, number: int = 0) -> Frame | Refusal:
    """Guard, then decode, frame `number` of a burst. Nothing in `jpeg` makes it raise."""
    if len(jpeg) > limits.max_bytes:
        return Refusal(code="image-too-many-bytes", frame=number, value=len(jpeg), limit=limits.max_bytes, unit="bytes")
    if not jpeg.startswith(_MAGIC):
        return Refusal(code="image-not-jpeg", frame=number)
    try:
        header = read_header(jpeg)
    except HeaderTruncated:
        return Refusal(code="image-truncated", frame=number)
    except HeaderMalformed:
        return Refusal(code="image-undecodable", frame=number)
    pixels, side = header.width * header.height, min(header.width, header.height)
    if pixels > limits.max_pixels:
        return Refusal(code="image-too-many-pixels", frame=number, value=pixels, limit=limits.max_pixels, unit="pixels")
    if side < limits.min_side_px:
        return Refusal(
            code="image-too-few-pixels", frame=number, value=side, limit=limits.min_side_px, unit="pixels a side"
        )
    if jpeg.count(_START_OF_SCAN) > limits.max_scans:
        return Refusal(code="image-undecodable", frame=number)
    return _decoded(jpeg, header, limits, number)


def _decoded(jpeg: bytes, header: JpegHeader, limits: ImageLimits, number: int) -> Frame | Refusal:
    try:
        # The decoder's own reading of the size must agree, or the guard above judged another image than it decodes.
        if simplejpeg.decode_jpeg_header(jpeg)[:2] != (header.height, header.width):
            return Refusal(code="image-undecodable", frame=number)
        pixels = simplejpeg.decode_jpeg(
            jpeg, colorspace="RGB", min_height=limits.working_px, min_width=limits.working_px, strict=True
        )
    except ValueError as error:
        truncated = "premature end" in str(error).lower()
        return Refusal(code="image-truncated" if truncated else "image-undecodable", frame=number)
    longer = max(pixels.shape[:2])
    if longer > limits.max_working_px:
        ratio = limits.max_working_px / longer
        size = (max(1, round(pixels.shape[1] * ratio)), max(1, round(pixels.shape[0] * ratio)))
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    scale = max(header.width, header.height) / max(pixels.shape[:2])
    return Frame(pixels=_upright(pixels, header.orientation), scale=scale)


def _upright(pixels: Pixels, orientation: int) -> Pixels:
    """Undo what EXIF says the camera did: mirrored where even (2, 4) or odd (5, 7), then turned."""
    if orientation == 1:
        return pixels
    turns = {3: 2, 4: 2, 5: 3, 6: 3, 7: 1, 8: 1}.get(orientation, 0)
    turned = np.rot90(pixels, turns)
    return np.ascontiguousarray(turned[:, ::-1] if orientation in (2, 4, 5, 7) else turned)
