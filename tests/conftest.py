"""What tests of several rooms share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from inference.weights import ModelsMissing, ModelStore

pytest_plugins = ["tests.fixtures_contract", "tests.fixtures_database"]
_REPOSITORY = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def model_store() -> ModelStore:
    """The converted models, in the folder FACECHECKIN_MODELS or `.models`; tests are skipped where they are missing."""
    store = ModelStore(Path(os.environ.get("FACECHECKIN_MODELS") or _REPOSITORY / ".models"))
    try:
        store.require()
    except ModelsMissing as missing:
        pytest.skip(str(missing))
    return store
