"""Fuzzing of whatever reads what strangers send: `python -m tests.fuzz <target> --seconds 60`."""
