"""The station reacts to every problem code of the contract, as the contract's own table says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from edge_device.classify import Declined, Never, NewCapture, Pause, Retry, classify
from tests.station.test_classify import EMOTION, IDENTIFY, problem

TABLE = Path(__file__).parents[2] / "docs" / "contracts" / "problems.md"
ROW = re.compile(r"^\| `([a-z-]+)` \| (\d{3}) \| [^|]+ \| (never|new_capture|same_request) \|")
ROWS = [
    (row[1], int(row[2]), row[3]) for line in TABLE.read_text(encoding="utf-8").splitlines() if (row := ROW.match(line))
]

WHOLE_STATION = {
    "request-malformed",
    "unauthenticated",
    "signature-invalid",
    "pairing-not-found",
    "station-not-found",
    "forbidden",
    "not-found",
    "person-not-found",
    "account-not-found",
    "origin-refused",
    "method-not-allowed",
    "unsupported-media-type",
}
# Every attempt is signed anew.
SIGNED_ANEW = {"signature-stale", "signature-replayed"}
DECLINED = {"emotion-off", "emotion-not-consented"}


HEARD = re.compile(r"^\| `([a-z-]+)` \| \d{3} \|.*\| ([^|]+) \|$")


def test_the_person_hears_a_sentence_for_every_problem() -> None:
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    sentences = {row[1]: row[2].strip() for line in lines if (row := HEARD.match(line))}
    assert set(sentences) == {code for code, _, _ in ROWS}
    assert all(sentence.endswith((".", "?", "!")) for sentence in sentences.values())


def test_the_contract_lists_its_problems() -> None:
    assert len(ROWS) > 30
    assert {code for code, _, _ in ROWS} >= WHOLE_STATION | DECLINED


@pytest.mark.parametrize(("code", "status", "retry"), ROWS)
def test_the_reaction_to_a_problem_follows_the_contract(code: str, status: int, retry: str) -> None:
    if code in WHOLE_STATION:
        expected: type = Pause
    elif code in SIGNED_ANEW:
        expected = Retry
    elif code in DECLINED:
        expected = Declined
    else:
        expected = {"same_request": Retry, "new_capture": NewCapture, "never": Never}[retry]
    for record in (IDENTIFY, EMOTION):
        verdict = classify(problem(status, code, retry, sentence="For the person."), record)
        assert type(verdict) is expected
