"""What the tests of the model store share."""

from __future__ import annotations

import pytest

from inference.weights.artefacts import InstalledFile
from inference.weights.distributions import locate
from tests.inference.carriers import PNET


@pytest.fixture(scope="session")
def pnet() -> bytes:
    """The smallest network, which every test here carries by another road."""
    assert isinstance(PNET.source, InstalledFile)
    return locate(PNET.source).read_bytes()
