"""The models: which there are, where they come from, and the folder they are kept in once converted and checked."""

from inference.weights.errors import ModelError, ModelsMissing
from inference.weights.store import ModelStore

__all__ = ["ModelError", "ModelStore", "ModelsMissing"]
