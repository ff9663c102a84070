"""The process that is fuzzed, started by running.py; libFuzzer ends it."""

from __future__ import annotations

import importlib
import resource
import sys

import atheris

from tests.fuzz.memory_watch import MemoryWatch

_MOST_BYTES = 2**30  # what is read of a stranger may not take more, however little it is
OURS = ["domain", "application", "inference", "adapters", "tests.fuzz.targets"]


def main(name: str, warm_up_s: float, allowed_mb: float, arguments: list[str]) -> None:
    # Only our own code guides the search: everything else is taken as it is.
    with atheris.instrument_imports(include=OURS):
        target = importlib.import_module(f"tests.fuzz.targets.{name}")
    resource.setrlimit(resource.RLIMIT_DATA, (_MOST_BYTES, _MOST_BYTES))
    watch = MemoryWatch(warm_up_s=warm_up_s, allowed_mb=allowed_mb)

    def attack(given: bytes) -> None:
        target.attack(given)
        watch.look()

    atheris.Setup([sys.argv[0], f"-max_len={target.LONGEST_BYTES}", *arguments], attack)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), float(sys.argv[3]), sys.argv[4:])
