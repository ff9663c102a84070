"""The peer: the same work as facenet-pytorch's README does it, frame by frame, in eager torch."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import numpy as np
import torch
from PIL import Image
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.timing import repeat
from inference.networks import load
from inference.torchvision_compat import import_facenet_pytorch
from inference.weights import ModelStore


def facenet_pytorch_loop(store: ModelStore) -> Callable[[Sequence[bytes]], None]:
    """MTCNN on every frame with its defaults, an embedding of the first, an emotion of each.

    InceptionResnetV1 has random weights here, which cost the same time.
    """
    library = import_facenet_pytorch()
    mtcnn, embed = library.MTCNN(image_size=160), library.InceptionResnetV1(pretrained=None).eval()
    emotion = load("mini_xception", store)

    def run(frames: Sequence[bytes]) -> None:
        for number, frame in enumerate(frames):
            face = mtcnn(Image.open(io.BytesIO(frame)).convert("RGB"))
            if face is None:
                continue
            with torch.no_grad():
                if number == 0:
                    embed(face[None])
                grey = face.mean(0, keepdim=True)[None].mul(127.5).add(127.5).clamp(0, 255).to(torch.uint8)
                emotion(torch.nn.functional.interpolate(grey, (64, 64))[:, 0])

    return run


def gigaflops(store: ModelStore, name: str, shape: tuple[int, ...]) -> float:
    """What one run of a network computes, in 10⁹ operations."""
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        load(name, store)(torch.zeros(shape, dtype=torch.uint8))
    return float(counter.get_total_flops()) / 1e9


def gigaflops_per_second() -> float:
    """What one core reaches in a large float32 matrix product."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    matrix = torch.from_numpy(np.random.default_rng(0).random((1024, 1024), dtype=np.float32))
    best_ms = float(repeat(lambda: matrix @ matrix, 20).min())
    torch.set_num_threads(before)
    return 2 * 1024**3 / best_ms / 1e6
