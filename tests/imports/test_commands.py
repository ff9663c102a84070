"""The import commands as an operator types them, over a real database."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from adapters.cli import facecheckin

DOOR = "00000000-0000-4000-8000-00000000d008"


@pytest.fixture(autouse=True)
def _house(database: str, key_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("FACECHECKIN_KEYS", str(key_file))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)


def type_in(*arguments: str) -> Result:
    return CliRunner().invoke(facecheckin, list(arguments))


def test_people_a_timetable_and_a_roster_make_a_session_with_people(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("user_id,name,consents\ns-1,Ada [x],face\ns-2,Bob,\n")
    (tmp_path / "times.csv").write_text(
        "series,title,room,start,end,repeat\nla,Algebra,R 1,2031-03-24 09:00,2031-03-24 10:00,FREQ=WEEKLY;COUNT=2\n"
    )
    (tmp_path / "rosters.csv").write_text("series,user_id\nla,s-1\nla,s-2\n")
    assert "2 added" in type_in("people", "import", "people.csv").output
    asked = (
        "sessions",
        "import",
        "times.csv",
        "--zone",
        "Europe/Berlin",
        "--from",
        "2031-03-01",
        "--room",
        f"R 1={DOOR}",
    )
    assert "2 added" in type_in(*asked).output
    assert "0 added, 0 changed, 2 as they were" in type_in(*asked).output
    assert "2 changed" in type_in("sessions", "rosters", "rosters.csv").output
    listed = type_in("sessions", "list", "--from", "2031-03-20", "--days", "30").output
    assert "Mon 2031-03-24 09:00 CET" in listed
    assert "Mon 2031-03-31 09:00 CEST" in listed, "the clocks were put forward in between"
    (id, _) = re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", listed)
    shown = type_in("sessions", "show", id)
    assert shown.exit_code == 0, shown.output
    assert "Ada [x]" in shown.output
    assert shown.output.count("expected") == 2


def test_a_bad_row_is_named_and_fails_the_command_and_the_good_ones_stand(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("user_id,name,consents\ns-1,Ada,shoes\ns-2,Bob,\n")
    outcome = type_in("people", "import", "people.csv")
    assert outcome.exit_code == 1
    assert "1 added" in outcome.output
    assert re.search(r"2\s+│ consents │ 'shoes' is none of face, emotion", outcome.output)
    assert "Bob" in type_in("people", "list").output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("sessions", "import", "file.csv", "--zone", "Nowhere"), "there is no time zone 'Nowhere'"),
        (("sessions", "import", "file.csv", "--room", "R 1"), "is not ROOM=STATION"),
        (("sessions", "import", "file.csv", "--room", "R 1=door"), "there is no station 'door'"),
        (("sessions", "import", "file.csv"), "columns are missing"),
        (("sessions", "rosters", "file.csv"), "columns are missing"),
        (("sessions", "show", DOOR), "there is no session"),
    ],
)
def test_what_cannot_be_meant_is_said_in_a_sentence(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    (tmp_path / "file.csv").write_text("what,ever\n1,2\n")
    outcome = type_in(*arguments)
    assert outcome.exit_code in (1, 2)
    assert said in outcome.output
