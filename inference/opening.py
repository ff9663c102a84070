"""Opens a recogniser over the models of a store. What runs networks is loaded in the engine's own process only."""

from __future__ import annotations

from functools import partial

from inference.engine_process import EngineProcess
from inference.judge import Judge
from inference.thresholds import thresholds_of
from inference.versions import IDENTITY_VERSIONS, NEEDED, IdentityName
from inference.weights import ModelStore
from inference.worker import InferenceWorker

_HANDS = 2  # one request is judged while the next is handed over


def open_worker(
    store: ModelStore, identity: IdentityName = "resnet-29", device: str = "cpu", queue_size: int = 8
) -> InferenceWorker:
    """Yet to be started. Raises `NotCalibrated`, and `ModelsMissing` when it is started."""
    thresholds = thresholds_of(IDENTITY_VERSIONS[identity])
    return InferenceWorker(
        partial(_open_process, store, identity, device), thresholds, queue_size=queue_size, hands=_HANDS
    )


def _open_process(store: ModelStore, identity: IdentityName, device: str) -> EngineProcess:
    store.require(NEEDED[identity])
    return EngineProcess(partial(_open_engine, store, identity, device))


def _open_engine(store: ModelStore, identity: IdentityName, device: str) -> Judge:
    from inference.assembly import open_engine  # half of what a server would hold in memory, and twice the start

    return open_engine(store, identity, device)
