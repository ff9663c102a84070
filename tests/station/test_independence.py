"""The station is a program of its own: it starts without anything of the server's."""

from __future__ import annotations

import json
import subprocess
import sys

FORBIDDEN = {
    "domain",
    "application",
    "inference",
    "adapters",
    "msgspec",
    "litestar",
    "torch",
    "psycopg",
    "eventsourcing",
    "onnxruntime",
    "cv2",
    "picamera2",
}


def modules_after(program: str) -> set[str]:
    report = "; import json, sys; print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    ran = subprocess.run([sys.executable, "-c", program + report], capture_output=True, text=True, check=True)
    loaded: list[str] = json.loads(ran.stdout.splitlines()[-1])
    return set(loaded)


def test_the_whole_station_imports_nothing_of_the_servers() -> None:
    everything = (
        "import importlib, pkgutil, edge_device;"
        " [importlib.import_module(module.name)"
        "  for module in pkgutil.walk_packages(edge_device.__path__, 'edge_device.')"
        "  if not module.name.endswith('__main__')]"
    )
    loaded = modules_after(everything)
    assert {"edge_device", "httpx", "cryptography"} <= loaded
    assert loaded & FORBIDDEN == set()


def test_the_check_can_fail() -> None:
    assert modules_after("import msgspec") & FORBIDDEN == {"msgspec"}
