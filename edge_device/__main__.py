"""Starts the station by `python -m edge_device`."""

from edge_device.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
