"""mini-Xception for seven emotions in torch, on the weights of a Keras HDF5 file."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from inference.networks.checkpoint import frozen
from inference.weights.errors import CorruptWeights

_BATCH_NORMALISATION_EPSILON = 1e-3
_CHANNELS = (16, 32, 64, 128)
_FIRST_SIZE = 60


class Separable(nn.Module):
    """A 3×3 convolution of each channel alone, then a 1×1 convolution over all."""

    def __init__(self, channels_in: int, channels: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(channels_in, channels_in, 3, padding=1, groups=channels_in, bias=False)
        self.pointwise = nn.Conv2d(channels_in, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.pointwise(self.depthwise(x))
        return y


class Block(nn.Module):
    """Two separable convolutions and a pooling, beside a strided 1×1 short cut; it halves the picture."""

    def __init__(self, channels_in: int, channels: int, size: int) -> None:
        super().__init__()
        self.first = Separable(channels_in, channels)
        self.second = Separable(channels, channels)
        self.short_cut = nn.Conv2d(channels_in, channels, 1, stride=2)
        # TensorFlow's "same" for a 3×3 window at stride 2 pads an even picture only at its end.
        self._pad_before = size % 2

    def forward(self, x: Tensor) -> Tensor:
        y = self.second(functional.relu(self.first(x)))
        before = self._pad_before
        y = functional.pad(y, (before, 1, before, 1), value=float("-inf"))
        short_cut: Tensor = self.short_cut(x)
        return short_cut + functional.max_pool2d(y, 3, 2)


class MiniXception(nn.Module):
    """pixels (B, 64, 64) uint8 grey -> probabilities (B, 7): angry, disgust, fear, happy, sad, surprise, neutral."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 3)
        self.conv2 = nn.Conv2d(8, 8, 3)
        blocks: list[Block] = []
        channels_in, size = 8, _FIRST_SIZE
        for channels in _CHANNELS:
            blocks.append(Block(channels_in, channels, size))
            channels_in, size = channels, (size + 1) // 2
        self.blocks = nn.ModuleList(blocks)
        self.head = nn.Conv2d(channels_in, 7, 3, padding=1)

    def forward(self, pixels: Tensor) -> Tensor:
        x = (pixels.float() / 127.5 - 1).unsqueeze(1)
        x = functional.relu(self.conv2(functional.relu(self.conv1(x))))
        for block in self.blocks:
            x = block(x)
        logits: Tensor = self.head(x).mean((2, 3))
        return logits.softmax(1)


def load_mini_xception(path: Path) -> MiniXception:
    """Raises `CorruptWeights` where the file is not this network's."""
    network = MiniXception()
    try:
        with h5py.File(path, "r") as file, torch.no_grad():
            _fill(network, _Weights(file))
    except (OSError, KeyError, ValueError, RuntimeError, TypeError) as error:
        raise CorruptWeights(path, str(error).partition("\n")[0]) from error
    return frozen(network)


class _Weights:
    """The tensors of a Keras file by layer and name, in torch's order of axes."""

    def __init__(self, file: h5py.File) -> None:
        self._layers = file["model_weights"]

    def get(self, layer: str, tensor: str) -> NDArray[np.float32]:
        for name in self._layers[layer].attrs["weight_names"]:
            text = name.decode() if isinstance(name, bytes) else str(name)
            if text.rpartition("/")[2] == f"{tensor}:0":
                values = np.asarray(self._layers[layer][text], np.float32)
                if not np.isfinite(values).all():
                    raise ValueError(f"a weight of {layer} is not a finite number")
                return values
        raise KeyError(f"{layer} has no {tensor}")

    def kernel(self, layer: str, tensor: str = "kernel") -> Tensor:
        """Keras: (height, width, in, out); torch: (out, in, height, width)."""
        return torch.from_numpy(self.get(layer, tensor).transpose(3, 2, 0, 1).copy())

    def depthwise(self, layer: str) -> Tensor:
        """Keras: (height, width, channel, 1); torch: (channel, 1, height, width)."""
        return torch.from_numpy(self.get(layer, "depthwise_kernel").transpose(2, 3, 0, 1).copy())

    def scale_and_shift(self, number: int) -> tuple[Tensor, Tensor]:
        """Batch normalisation with fixed statistics is y = scale·x + shift."""
        layer = f"batch_normalization_{number}"
        gamma, beta, mean, variance = (
            self.get(layer, tensor) for tensor in ("gamma", "beta", "moving_mean", "moving_variance")
        )
        scale = (gamma / np.sqrt(variance + _BATCH_NORMALISATION_EPSILON)).astype(np.float32)
        return torch.from_numpy(scale), torch.from_numpy(beta - mean * scale)


def _fill(network: MiniXception, weights: _Weights) -> None:
    _fold(network.conv1, weights.kernel("conv2d_1"), weights.scale_and_shift(1))
    _fold(network.conv2, weights.kernel("conv2d_2"), weights.scale_and_shift(2))
    for number, block in enumerate(network.blocks):
        assert isinstance(block, Block)
        # Keras numbered the short cut's normalisation before those of the branch beside it.
        _fold(block.short_cut, weights.kernel(f"conv2d_{number + 3}"), weights.scale_and_shift(3 * number + 3))
        for order, separable in enumerate((block.first, block.second)):
            layer = f"separable_conv2d_{2 * number + order + 1}"
            separable.depthwise.weight.copy_(weights.depthwise(layer))
            kernel = weights.kernel(layer, "pointwise_kernel")
            _fold(separable.pointwise, kernel, weights.scale_and_shift(3 * number + order + 4))
    network.head.weight.copy_(weights.kernel("conv2d_7"))
    assert network.head.bias is not None
    network.head.bias.copy_(torch.from_numpy(weights.get("conv2d_7", "bias")))


def _fold(convolution: nn.Conv2d, kernel: Tensor, normalisation: tuple[Tensor, Tensor]) -> None:
    """Fold a batch normalisation into the convolution before it."""
    scale, shift = normalisation
    if kernel.shape != convolution.weight.shape:
        raise ValueError(f"a kernel of shape {tuple(kernel.shape)} where {tuple(convolution.weight.shape)} belongs")
    assert convolution.bias is not None
    convolution.weight.copy_(kernel * scale[:, None, None, None])
    convolution.bias.copy_(shift)
