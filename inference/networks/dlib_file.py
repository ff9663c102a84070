"""Reads the parameters of a network that dlib has serialised, checking every length before believing it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import prod
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from inference.weights.errors import CorruptWeights

# A layer is announced by its name as dlib writes a string: a one-byte length, its value, the letters.
_LAYER = re.compile(rb"\x01\x05(con_4)|\x01\x07(affine_)|\x01\x04(fc_2)")
_TENSOR_VERSION = 2
_DIMENSIONS = 4
_LARGEST_INTEGER_BYTES = 8


class Layer(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters of one layer: `kind` is con_4, affine_ or fc_2; `parameters` are flat, as dlib stores them."""

    kind: str
    parameters: NDArray[np.float32]


def read_layers(path: Path) -> list[Layer]:
    """The layers that have parameters, from the input to the output (dlib writes the innermost network first)."""
    content = path.read_bytes()
    layers = list(_layers(path, content))
    if not layers:
        raise CorruptWeights(path, "there is no layer of a dlib network in it")
    return layers


def _layers(path: Path, content: bytes) -> Iterator[Layer]:
    position = 0
    # Searching on from the end of each tensor keeps chance matches inside the weights out of sight.
    while found := _LAYER.search(content, position):
        kind = next(name for name in found.groups() if name is not None).decode()
        reader = _Reader(path, content, found.end())
        if kind == "fc_2":
            reader.integer()
            reader.integer()
        yield Layer(kind=kind, parameters=reader.tensor())
        position = reader.position


class _Reader:
    """A cursor over dlib's encoding; raises `CorruptWeights` instead of reading past the end."""

    def __init__(self, path: Path, content: bytes, position: int) -> None:
        self._path = path
        self._content = content
        self.position = position

    def integer(self) -> int:
        """One byte with the count of bytes in its low half and the sign in its top bit, then the value."""
        head = self._take(1)[0]
        count = head & 0x0F
        if head & 0x70 or not 1 <= count <= _LARGEST_INTEGER_BYTES:
            raise CorruptWeights(self._path, f"no integer at byte {self.position - 1}")
        value = int.from_bytes(self._take(count), "little")
        return -value if head & 0x80 else value

    def tensor(self) -> NDArray[np.float32]:
        """A version, four dimensions, then float32 values, little-endian."""
        version = self.integer()
        if version != _TENSOR_VERSION:
            raise CorruptWeights(self._path, f"tensor version {version} instead of {_TENSOR_VERSION}")
        dimensions = [self.integer() for _ in range(_DIMENSIONS)]
        if min(dimensions) < 0:
            raise CorruptWeights(self._path, f"a tensor of dimensions {dimensions}")
        values = np.frombuffer(self._take(4 * prod(dimensions)), "<f4").astype(np.float32)
        if not np.isfinite(values).all():
            raise CorruptWeights(self._path, "a weight is not a finite number")
        return values

    def _take(self, count: int) -> bytes:
        end = self.position + count
        if end > len(self._content):
            raise CorruptWeights(self._path, f"it ends at byte {len(self._content)}, {end - len(self._content)} early")
        taken = self._content[self.position : end]
        self.position = end
        return taken
