"""The live feed: what is recorded reaches whoever watches, in order, once, and resumable from any position."""
