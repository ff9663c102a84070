"""Stations and our own server are killed in a bad network: nothing is lost and nothing doubled, and this could fail."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures_database import fresh_database
from tests.station.torture.fault_proxy import FAULTS
from tests.station.torture.nursery import Nursery
from tests.station.torture.ordeal import Outcome, Plan, torture

SEEDS = (1, 2, 3)
# A quarter of a minute for each seed, where nobody else wants the processors.
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery() as opened:
        yield opened


@pytest.fixture(scope="module", params=SEEDS, ids=lambda seed: f"seed {seed}")
def outcome(
    request: pytest.FixtureRequest, nursery: Nursery, postgres: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Outcome]:
    folder: Path = tmp_path_factory.mktemp("torture")
    with fresh_database(postgres) as dsn:
        yield torture(nursery, dsn, folder, Plan(seed=request.param))


def test_nothing_is_lost_and_nothing_doubled(outcome: Outcome) -> None:
    real = outcome.accounts["real"]
    assert real.saved == 400
    assert (real.lost, real.doubled) == (0, 0)
    assert outcome.dead_letters == 0


def test_the_read_models_tell_what_the_events_tell(outcome: Outcome) -> None:
    real = outcome.accounts["real"]
    assert real.checked_in == real.attended == real.recorded >= real.saved


def test_every_fault_and_every_kill_was_met(outcome: Outcome) -> None:
    assert set(outcome.faults) == {*FAULTS, "outage"}
    assert outcome.kills >= 6
    assert outcome.server_kills == 2
    assert outcome.live_outboxes > 0


def test_the_same_run_doubles_check_ins_of_stations_without_a_key(outcome: Outcome) -> None:
    assert outcome.accounts["no-key"].doubled > 0


def test_the_same_run_loses_check_ins_of_stations_that_keep_them_in_memory(outcome: Outcome) -> None:
    assert outcome.accounts["in-memory"].lost > 0
