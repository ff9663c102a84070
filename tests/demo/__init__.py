"""The demo's bursts, cast and scripts."""
