"""Opens the models of a store, and joins them into an engine."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal, get_args

from inference.alignment import BoxAligner, FivePointAligner
from inference.detection import Detector
from inference.embedding import IdentityModel
from inference.emotion import EmotionModel
from inference.engine import Engine
from inference.execution import Network, OnnxNetwork, TorchNetwork
from inference.thresholds import thresholds_of
from inference.weights import ModelStore
from inference.worker import InferenceWorker

IdentityName = Literal["resnet-29", "facenet"]
IDENTITY_NAMES: tuple[IdentityName, ...] = get_args(IdentityName)

IDENTITY_VERSIONS: dict[IdentityName, str] = {"resnet-29": "resnet-29.v1", "facenet": "facenet.v1"}
# The two networks with enough arithmetic for a second thread to pay; the small ones lose by it.
_SHARED_BY_TWO = ("resnet29", "mini_xception")

EMOTION_VERSION = "mini-xception.v1"


def open_worker(
    store: ModelStore, identity: IdentityName = "resnet-29", device: str = "cpu", queue_size: int = 16
) -> InferenceWorker:
    """A recogniser that is yet to be started. Raises `NotCalibrated`, and `ModelsMissing` when it is started."""
    thresholds = thresholds_of(IDENTITY_VERSIONS[identity])
    return InferenceWorker(partial(open_engine, store, identity, device), thresholds, queue_size=queue_size)


def open_engine(store: ModelStore, identity: IdentityName = "resnet-29", device: str = "cpu") -> Engine:
    """Load every model that `identity` needs; on `cpu` by ONNX Runtime, on any other device by torch.

    `torch-cpu` is torch on the CPU, to compare the two; any other name is torch's own, such as `cuda`.
    """
    needed = ["pnet", "rnet", "onet", "mini_xception"]
    needed += ["resnet29", "landmarks5"] if identity == "resnet-29" else ["facenet"]
    store.require(needed)
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
        return lambda name: OnnxNetwork(store.path(name), threads=2 if name in _SHARED_BY_TWO else 1)
    from inference.networks import load  # torch is imported only where it runs the networks

    return lambda name: TorchNetwork(load(name, store), device.removeprefix("torch-"))
