"""Whatever bytes a client sends, decoding gives an upright frame or a named refusal."""

from __future__ import annotations

import io
import resource

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from PIL import Image, ImageOps

from domain.refusal import Refusal
from inference.decoding import ImageLimits, decode
from inference.pixels import Frame, Pixels

LIMITS = ImageLimits()


def picture(width: int = 320, height: int = 240) -> Image.Image:
    noise = np.random.default_rng(1).integers(0, 255, (height, width, 3), dtype=np.uint8)
    soft = cv2.GaussianBlur(noise, (0, 0), 9).astype(np.float32)
    pixels = np.clip((soft - 127) * 8 + 127, 0, 255).astype(np.uint8)
    pixels[: height // 3, : width // 3] = (255, 0, 0)
    return Image.fromarray(pixels)


def jpeg(image: Image.Image, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", **({"quality": 92} | options))
    return file.getvalue()


def reference(file: bytes) -> Pixels:
    return np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(file))).convert("RGB"))


def code(file: bytes, limits: ImageLimits = LIMITS) -> str:
    refusal = decode(file, limits)
    assert isinstance(refusal, Refusal)
    return refusal.code


PLAIN = jpeg(picture())


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("progressive", [False, True])
def test_colour_grey_and_print_files_decode_to_the_same_rgb_as_pillow(mode: str, progressive: bool) -> None:
    file = jpeg(picture().convert(mode), progressive=progressive)
    frame = decode(file, LIMITS)
    assert isinstance(frame, Frame)
    assert np.abs(frame.pixels.astype(int) - reference(file)).mean() < 1.5


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_phone_photograph_is_turned_upright(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = jpeg(picture(), exif=exif)
    frame = decode(file, LIMITS)
    assert isinstance(frame, Frame)
    assert frame.pixels.flags.c_contiguous
    assert np.array_equal(frame.pixels, reference(file))


def test_a_twelve_megapixel_photograph_is_scaled_while_it_is_decoded() -> None:
    frame = decode(jpeg(picture().resize((4032, 3024))), LIMITS)
    assert isinstance(frame, Frame)
    assert frame.pixels.shape == (756, 1008, 3)
    assert frame.scale == 4.0


def test_a_very_wide_photograph_is_bounded_too() -> None:
    frame = decode(jpeg(picture().resize((9000, 600))), LIMITS)
    assert isinstance(frame, Frame)
    assert frame.pixels.shape[1] == LIMITS.max_working_px


def test_too_many_bytes_are_refused_with_their_number() -> None:
    refusal = decode(PLAIN, ImageLimits(max_bytes=1000), 3)
    assert refusal == Refusal(code="image-too-many-bytes", frame=3, value=len(PLAIN), limit=1000, unit="bytes")


@pytest.mark.parametrize("format", ["PNG", "GIF", "WEBP"])
def test_another_format_is_not_a_jpeg(format: str) -> None:
    file = io.BytesIO()
    picture().save(file, format)
    assert code(file.getvalue()) == "image-not-jpeg"


@pytest.mark.parametrize("file", [b"", b"hello, I am a face", b"<svg/>", b"\xff\xd8"])
def test_text_and_emptiness_are_not_a_jpeg(file: bytes) -> None:
    assert code(file) == "image-not-jpeg"


@pytest.mark.parametrize("kept", [3, 20, 300, len(PLAIN) // 2, len(PLAIN) - 2])
def test_a_file_cut_short_anywhere_is_truncated(kept: int) -> None:
    assert code(PLAIN[:kept]) == "image-truncated"


def test_nonsense_after_the_magic_is_undecodable() -> None:
    assert code(b"\xff\xd8\xff\xe0" + b"\x00\x01" * 400) == "image-undecodable"


def test_a_scan_overwritten_with_a_marker_is_undecodable() -> None:
    middle = len(PLAIN) // 2
    assert code(PLAIN[:middle] + b"\xff\xc4\x00\x05abc" + PLAIN[middle:]) == "image-undecodable"


def test_a_small_picture_is_refused_with_its_side() -> None:
    refusal = decode(jpeg(picture(300, 90)), LIMITS)
    assert refusal == Refusal(code="image-too-few-pixels", value=90, limit=120, unit="pixels a side")


def test_a_progressive_file_of_endless_scans_is_refused_unread() -> None:
    start = PLAIN.index(b"\xff\xda")
    assert code(PLAIN[:start] + PLAIN[start:-2] * 70 + b"\xff\xd9") == "image-undecodable"


def test_thirteen_thousand_pixels_square_are_refused_without_growing_memory() -> None:
    file = jpeg(Image.new("L", (13000, 13000), 128), quality=10)
    assert len(file) < LIMITS.max_bytes
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refusal = decode(file, LIMITS)
    grown_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb) / 1024
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.value) == ("image-too-many-pixels", 13000 * 13000)
    assert grown_mb < 5


def test_a_header_that_lies_about_its_size_is_refused() -> None:
    start = PLAIN.index(b"\xff\xc0")
    liar = PLAIN[: start + 5] + (65500).to_bytes(2, "big") * 2 + PLAIN[start + 9 :]
    assert code(liar) == "image-too-many-pixels"


@given(some.binary(max_size=600))
def test_no_bytes_make_decoding_raise(noise: bytes) -> None:
    assert isinstance(decode(b"\xff\xd8\xff" + noise, LIMITS), Refusal)


@settings(max_examples=300, deadline=None)
@given(some.lists(some.tuples(some.integers(0, len(PLAIN) - 1), some.integers(0, 255)), min_size=1, max_size=12))
def test_no_damage_to_a_real_file_makes_decoding_raise(damage: list[tuple[int, int]]) -> None:
    file = bytearray(PLAIN)
    for position, byte in damage:
        file[position] = byte
    assert isinstance(decode(bytes(file), LIMITS), Frame | Refusal)
