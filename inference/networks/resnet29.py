"""dlib's face recognition ResNet-29 in torch, giving the numbers that dlib gives."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from inference.networks.checkpoint import frozen
from inference.networks.dlib_file import Layer, read_layers
from inference.weights.errors import CorruptWeights

# What dlib subtracts from red, green and blue before it divides by 256.
_MEAN = (122.782, 117.001, 104.298)
# Channels of the residual blocks in order; where `halve`, the block also halves the picture.
_BLOCKS = (
    *((32, False),) * 3,
    (64, True),
    *((64, False),) * 3,
    (128, True),
    *((128, False),) * 2,
    (256, True),
    *((256, False),) * 2,
    (256, True),
)


class Block(nn.Module):
    """Two 3×3 convolutions beside a short cut; where it halves, the short cut is averaged and padded to fit."""

    def __init__(self, channels_in: int, channels: int, size: int, *, halve: bool) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels_in, channels, 3, stride=2 if halve else 1, padding=0 if halve else 1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        self._halve = halve
        # Sizes are known beforehand, so that the exported graph has no arithmetic on shapes.
        convolved, pooled = ((size - 3) // 2 + 1, size // 2) if halve else (size, size)
        self.size = max(convolved, pooled)
        self._pad_convolved = self.size - convolved
        self._pad_pooled = self.size - pooled
        self._pad_channels = channels - channels_in

    def forward(self, x: Tensor) -> Tensor:
        convolved = self.second(functional.relu(self.first(x)))
        if not self._halve:
            return functional.relu(convolved + x)
        pooled = functional.avg_pool2d(x, 2, 2)
        pooled = functional.pad(pooled, (0, self._pad_pooled, 0, self._pad_pooled, 0, self._pad_channels))
        convolved = functional.pad(convolved, (0, self._pad_convolved, 0, self._pad_convolved))
        return functional.relu(convolved + pooled)


class ResNet29(nn.Module):
    """pixels (B, 150, 150, 3) uint8 RGB -> embedding (B, 128)."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 32, 7, stride=2)
        blocks: list[Block] = []
        channels_in, size = 32, 35
        for channels, halve in _BLOCKS:
            blocks.append(Block(channels_in, channels, size, halve=halve))
            channels_in, size = channels, blocks[-1].size
        self.blocks = nn.Sequential(*blocks)
        self.embed = nn.Linear(256, 128, bias=False)

    def forward(self, pixels: Tensor) -> Tensor:
        x = functional.relu(self.stem(pixels.permute(0, 3, 1, 2).float()))
        x = self.blocks(functional.max_pool2d(x, 3, 2))
        embedding: Tensor = self.embed(x.mean((2, 3)))
        return embedding

    def convolutions(self) -> Iterator[nn.Conv2d]:
        """Every convolution, in the order of the file."""
        yield self.stem
        for block in self.blocks:
            assert isinstance(block, Block)
            yield block.first
            yield block.second


def load_resnet29(path: Path) -> ResNet29:
    """Raises `CorruptWeights` where the file is not exactly this network."""
    network = ResNet29()
    layers = read_layers(path)
    convolutions = list(network.convolutions())
    expected = ["con_4", "affine_"] * len(convolutions) + ["fc_2"]
    if [layer.kind for layer in layers] != expected:
        raise CorruptWeights(
            path, f"it has {len(layers)} layers where ResNet-29 has {len(expected)}, or in another order"
        )
    for convolution, (weights, affine) in zip(convolutions, list(pairwise(layers))[::2], strict=True):
        _fill(path, convolution, weights, affine)
    _fold_normalisation(network.stem)
    _copy(path, network.embed.weight, layers[-1], (256, 128), transpose=True)
    return frozen(network)


def _fill(path: Path, convolution: nn.Conv2d, weights: Layer, affine: Layer) -> None:
    """Fold the affine layer (what training left of batch normalisation) into its convolution."""
    shape = convolution.weight.shape
    channels, count = shape[0], shape.numel()
    if weights.parameters.size != count + channels or affine.parameters.size != 2 * channels:
        raise CorruptWeights(path, f"a layer of {weights.parameters.size} weights where {count + channels} belong")
    gamma, beta = affine.parameters[:channels], affine.parameters[channels:]
    kernel, bias = weights.parameters[:count].reshape(shape), weights.parameters[count:]
    assert convolution.bias is not None
    with torch.no_grad():
        convolution.weight.copy_(torch.from_numpy(kernel * gamma[:, None, None, None]))
        convolution.bias.copy_(torch.from_numpy(bias * gamma + beta))


def _fold_normalisation(stem: nn.Conv2d) -> None:
    """Let the first convolution take pixels 0 to 255: w·(x - mean)/256 + b is (w/256)·x + (b - Σ w·mean/256)."""
    assert stem.bias is not None
    with torch.no_grad():
        stem.weight.div_(256)
        stem.bias.sub_((stem.weight.sum((2, 3)) * torch.tensor(_MEAN)).sum(1))


def _copy(path: Path, into: Tensor, layer: Layer, shape: tuple[int, int], *, transpose: bool) -> None:
    if layer.parameters.size != shape[0] * shape[1]:
        raise CorruptWeights(
            path, f"a last layer of {layer.parameters.size} weights where {shape[0] * shape[1]} belong"
        )
    matrix = torch.from_numpy(layer.parameters).reshape(shape)
    with torch.no_grad():
        into.copy_(matrix.T if transpose else matrix)
