"""Says when a person has stepped up to the camera, from small grey pictures alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from edge_device.camera import Luminance

_ROWS, _COLUMNS = 24, 32
_Cells = NDArray[np.float32]

Presence = Literal["empty", "arriving", "present"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """Shares are of the picture's cells, 0–1; `change` is in grey levels of 255, on the mean of a cell.

    `enter_share`, `leave_share`: apart, so that nobody flickers in and out. `steady_s`: how long somebody must be
    there before a burst; `patience_s`: a burst at the latest then, even of somebody who keeps moving.
    `away_s`: how long the place must be empty before the next person counts. `cooldown_s`: between two bursts.
    `scene_share`: more than that is the light or the camera, not a person.
    """

    change: float = 12.0
    motion: float = 6.0
    enter_share: float = 0.10
    leave_share: float = 0.05
    moving_share: float = 0.06
    scene_share: float = 0.90
    steady_s: float = 0.35
    patience_s: float = 1.6
    away_s: float = 1.0
    cooldown_s: float = 3.0
    learn_s: float = 15.0
    absorb_s: float = 45.0


class PresenceDetector:
    """A background that follows slow light, and what differs from it. Owned by one thread; times are monotonic.

    A person is told once: the next one counts only after the place was empty. What stands still for `absorb_s`
    becomes background, so that a chair left behind, or the gap of somebody who stood there at the start, passes.
    """

    def __init__(self, sensitivity: Sensitivity | None = None) -> None:
        self.sensitivity = sensitivity or Sensitivity()
        self._background: _Cells | None = None
        self._last: _Cells | None = None
        self._still_since_s = np.zeros((_ROWS, _COLUMNS), np.float64)
        self._look_s = 0.0
        self._since_s = 0.0
        self._seen_s = 0.0
        self._told_s = -float("inf")
        self.presence: Presence = "empty"
        self.share = 0.0

    def look(self, picture: Luminance, now_s: float) -> bool:
        """True at the one look at which a burst should be taken of whoever stepped up. `picture`: (height, width)."""
        cells = _cells(picture)
        if self._background is None or self._last is None:
            self._start_over(cells, now_s)
            return False
        moving = np.abs(cells - self._last) > self.sensitivity.motion
        changed = self._changed(cells, self._background)
        self.share = float(changed.mean())
        if self.share > self.sensitivity.scene_share:
            self._start_over(cells, now_s)
            return False
        self._learn(self._background, cells, changed, moving, now_s)
        self._last, self._look_s = cells, now_s
        return self._decide(float(moving.mean()), now_s)

    def _changed(self, cells: _Cells, background: _Cells) -> NDArray[np.bool_]:
        """The median of the difference is the light's: a lamp switched on lifts every cell."""
        difference = cells - background
        difference -= np.median(difference)
        changed: NDArray[np.bool_] = np.abs(difference) > self.sensitivity.change
        return changed

    def _learn(
        self,
        background: _Cells,
        cells: _Cells,
        changed: NDArray[np.bool_],
        moving: NDArray[np.bool_],
        now_s: float,
    ) -> None:
        passed_s = max(0.0, now_s - self._look_s)
        self._still_since_s[moving | ~changed] = now_s
        absorbed = changed & (now_s - self._still_since_s > self.sensitivity.absorb_s)
        follow = ~changed | absorbed
        rate = np.float32(min(1.0, passed_s / self.sensitivity.learn_s))
        background[follow] += (cells[follow] - background[follow]) * rate
        background[absorbed] = cells[absorbed]

    def _decide(self, moving_share: float, now_s: float) -> bool:
        wanted = self.sensitivity
        if self.share >= (wanted.enter_share if self.presence == "empty" else wanted.leave_share):
            self._seen_s = now_s
            if self.presence == "empty":
                self.presence, self._since_s = "arriving", now_s
        elif self.presence == "arriving" or now_s - self._seen_s >= wanted.away_s:
            # Whoever only passed by is forgotten at once.
            self.presence = "empty"
        if self.presence != "arriving" or now_s - self._told_s < wanted.cooldown_s:
            return False
        there_s = now_s - self._since_s
        steady = there_s >= wanted.steady_s and moving_share < wanted.moving_share
        if not steady and there_s < wanted.patience_s:
            return False
        self.presence, self._told_s = "present", now_s
        return True

    def _start_over(self, cells: _Cells, now_s: float) -> None:
        self._background, self._last = cells.copy(), cells
        self._still_since_s[:] = now_s
        self._look_s, self.share, self.presence = now_s, 0.0, "empty"


def _cells(picture: Luminance) -> _Cells:
    """The mean of each of 24 × 32 blocks; a margin that does not fill a block is left out."""
    height, width = picture.shape[0] // _ROWS, picture.shape[1] // _COLUMNS
    if height == 0 or width == 0:
        raise ValueError(f"a picture of {picture.shape} is too small to see a person in")
    # Every second row and column is enough, and a quarter of the work.
    step = 2 if min(height, width) >= 4 else 1
    blocks = picture[: height * _ROWS, : width * _COLUMNS].reshape(_ROWS, height, _COLUMNS, width)
    sampled = blocks[:, ::step, :, ::step]
    mean: _Cells = sampled.mean(axis=(1, 3), dtype=np.float32)
    return mean
