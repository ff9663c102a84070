"""Evaluates a Keras HDF5 model layer by layer in numpy, as the file describes itself: a second opinion."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import msgspec
import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


class _Config(msgspec.Struct, frozen=True):
    """The settings of a layer that change its numbers."""

    strides: tuple[int, int] = (1, 1)
    padding: str = "valid"
    pool_size: tuple[int, int] = (2, 2)
    epsilon: float = 1e-3
    activation: str = "linear"


class _Layer(msgspec.Struct, frozen=True):
    """One node of the graph; an inbound node is a list of [layer, node index, tensor index, …]."""

    class_name: str
    name: str
    config: _Config
    inbound_nodes: list[list[tuple[str, int, int, dict[str, str]]]]


class _Graph(msgspec.Struct, frozen=True):
    layers: list[_Layer]


class _Model(msgspec.Struct, frozen=True):
    config: _Graph


class KerasReference:
    """Call it with a batch (B, height, width, channels); it answers the last layer's output."""

    def __init__(self, path: Path) -> None:
        self._weights: dict[str, dict[str, Values]] = {}
        with h5py.File(path, "r") as file:
            description = file.attrs["model_config"]
            self._layers = msgspec.convert(json.loads(description), _Model).config.layers
            for layer in self._layers:
                group = file["model_weights"][layer.name]
                names = [name.decode() if isinstance(name, bytes) else name for name in group.attrs["weight_names"]]
                self._weights[layer.name] = {
                    name.rpartition("/")[2].removesuffix(":0"): np.asarray(group[name], np.float64) for name in names
                }

    def __call__(self, batch: Values) -> Values:
        outputs: dict[str, Values] = {}
        for layer in self._layers:
            inputs = [outputs[node[0]] for node in layer.inbound_nodes[0]] if layer.inbound_nodes else [batch]
            outputs[layer.name] = _evaluate(layer, inputs, self._weights[layer.name])
        return outputs[self._layers[-1].name]


def _evaluate(layer: _Layer, inputs: list[Values], weights: dict[str, Values]) -> Values:
    config = layer.config
    match layer.class_name:
        case "InputLayer":
            return inputs[0]
        case "Conv2D":
            return _activated(_convolution(inputs[0], config, weights["kernel"]) + weights.get("bias", 0.0), config)
        case "SeparableConv2D":
            each = _depthwise(inputs[0], config, weights["depthwise_kernel"])
            return _activated(each @ weights["pointwise_kernel"][0, 0] + weights.get("bias", 0.0), config)
        case "BatchNormalization":
            centred = (inputs[0] - weights["moving_mean"]) / np.sqrt(weights["moving_variance"] + config.epsilon)
            return centred * weights["gamma"] + weights["beta"]
        case "Activation":
            return _activated(inputs[0], config)
        case "MaxPooling2D":
            return np.asarray(_windows(inputs[0], config.pool_size, config, -np.inf).max(axis=(4, 5)))
        case "Add":
            return inputs[0] + inputs[1]
        case "GlobalAveragePooling2D":
            return np.asarray(inputs[0].mean(axis=(1, 2)))
        case other:
            raise NotImplementedError(other)


def _convolution(x: Values, config: _Config, kernel: Values) -> Values:
    height, width = kernel.shape[:2]
    return np.asarray(np.einsum("brcihw,hwio->brco", _windows(x, (height, width), config, 0.0), kernel, optimize=True))


def _depthwise(x: Values, config: _Config, kernel: Values) -> Values:
    height, width = kernel.shape[:2]
    return np.asarray(np.einsum("brcihw,hwi->brci", _windows(x, (height, width), config, 0.0), kernel[..., 0]))


def _windows(x: Values, size: tuple[int, int], config: _Config, fill: float) -> Values:
    """(B, rows, columns, channels, height, width): every window, padded as TensorFlow pads."""
    down, across = config.strides
    if config.padding == "same":
        rows, columns = _same(x.shape[1], size[0], down), _same(x.shape[2], size[1], across)
        x = np.pad(x, ((0, 0), rows, columns, (0, 0)), constant_values=fill)
    every: Values = np.lib.stride_tricks.sliding_window_view(x, size, axis=(1, 2))
    return every[:, ::down, ::across]


def _same(length: int, window: int, stride: int) -> tuple[int, int]:
    """The padding before and after, the odd one after."""
    total = max((-(-length // stride) - 1) * stride + window - length, 0)
    return total // 2, total - total // 2


def _activated(x: Values, config: _Config) -> Values:
    match config.activation:
        case "linear":
            return x
        case "relu":
            return np.maximum(x, 0)
        case "softmax":
            powers = np.exp(x - x.max(axis=-1, keepdims=True))
            return np.asarray(powers / powers.sum(axis=-1, keepdims=True))
        case other:
            raise NotImplementedError(other)
