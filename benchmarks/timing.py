"""Repeats a piece of work until its median can be believed."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

Milliseconds = NDArray[np.float64]


def repeat(work: Callable[[], object], times: int, warm_up: int = 5) -> Milliseconds:
    for _ in range(warm_up):
        work()
    took = np.empty(times)
    for turn in range(times):
        begun = perf_counter()
        work()
        took[turn] = (perf_counter() - begun) * 1e3
    return took


def quantiles(took: Milliseconds) -> str:
    p10, p50, p90 = np.percentile(took, [10, 50, 90])
    return f"p10 {p10:7.2f}  p50 {p50:7.2f}  p90 {p90:7.2f} ms"
