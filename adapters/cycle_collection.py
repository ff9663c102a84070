"""Keeps Python's search for reference cycles away from where it finds nothing and holds everything up."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_cycle_collection() -> Iterator[None]:
    """Decoded events hold no cycles, yet looking for some takes longer than decoding them."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def spare_what_exists() -> None:
    """What is there now stays until the process ends. A search through all of it stops every thread for 0.1 s."""
    gc.collect()
    gc.freeze()
