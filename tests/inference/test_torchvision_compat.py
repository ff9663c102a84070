"""facenet-pytorch imports beside every build of torch, and nothing is touched where torchvision works."""

from __future__ import annotations

import _ctypes
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from inference import torchvision_compat
from inference.torchvision_compat import non_maximum_suppression

_REPORT = """
import torch
from inference.torchvision_compat import ensure_torchvision
print(ensure_torchvision(), hasattr(torch.ops.torchvision, "nms"))
"""
_FAKE_EXTENSION = "def _has_ops():\n    return False\n"


def torchvision(folder: Path, *, compiled: Path | None) -> Path:
    """A package called torchvision whose compiled part is `compiled`, or cannot be loaded where that is None."""
    package = folder / "torchvision"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "extension.py").write_text(_FAKE_EXTENSION)
    if compiled is None:
        (package / "_C.so").write_bytes(b"built for another machine")
    else:
        (package / "_C.so").symlink_to(compiled)
    return folder


def run(program: str, *folders: Path) -> list[str]:
    repository = Path(__file__).parent.parent.parent
    path = ":".join(str(folder) for folder in (*folders, repository))
    finished = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        env={"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.split()


def test_where_the_compiled_part_loads_nothing_is_registered(tmp_path: Path) -> None:
    any_library = Path(_ctypes.__file__)
    assert run(_REPORT, torchvision(tmp_path, compiled=any_library)) == ["False", "False"]


def test_where_the_compiled_part_does_not_load_the_operator_is_registered(tmp_path: Path) -> None:
    assert run(_REPORT, torchvision(tmp_path, compiled=None)) == ["True", "True"]


def test_facenet_pytorch_imports_and_torchvision_suppresses_boxes() -> None:
    package = torchvision_compat.import_facenet_pytorch()
    assert package.InceptionResnetV1.__name__ == "InceptionResnetV1"
    boxes = torch.tensor([[0.0, 0, 10, 10], [1, 1, 11, 11], [20, 20, 30, 30]])
    nms = sys.modules["torchvision.ops"].nms
    assert nms(boxes, torch.tensor([0.7, 0.9, 0.8]), 0.5).tolist() == [1, 2]


def test_a_missing_torchvision_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torchvision_compat, "_library", None)
    monkeypatch.setattr(torchvision_compat, "find_spec", lambda _: None)
    monkeypatch.delitem(sys.modules, "torchvision", raising=False)
    with pytest.raises(ModuleNotFoundError, match="torchvision is not installed"):
        torchvision_compat.ensure_torchvision()


BOX = st.tuples(*(st.integers(0, 30),) * 2, *(st.integers(1, 20),) * 2).map(
    lambda box: (box[0], box[1], box[0] + box[2], box[1] + box[3])
)


@given(boxes=st.lists(BOX, min_size=1, max_size=12, unique=True), threshold=st.sampled_from([0.1, 0.3, 0.5, 0.9]))
def test_suppression_keeps_what_the_definition_keeps(boxes: list[tuple[int, ...]], threshold: float) -> None:
    corners = np.array(boxes, np.float32)
    scores = np.linspace(0.1, 0.9, len(boxes), dtype=np.float32)
    assert non_maximum_suppression(corners, scores, threshold).tolist() == by_definition(corners, scores, threshold)


def by_definition(boxes: NDArray[np.float32], scores: NDArray[np.float32], threshold: float) -> list[int]:
    kept: list[int] = []
    for index in sorted(range(len(boxes)), key=lambda index: -scores[index]):
        if all(overlap(boxes[index], boxes[other]) <= threshold for other in kept):
            kept.append(index)
    return kept


def overlap(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Pixels that both cover over pixels that either covers, counted on the grid."""
    grid = np.zeros((2, 60, 60), bool)
    for layer, (x1, y1, x2, y2) in zip(grid, (one.astype(int), other.astype(int)), strict=True):
        layer[y1:y2, x1:x2] = True
    return float((grid[0] & grid[1]).sum() / (grid[0] | grid[1]).sum())
