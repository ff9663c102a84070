"""What can go wrong between a published file and a served model. Every message is a sentence for the operator."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


class ModelError(Exception):
    """The root of them all."""


class ModelsMissing(ModelError):
    """The store lacks models that are needed; the message says which command gets them."""

    def __init__(self, folder: Path, names: tuple[str, ...], command: str) -> None:
        super().__init__(f"{', '.join(names)} not in the model store {folder}: run `{command}`")
        self.names = names


class UnknownModel(ModelError):
    def __init__(self, name: str, known: Iterable[str]) -> None:
        super().__init__(f"there is no model {name!r}; there are {', '.join(known)}")


class StoreUnreadable(ModelError):
    """The store's record is damaged."""


class FetchFailed(ModelError):
    """A file could not be had: no network, no such release, nothing in the folder."""


class ChecksumMismatch(ModelError):
    """A file is not the one that the manifest names. It is never used."""

    def __init__(self, what: str, expected: str, actual: str) -> None:
        super().__init__(f"{what} is not the published file: its SHA-256 is {actual}, not {expected}")
        self.expected = expected
        self.actual = actual


class CorruptWeights(ModelError):
    """The file is not the weights of this network: cut short, of another network, or not weights at all."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path.name} does not hold this network's weights: {reason}")


class Disagreement(ModelError):
    """Two evaluations of one network differ by more than rounding explains."""

    def __init__(self, name: str, reference: str, difference: float, limit: float) -> None:
        super().__init__(f"{name} differs from {reference} by {difference:.2g}; at most {limit:g} is allowed")
        self.difference = difference
