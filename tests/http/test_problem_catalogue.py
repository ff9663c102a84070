"""The problem catalogue holds one complete row for every problem."""

from __future__ import annotations

from typing import get_args

import pytest

from adapters.http.problem_document import ProblemFacts, problem_document
from adapters.http.problems import CATALOGUE, OutcomeCode, ProblemKind, ServerCode
from adapters.http.sentences import LANGUAGES
from domain.refusal import RefusalCode

ROWS = pytest.mark.parametrize("kind", CATALOGUE.values(), ids=lambda kind: kind.code)


def test_every_code_has_one_row() -> None:
    codes = [*get_args(RefusalCode), *get_args(OutcomeCode), *get_args(ServerCode)]
    assert sorted(CATALOGUE) == sorted(codes)
    assert len(codes) == len(set(codes))


def test_every_refused_capture_is_unprocessable() -> None:
    assert {CATALOGUE[code].status for code in get_args(RefusalCode)} == {422}


@ROWS
def test_a_row_speaks_three_languages(kind: ProblemKind) -> None:
    spoken = [kind.sentence.in_language(language) for language in LANGUAGES]
    assert len(set(spoken)) == 3
    assert all(sentence.endswith(".") for sentence in spoken)
    assert any("\u0600" <= letter <= "\u06ff" for letter in kind.sentence.ar)


@ROWS
def test_a_row_names_its_document(kind: ProblemKind) -> None:
    document = problem_document(ProblemFacts(code=kind.code), language="de")
    assert (document.code, document.status, document.retry) == (kind.code, kind.status, kind.retry)
    assert document.type == f"/problems/{kind.code}"
    assert document.sentence == kind.sentence.de


@ROWS
def test_waiting_helps_only_where_the_same_request_may_be_sent_again(kind: ProblemKind) -> None:
    assert kind.fixed_by != "nobody" or kind.retry == "same_request"


@ROWS
def test_a_person_at_the_door_is_asked_for_a_new_capture_only_where_they_can_help(kind: ProblemKind) -> None:
    if kind.code in get_args(RefusalCode) and kind.fixed_by == "person":
        assert kind.retry == "new_capture"


def test_seconds_to_wait_are_whole_and_at_least_one() -> None:
    assert ProblemFacts(code="overloaded", retry_after_s=0.2).headers == {"Retry-After": "1"}
    assert ProblemFacts(code="overloaded", retry_after_s=2.1).headers == {"Retry-After": "3"}
    assert ProblemFacts(code="no-face").headers == {}
