"""Opens the models of a store, and joins them into an engine."""

from __future__ import annotations

from collections.abc import Callable

from inference.alignment import BoxAligner, FivePointAligner
from inference.detection import Detector
from inference.embedding import IdentityModel
from inference.emotion import EmotionModel
from inference.engine import Engine
from inference.execution import Network, OnnxNetwork, TorchNetwork
from inference.versions import EMOTION_VERSION, IDENTITY_VERSIONS, NEEDED, IdentityName
from inference.weights import ModelStore


def open_engine(store: ModelStore, identity: IdentityName = "resnet-29", device: str = "cpu") -> Engine:
    """Load every model that `identity` needs; on `cpu` by ONNX Runtime, on any other device by torch.

    `torch-cpu` is torch on the CPU, to compare the two; any other name is torch's own, such as `cuda`.
    """
    store.require(NEEDED[identity])
    network = _opener(store, device)
    return Engine(
        detector=Detector(network("pnet"), network("rnet"), network("onet")),
        identity=_identity(store, identity, network),
        emotion=EmotionModel(version=EMOTION_VERSION, side_px=64, network=network("mini_xception")),
    )


def _identity(store: ModelStore, name: IdentityName, network: Callable[[str], Network]) -> IdentityModel:
    version = IDENTITY_VERSIONS[name]
    if name == "resnet-29":
        return IdentityModel(version, 128, FivePointAligner(store.path("landmarks5")), network("resnet29"))
    return IdentityModel(version, 512, BoxAligner(), network("facenet"))


def _opener(store: ModelStore, device: str) -> Callable[[str], Network]:
    if device == "cpu":
        return lambda name: OnnxNetwork(store.path(name))
    from inference.networks import load  # torch is imported only where it runs the networks

    return lambda name: TorchNetwork(load(name, store), device.removeprefix("torch-"))
