"""Turns an aligned face into a vector that lies near the person's other vectors."""

from __future__ import annotations

from dataclasses import dataclass

from domain.face import Box
from inference.alignment import Aligner
from inference.execution import Network
from inference.pixels import Floats, Pixels


@dataclass(frozen=True)
class IdentityModel:
    """`version` names network, alignment and detector together: templates of different versions never meet."""

    version: str
    dimensions: int
    aligner: Aligner
    network: Network

    def align(self, pixels: Pixels, box: Box) -> Pixels:
        return self.aligner.align(pixels, box)

    def embed(self, face: Pixels) -> Floats:
        """The embedding of an aligned face, shape (dimensions,)."""
        embedding: Floats = self.network.run(face[None])[0][0]
        return embedding
