"""The use cases, tested against the real event store and the real models."""
