"""Runs a network: on ONNX Runtime, or, where there is a GPU, on torch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import onnxruntime

from inference.pixels import Floats, Pixels

if TYPE_CHECKING:
    import torch


class Network(Protocol):
    def run(self, x: Pixels) -> tuple[Floats, ...]:
        """The network's outputs, in their order, for a batch of uint8 images of the shape that it was made for."""
        ...


class OnnxNetwork:
    """In the thread that asks: a second would save 3 ms of an idle server, and cost a busy one what it answers."""

    def __init__(self, path: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self._outputs = [output.name for output in self._session.get_outputs()]

    def run(self, x: Pixels) -> tuple[Floats, ...]:
        return tuple(self._session.run(self._outputs, {"x": x}))


class TorchNetwork:
    """`module` takes and answers what the ONNX file does; `device` is torch's name for one, such as `cuda`."""

    def __init__(self, module: torch.nn.Module, device: str) -> None:
        import torch  # a server on a CPU never imports it

        self._torch = torch
        self._device = device
        self._module = module.eval().to(device)

    def run(self, x: Pixels) -> tuple[Floats, ...]:
        with self._torch.inference_mode():
            answer = self._module(self._torch.from_numpy(x).to(self._device))
        outputs = answer if isinstance(answer, tuple) else (answer,)
        return tuple(output.cpu().numpy() for output in outputs)
