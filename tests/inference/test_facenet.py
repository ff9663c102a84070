"""The second identity model runs through the same engine, and decides nothing until its thresholds were measured."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from application.ports import Look
from inference.assembly import open_engine
from inference.opening import open_worker
from inference.thresholds import NotCalibrated
from inference.weights import ModelStore
from tests.inference.bursts import MIRA, burst


class WithFacenet(ModelStore):
    """The store of the tests, and beside it a facenet of random weights."""

    def __init__(self, store: ModelStore, facenet: Path) -> None:
        super().__init__(store.folder)
        self._facenet = facenet

    def require(self, names: Iterable[str] = ()) -> None:
        super().require(name for name in names if name != "facenet")

    def path(self, name: str) -> Path:
        return self._facenet if name == "facenet" else super().path(name)


@pytest.fixture(scope="module")
def store(model_store: ModelStore, tmp_path_factory: pytest.TempPathFactory) -> ModelStore:
    torch = pytest.importorskip("torch")
    pytest.importorskip("onnx")
    from inference.networks.checkpoint import frozen
    from inference.networks.facenet import Facenet
    from inference.torchvision_compat import import_facenet_pytorch
    from inference.weights.conversion import export

    torch.manual_seed(0)
    file = tmp_path_factory.mktemp("facenet") / "facenet.onnx"
    network = import_facenet_pytorch().InceptionResnetV1(pretrained=None, classify=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        export("facenet", frozen(Facenet(network)), file)
    return WithFacenet(model_store, file)


def test_facenet_embeds_the_same_frames_in_512_dimensions_of_length_one(store: ModelStore) -> None:
    engine = open_engine(store, "facenet")
    engine.warm_up()
    template = np.zeros((1, 512), dtype=np.float32)
    look = engine.look(burst(MIRA).primary_frame, template)
    assert isinstance(look, Look)
    assert look.embedding.shape == (512,)
    assert np.linalg.norm(look.embedding) == pytest.approx(1, abs=1e-4)
    assert look.distances == pytest.approx([1], abs=1e-3)


def test_facenet_without_measured_thresholds_says_how_to_measure_them(model_store: ModelStore) -> None:
    with pytest.raises(NotCalibrated, match=r"benchmarks\.calibration --model facenet --faces FOLDER --write"):
        open_worker(model_store, "facenet")
