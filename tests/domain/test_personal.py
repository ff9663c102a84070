"""Personal data shows neither its value nor its subject to whoever prints it."""

from __future__ import annotations

import logging
from uuid import UUID

import msgspec
import pytest

from domain.personal import PersonalData
from tests.domain.examples import ADA, GRACE, person, registered

SECRET = PersonalData(ADA, "Ada Lovelace")


@pytest.mark.parametrize("shown", [repr(SECRET), str(SECRET), f"{SECRET}", f"{SECRET!r}", f"{[SECRET]}", "%s" % SECRET])  # noqa: UP031
def test_personal_data_never_shows_its_value_or_its_subject(shown: str) -> None:
    assert "Ada" not in shown
    assert str(ADA) not in shown


def test_events_and_states_that_hold_personal_data_do_not_show_it() -> None:
    (event,) = registered()
    for shown in (repr(event), repr(person(registered()))):
        assert "Ada" not in shown
        assert "'ada'" not in shown


def test_a_log_line_of_personal_data_does_not_show_it(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        logging.getLogger("domain").info("registered %s as %r", SECRET, {"name": SECRET})
    assert "PersonalData(***)" in caplog.text
    assert "Ada" not in caplog.text


def test_personal_data_is_not_written_to_json_by_accident() -> None:
    with pytest.raises(TypeError, match="PersonalData"):
        msgspec.json.encode(SECRET)


def test_erased_personal_data_reveals_nothing() -> None:
    erased = PersonalData[str].erased_value()
    assert (erased.erased, erased.reveal(), erased.subject) == (True, None, None)
    assert repr(erased) == "PersonalData(erased)"


def test_personal_data_is_equal_to_the_same_value_of_the_same_subject_only() -> None:
    assert PersonalData(ADA, "Ada Lovelace") == SECRET
    assert PersonalData(GRACE, "Ada Lovelace") != SECRET
    assert PersonalData(ADA, "Grace") != SECRET
    assert SECRET != "Ada Lovelace"
    assert len({SECRET, PersonalData(UUID(str(ADA)), "Ada Lovelace")}) == 1
