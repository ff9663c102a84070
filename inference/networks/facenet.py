"""facenet-pytorch's own InceptionResnetV1, taking uint8 pixels."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor, nn

from inference.networks.checkpoint import frozen, load_state
from inference.torchvision_compat import import_facenet_pytorch

# The classifier over VGGFace2's 8631 people is in the published file; an embedding does without it.
_CLASSIFIER = ("logits.weight", "logits.bias")


class Facenet(nn.Module):
    """pixels (B, 160, 160, 3) uint8 RGB -> embedding (B, 512), of length 1."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, pixels: Tensor) -> Tensor:
        # The fixed standardisation that these weights were published for.
        embedding: Tensor = self.network((pixels.permute(0, 3, 1, 2).float() - 127.5) / 128.0)
        return embedding


def load_facenet(path: Path) -> Facenet:
    """Raises `CorruptWeights` where the file is not InceptionResnetV1's."""
    network: nn.Module = import_facenet_pytorch().InceptionResnetV1(pretrained=None, classify=False)
    return frozen(Facenet(load_state(network, path, leaving_out=_CLASSIFIER)))
