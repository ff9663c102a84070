"""The HTTP door, tested as its callers meet it."""
