"""Every test that talks to a server fails where an answer was none that the contract documents."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.http.contract_recorder import TALLY, keep_tally


@pytest.fixture(autouse=True)
def every_answer_is_documented() -> Iterator[None]:
    yield
    undocumented = TALLY.new_faults()
    assert not undocumented, "answers that docs/contracts/openapi.json does not document:\n" + "\n".join(undocumented)


def pytest_sessionfinish() -> None:
    keep_tally()
