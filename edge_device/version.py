"""Which version of the station program this is."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

try:
    SOFTWARE = version("facecheckin")
except PackageNotFoundError:
    SOFTWARE = "unknown"
