"""MTCNN's three networks on facenet-pytorch's weights, from uint8 pixels to scores, boxes and landmarks."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from inference.networks.checkpoint import load_state


def normalised(pixels: Tensor) -> Tensor:
    """uint8 (B, height, width, 3) to float32 (B, 3, height, width) in about -1 to 1, as MTCNN was trained."""
    return (pixels.permute(0, 3, 1, 2).float() - 127.5) * 0.0078125


def _face_probability(scores: Tensor) -> Tensor:
    """The second of two softmax classes, which is the sigmoid of their difference."""
    return torch.sigmoid(scores[:, 1] - scores[:, 0])


class PNet(nn.Module):
    """pixels (B, height, width, 3) uint8 -> reg (B, 4, rows, columns), prob (B, rows, columns)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.prelu1 = nn.Conv2d(3, 10, 3), nn.PReLU(10)
        self.conv2, self.prelu2 = nn.Conv2d(10, 16, 3), nn.PReLU(16)
        self.conv3, self.prelu3 = nn.Conv2d(16, 32, 3), nn.PReLU(32)
        self.conv4_1 = nn.Conv2d(32, 2, 1)
        self.conv4_2 = nn.Conv2d(32, 4, 1)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        x = self.prelu1(self.conv1(normalised(pixels)))
        x = functional.max_pool2d(x, 2, 2, ceil_mode=True)
        x = self.prelu3(self.conv3(self.prelu2(self.conv2(x))))
        return self.conv4_2(x), _face_probability(self.conv4_1(x))


class RNet(nn.Module):
    """pixels (B, 24, 24, 3) uint8 -> reg (B, 4), prob (B,)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.prelu1 = nn.Conv2d(3, 28, 3), nn.PReLU(28)
        self.conv2, self.prelu2 = nn.Conv2d(28, 48, 3), nn.PReLU(48)
        self.conv3, self.prelu3 = nn.Conv2d(48, 64, 2), nn.PReLU(64)
        self.dense4, self.prelu4 = nn.Linear(576, 128), nn.PReLU(128)
        self.dense5_1 = nn.Linear(128, 2)
        self.dense5_2 = nn.Linear(128, 4)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        x = self.prelu1(self.conv1(normalised(pixels)))
        x = functional.max_pool2d(x, 3, 2, ceil_mode=True)
        x = functional.max_pool2d(self.prelu2(self.conv2(x)), 3, 2, ceil_mode=True)
        x = self.prelu3(self.conv3(x))
        x = self.prelu4(self.dense4(_columns_first(x)))
        return self.dense5_2(x), _face_probability(self.dense5_1(x))


class ONet(nn.Module):
    """pixels (B, 48, 48, 3) uint8 -> reg (B, 4), prob (B,), points (B, 10)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.prelu1 = nn.Conv2d(3, 32, 3), nn.PReLU(32)
        self.conv2, self.prelu2 = nn.Conv2d(32, 64, 3), nn.PReLU(64)
        self.conv3, self.prelu3 = nn.Conv2d(64, 64, 3), nn.PReLU(64)
        self.conv4, self.prelu4 = nn.Conv2d(64, 128, 2), nn.PReLU(128)
        self.dense5, self.prelu5 = nn.Linear(1152, 256), nn.PReLU(256)
        self.dense6_1 = nn.Linear(256, 2)
        self.dense6_2 = nn.Linear(256, 4)
        self.dense6_3 = nn.Linear(256, 10)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        x = self.prelu1(self.conv1(normalised(pixels)))
        x = functional.max_pool2d(x, 3, 2, ceil_mode=True)
        x = functional.max_pool2d(self.prelu2(self.conv2(x)), 3, 2, ceil_mode=True)
        x = functional.max_pool2d(self.prelu3(self.conv3(x)), 2, 2, ceil_mode=True)
        x = self.prelu4(self.conv4(x))
        x = self.prelu5(self.dense5(_columns_first(x)))
        return self.dense6_2(x), _face_probability(self.dense6_1(x)), self.dense6_3(x)


def _columns_first(x: Tensor) -> Tensor:
    """Flatten (B, C, H, W) in the order W, H, C, which the weights took over from Caffe and Matlab."""
    return x.permute(0, 3, 2, 1).flatten(1)


def load_pnet(path: Path) -> PNet:
    return load_state(PNet(), path)


def load_rnet(path: Path) -> RNet:
    return load_state(RNet(), path)


def load_onet(path: Path) -> ONet:
    return load_state(ONet(), path)
