"""What it means that two evaluations of a network agree: the inputs that are tried, and how far apart they may be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from inference.weights.errors import Disagreement

Pixels = NDArray[np.uint8]
Outputs = list[NDArray[np.float32]]

LIMITS = {
    "pnet": 1e-5,
    "rnet": 1e-5,
    "onet": 1e-5,
    "resnet29": 5e-5,
    "mini_xception": 1e-5,
    "facenet": 1e-5,
}
"""The largest absolute difference in any output."""


def probes(shape: tuple[int, ...], *, resizable: bool) -> Iterator[Pixels]:
    """Inputs to try: noise in several batch sizes, black and white, a ramp and a checkerboard, and other sizes."""
    rest = shape[1:]
    random = np.random.default_rng(20180402)
    for batch in (1, 2, 5):
        yield random.integers(0, 256, (batch, *rest), np.uint8)
    yield np.stack([np.zeros(rest, np.uint8), np.full(rest, 255, np.uint8)])
    rows, columns = np.indices(rest[:2])
    ramp = (rows * 255 // rest[0]).astype(np.uint8)
    squares = ((rows // 8 + columns // 8) % 2 * 255).astype(np.uint8)
    yield np.stack([_in_colour(ramp, rest), _in_colour(squares, rest)])
    if resizable:
        for height, width in ((12, 12), (37, 53)):
            yield random.integers(0, 256, (1, height, width, *rest[2:]), np.uint8)


def _in_colour(grey: Pixels, shape: tuple[int, ...]) -> Pixels:
    """The same picture in as many channels as `shape` has, each a little darker, so that swapped channels show."""
    if len(shape) == len(grey.shape):
        return grey
    return np.stack([(grey * share).astype(np.uint8) for share in (1.0, 0.8, 0.5)], axis=2)


def compare(name: str, reference: str, outputs: Sequence[NDArray[np.float32]], expected: Outputs) -> float:
    """The largest absolute difference; raises `Disagreement` where it is past the limit or a shape differs."""
    difference = 0.0
    for ours, theirs in zip(outputs, expected, strict=True):
        apart = float(np.abs(ours - theirs).max()) if ours.shape == theirs.shape else float("inf")
        # Written so that a difference that is not a number fails too.
        if not apart <= LIMITS[name]:
            raise Disagreement(name, reference, apart, LIMITS[name])
        difference = max(difference, apart)
    return difference


def torch_outputs(module: nn.Module, pixels: Pixels) -> Outputs:
    """The module's outputs as arrays."""
    with torch.inference_mode():
        outputs = module(torch.from_numpy(pixels))
    return [output.numpy() for output in (outputs if isinstance(outputs, tuple) else (outputs,))]


def onnx_runtime(path: Path) -> Callable[[Pixels], Outputs]:
    """Evaluates the ONNX file at `path` on the CPU, one thread."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def run(pixels: Pixels) -> Outputs:
        outputs: Outputs = session.run(None, {"x": pixels})
        return outputs

    return run
