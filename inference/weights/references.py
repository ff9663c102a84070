"""Somebody else's evaluation of each network, against which our torch modules are checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import dlib
import msgspec
import numpy as np
import torch
from torch import nn

from inference.networks.checkpoint import load_state
from inference.networks.mtcnn import normalised
from inference.torchvision_compat import import_facenet_pytorch
from inference.weights.agreement import Outputs, Pixels
from inference.weights.keras_reference import KerasReference

Evaluate = Callable[[Pixels], Outputs]


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """Who evaluates, and how to get it from the published file."""

    by: str
    load: Callable[[Path], Evaluate]


def _mtcnn(class_name: str) -> Callable[[Path], Evaluate]:
    def load(published: Path) -> Evaluate:
        module: nn.Module = getattr(import_facenet_pytorch(), class_name)(pretrained=False)
        network = load_state(module, published)

        def evaluate(pixels: Pixels) -> Outputs:
            with torch.inference_mode():
                outputs = [output.numpy() for output in network(normalised(torch.from_numpy(pixels)))]
            # Theirs: box corrections, then landmarks where there are any, then both classes' probabilities.
            return [outputs[0], outputs[-1][:, 1], *outputs[1:-1]]

        return evaluate

    return load


def _dlib_resnet(published: Path) -> Evaluate:
    network = dlib.face_recognition_model_v1(str(published))

    def evaluate(pixels: Pixels) -> Outputs:
        chips = [np.ascontiguousarray(chip) for chip in pixels]
        return [np.array([network.compute_face_descriptor(chip) for chip in chips], np.float32)]

    return evaluate


def _keras(published: Path) -> Evaluate:
    network = KerasReference(published)

    def evaluate(pixels: Pixels) -> Outputs:
        # As fer prepares a face: to 0…1, then to -1…1.
        return [network((pixels[..., None] / 255.0 - 0.5) * 2.0).astype(np.float32)]

    return evaluate


REFERENCES: Mapping[str, Reference] = {
    "pnet": Reference(by="facenet-pytorch's PNet", load=_mtcnn("PNet")),
    "rnet": Reference(by="facenet-pytorch's RNet", load=_mtcnn("RNet")),
    "onet": Reference(by="facenet-pytorch's ONet", load=_mtcnn("ONet")),
    "resnet29": Reference(by="dlib", load=_dlib_resnet),
    "mini_xception": Reference(by="a numpy evaluation of the Keras graph", load=_keras),
}
"""facenet has none: the module that is exported is facenet-pytorch's own. landmarks5 is run by dlib itself."""
