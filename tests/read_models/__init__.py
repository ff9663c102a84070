"""Tests of what is read, and of what an erasure leaves of it."""
