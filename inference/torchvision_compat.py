"""Makes `import facenet_pytorch` work beside a CPU build of torch, where torchvision's compiled part does not load.

torchvision's published wheels are built for CUDA. Beside a CPU torch the import itself fails, because the operator
`torchvision::nms` was never registered. Where that is so it is registered here, in numpy; elsewhere nothing changes.
"""

from __future__ import annotations

import ctypes
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

# Registrations vanish when their library object is collected.
_library: torch.library.Library | None = None


def import_facenet_pytorch() -> ModuleType:
    """The package, imported after torchvision has been made importable."""
    ensure_torchvision()
    return import_module("facenet_pytorch")


def ensure_torchvision() -> bool:
    """Whether the operator had to be registered here. Cheap after the first call; raises ModuleNotFoundError."""
    if _library is not None:
        return True
    if "torchvision" in sys.modules or _compiled_part_loads():
        return False
    _register()
    # torchvision asks this function before it uses an operator; the operator is there now.
    vars(import_module("torchvision.extension"))["_has_ops"] = lambda: True
    return True


def _compiled_part_loads() -> bool:
    found = find_spec("torchvision")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("torchvision is not installed: facenet-pytorch needs it")
    for compiled in sorted(Path(found.origin).parent.glob("_C*.so")):
        try:
            ctypes.CDLL(str(compiled))
        except OSError:
            return False
        return True
    return False


def _register() -> None:
    global _library
    # torch.library carries no types.
    _library = torch.library.Library("torchvision", "DEF")  # type: ignore[no-untyped-call]
    # The second is only declared: torchvision describes its shape on import, and nobody here calls it.
    for operator in ("nms", "qnms"):
        _library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")  # type: ignore[no-untyped-call]
    _library.impl("nms", _nms_on_cpu, "CPU")  # type: ignore[no-untyped-call]


def _nms_on_cpu(boxes: Tensor, scores: Tensor, iou_threshold: float) -> Tensor:
    return torch.from_numpy(non_maximum_suppression(boxes.detach().numpy(), scores.detach().numpy(), iou_threshold))


def non_maximum_suppression(
    boxes: NDArray[np.float32], scores: NDArray[np.float32], iou_threshold: float
) -> NDArray[np.int64]:
    """The boxes (n, 4: x1, y1, x2, y2) that no better kept box overlaps by more than the threshold, best first."""
    best_first = np.argsort(-scores, kind="stable")
    x1, y1, x2, y2 = boxes[best_first].astype(np.float64).T
    area = (x2 - x1) * (y2 - y1)
    alive = np.ones(len(best_first), bool)
    kept: list[int] = []
    for index in range(len(best_first)):
        if not alive[index]:
            continue
        kept.append(best_first[index])
        rest = slice(index + 1, None)
        width = np.clip(np.minimum(x2[index], x2[rest]) - np.maximum(x1[index], x1[rest]), 0, None)
        height = np.clip(np.minimum(y2[index], y2[rest]) - np.maximum(y1[index], y1[rest]), 0, None)
        overlap = width * height
        alive[rest] &= overlap <= iou_threshold * (area[index] + area[rest] - overlap)
    return np.asarray(kept, np.int64)
