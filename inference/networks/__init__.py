"""Every network in torch, by name: uint8 pixels in, the outputs of the manifest out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from torch import nn

from inference.networks.facenet import load_facenet
from inference.networks.mini_xception import load_mini_xception
from inference.networks.mtcnn import load_onet, load_pnet, load_rnet
from inference.networks.resnet29 import load_resnet29
from inference.weights.store import ModelStore

LOADERS: Mapping[str, Callable[[Path], nn.Module]] = {
    "pnet": load_pnet,
    "rnet": load_rnet,
    "onet": load_onet,
    "resnet29": load_resnet29,
    "mini_xception": load_mini_xception,
    "facenet": load_facenet,
}
"""From the published file to the module. `landmarks5` is no network: dlib runs it."""


def load(name: str, store: ModelStore) -> nn.Module:
    """The network ready for inference on the CPU; `.to("cuda")` moves it. Raises `ModelsMissing`, `CorruptWeights`."""
    store.require([name])
    return LOADERS[name](store.published(name))
