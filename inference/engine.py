"""Runs a frame, or a burst, through the stages in their order, and times each."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from application.ports import Look, Mood, Refused
from domain.face import Box
from domain.refusal import Refusal
from inference.boxes import to_array, to_box
from inference.comparing import distances
from inference.decoding import ImageLimits, decode
from inference.detection import CLOSE, Detector
from inference.embedding import IdentityModel
from inference.emotion import EmotionModel
from inference.following import first_identical, follow
from inference.pixels import Floats, Frame
from inference.pyramid import Pyramid
from inference.quality import QualityLimits, judge, measure
from inference.stopwatch import Stopwatch


class Engine:
    """Synchronous, and for one thread: it makes none of its own."""

    def __init__(
        self,
        detector: Detector,
        identity: IdentityModel,
        emotion: EmotionModel,
        image_limits: ImageLimits | None = None,
        quality_limits: QualityLimits | None = None,
    ) -> None:
        cv2.setNumThreads(1)  # its images are small: more threads cost more than they bring, and fight the networks
        self.detector, self.identity, self.emotion = detector, identity, emotion
        self.image_limits = image_limits or ImageLimits()
        self.quality_limits = quality_limits or QualityLimits()

    def look(self, jpeg: bytes, templates: Floats, frame: int = 0) -> Look | Refused:
        """Find, judge and embed the one face of a JPEG; its distances to `templates`, shape (templates, dimensions)."""
        watch = Stopwatch()
        decoded = decode(jpeg, self.image_limits, frame)
        watch.lap("decode")
        if isinstance(decoded, Refusal):
            return Refused(refusal=decoded, timings_ms=watch.timings_ms)
        pyramid = Pyramid(decoded.pixels)
        faces = self.detector.find(pyramid)
        if not len(faces):
            faces = self.detector.find(pyramid, CLOSE)
        watch.lap("detect")
        quality = judge(decoded, faces, self.quality_limits, frame)
        watch.lap("quality")
        if isinstance(quality, Refusal):
            return Refused(refusal=quality, timings_ms=watch.timings_ms)
        face = self.identity.align(decoded.pixels, to_box(faces.boxes[0]))
        watch.lap("align")
        embedding = self.identity.embed(face)
        watch.lap("embed")
        away = distances(embedding, templates)
        watch.lap("compare")
        return Look(
            embedding=embedding,
            distances=away,
            box=to_box(faces.boxes[0], decoded.scale),
            quality=quality,
            timings_ms=watch.timings_ms,
        )

    def read_emotion(self, jpegs: Sequence[bytes], near: Box | None) -> Mood | Refused:
        """The mean emotion of the face that stood at `near` in one of the frames (of the only face where None)."""
        watch = Stopwatch()
        decoded = self._decode_all(jpegs)
        watch.lap("decode")
        if isinstance(decoded, Refusal):
            return Refused(refusal=decoded, timings_ms=watch.timings_ms)
        pyramids = [Pyramid(frame.pixels) for frame in decoded]
        start = None if near is None else to_array(near) / decoded[0].scale
        trail = follow(self.detector, pyramids, start, self.quality_limits)
        watch.lap("follow")
        if isinstance(trail, Refusal):
            return Refused(refusal=trail, timings_ms=watch.timings_ms)
        crops = self.emotion.crop([pyramids[number] for number in trail.frames], trail.boxes)
        watch.lap("crop")
        reading = self.emotion.read(crops)
        watch.lap("classify")
        return Mood(reading=reading, timings_ms=watch.timings_ms)

    def warm_up(self) -> None:
        """Run every stage, in this thread, until nothing is done for the first time any more. Needs no picture."""
        height, width = 480, 640
        grey = np.full((height, width, 3), 128, dtype=np.uint8)
        noise = np.random.default_rng(0).integers(-20, 20, grey.shape, dtype=np.int8)
        frame = Frame(pixels=(grey + noise).astype(np.uint8), scale=1.0)
        box = Box(240.0, 140.0, 400.0, 340.0)
        for _ in range(3):
            pyramid = Pyramid(frame.pixels)
            self.detector.find(pyramid)
            self.detector.follow([pyramid] * 6, to_array(box))
            measure(frame, box, 1.0)
            embedding = self.identity.embed(self.identity.align(frame.pixels, box))
            distances(embedding, embedding[None])
            self.emotion.read(self.emotion.crop([pyramid] * 6, np.repeat(to_array(box), 6, axis=0)))

    def close(self) -> None:
        """Nothing is held that would not end by itself."""

    def _decode_all(self, jpegs: Sequence[bytes]) -> list[Frame] | Refusal:
        """Every frame, or the first refusal. A second thread would gain 1 ms at best, and lose on a busy machine."""
        if not jpegs:
            raise ValueError("a burst has at least one frame")
        frames: list[Frame] = []
        for number, jpeg in enumerate(jpegs):
            frame = decode(jpeg, self.image_limits, number)
            if isinstance(frame, Refusal):
                return frame
            frames.append(frame)
        return first_identical(frames) or frames
