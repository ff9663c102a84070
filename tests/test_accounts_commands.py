"""`facecheckin accounts …`: the first admin, and the way back in."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from adapters.cli import facecheckin
from adapters.database import connect

PASSWORD = "correct horse battery"


class Operator:
    """Runs commands in this process, over a test's own database."""

    def __init__(self, dsn: str, key_file: Path) -> None:
        self.dsn = dsn
        self._environment = {
            "DATABASE_URL": dsn,
            "FACECHECKIN_KEYS": str(key_file),
            "FACECHECKIN_DATA": str(key_file.parent),
            "COLUMNS": "200",
        }

    def __call__(self, *arguments: str, typed: str | None = None) -> Result:
        return CliRunner().invoke(facecheckin, ["accounts", *arguments], input=typed, env=self._environment)


@pytest.fixture
def operator(database: str, key_file: Path) -> Operator:
    return Operator(database, key_file)


def test_the_first_admin_is_created_listed_disabled_beside_another_and_let_in_again(operator: Operator) -> None:
    created = operator("create-admin", "Grace", "--password-stdin", typed=f"{PASSWORD}\n")
    assert (created.exit_code, created.output) == (0, "Grace is an admin now\n")
    again = operator("create-admin", "GRACE", "--password-stdin", typed=f"{PASSWORD}\n")
    assert (again.exit_code, "already" in again.output) == (1, True)
    refused = operator("disable", "grace")
    assert (refused.exit_code, "create another admin first" in refused.output) == (1, True)
    assert "disabled" not in operator("list").output
    assert operator("create-admin", "Ada", "--password-stdin", typed=f"{PASSWORD}\n").exit_code == 0
    assert operator("disable", "grace").exit_code == 0
    assert "disabled" in operator("list").output
    assert operator("enable", "grace").exit_code == 0
    reset = operator("reset-password", "grace", "--password-stdin", typed="another horse battery\n")
    assert (reset.exit_code, reset.output) == (0, "grace has a new password\n")
    listed = operator("list").output
    assert "Grace" in listed
    assert "disabled" not in listed
    with connect(operator.dsn, name="test") as connection:
        (id, kept), _ = connection.execute("SELECT id, password_hash FROM account ORDER BY name DESC").fetchall()
        topics = connection.execute(
            "SELECT topic FROM event WHERE originator_id = %s ORDER BY notification_id", (id,)
        ).fetchall()
    assert [topic for (topic,) in topics] == [
        "account.created.v1",
        "account.password_changed.v1",
        "account.disabled.v1",
        "account.enabled.v1",
        "account.password_changed.v1",
    ]
    assert kept.startswith("$argon2id$")


def test_a_password_is_asked_for_twice_where_none_is_given(operator: Operator) -> None:
    created = operator("create-admin", "Ada", typed=f"{PASSWORD}\n{PASSWORD}\n")
    assert created.exit_code == 0, created.output
    assert PASSWORD not in created.output


@pytest.mark.parametrize(
    ("arguments", "typed", "said"),
    [
        (("create-admin", "Ada", "--password-stdin"), "short\n", "12 are the fewest"),
        (("create-admin", "Ada", "--password-stdin"), "", "12 are the fewest"),
        (("create-admin", " Ada", "--password-stdin"), f"{PASSWORD}\n", "no space at either end"),
        (("disable", "nobody"), None, "no account is called 'nobody'"),
        (("reset-password", "nobody", "--password-stdin"), f"{PASSWORD}\n", "no account is called 'nobody'"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(
    operator: Operator, arguments: tuple[str, ...], typed: str | None, said: str
) -> None:
    done = operator(*arguments, typed=typed)
    assert done.exit_code == 1
    assert said in done.output
