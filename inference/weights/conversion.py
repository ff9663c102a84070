"""Turns a published file into what serving opens: torch loads it and exports ONNX."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path

import msgspec
import torch
from torch import nn

from inference.networks import LOADERS
from inference.weights.threads import one_torch_thread

OPSET = 17

# Axes that may have any length, by input and output; everything else is fixed.
_BATCH = {0: "batch"}
_PICTURE = {0: "batch", 1: "height", 2: "width"}
_MAP = {0: "batch", 2: "rows", 3: "columns"}
_SCORES = {0: "batch", 1: "rows", 2: "columns"}


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """The shapes of one network: `example` is an input to trace with, (batch, …)."""

    example: tuple[int, ...]
    axes: dict[str, dict[int, str]]

    @property
    def outputs(self) -> list[str]:
        return [name for name in self.axes if name != "x"]

    @property
    def resizable(self) -> bool:
        return self.axes["x"] == _PICTURE


SIGNATURES = {
    "pnet": Signature(example=(2, 60, 80, 3), axes={"x": _PICTURE, "reg": _MAP, "prob": _SCORES}),
    "rnet": Signature(example=(2, 24, 24, 3), axes={"x": _BATCH, "reg": _BATCH, "prob": _BATCH}),
    "onet": Signature(example=(2, 48, 48, 3), axes={"x": _BATCH, "reg": _BATCH, "prob": _BATCH, "points": _BATCH}),
    "resnet29": Signature(example=(2, 150, 150, 3), axes={"x": _BATCH, "embedding": _BATCH}),
    "mini_xception": Signature(example=(2, 64, 64), axes={"x": _BATCH, "probabilities": _BATCH}),
    "facenet": Signature(example=(2, 160, 160, 3), axes={"x": _BATCH, "embedding": _BATCH}),
}


def convert(name: str, published: Path, destination: Path) -> str | None:
    """Write what serving opens; answers the version of torch that exported it, None where the file is used as it is.

    Raises `CorruptWeights`.
    """
    if name not in LOADERS:
        shutil.copyfile(published, destination)
        return None
    export(name, LOADERS[name](published), destination)
    return str(torch.__version__)


@one_torch_thread()
def export(name: str, module: nn.Module, destination: Path) -> None:
    """Trace the module into an ONNX file whose input `x` is uint8."""
    signature = SIGNATURES[name]
    with warnings.catch_warnings():
        # The tracing exporter is deprecated; the new one needs onnxscript, which we do not want for six small graphs.
        warnings.simplefilter("ignore", DeprecationWarning)
        # What torch cannot fold into a constant, ONNX Runtime folds when it loads the file.
        warnings.filterwarnings("ignore", message="Constant folding", category=UserWarning)
        torch.onnx.export(
            module,
            (torch.zeros(signature.example, dtype=torch.uint8),),
            str(destination),
            input_names=["x"],
            output_names=signature.outputs,
            dynamic_axes=signature.axes,
            opset_version=OPSET,
            dynamo=False,
        )
