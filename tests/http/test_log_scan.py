"""The scanner finds what it is there to find."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import msgspec
import pytest
import structlog

from adapters.logs import log_as_json
from tests.http.log_scan import scan


@pytest.mark.parametrize(
    "line",
    [
        '{"token": "fci_' + "a" * 43 + '"}',
        "Cookie: facecheckin=fcs_" + "a" * 43,
        "/set-password/#fcp_" + "a" * 43,
        "code=fcq_" + "a" * 43,
        "password=$argon2id$v=19$m=65536",
        "-----BEGIN PRIVATE KEY-----",
        "Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJlLi4u",
        'detail="/9j/' + "A" * 50 + '"',
        "Jürgen Groß",
        '{"name": "J\\u00fcrgen Gro\\u00df"}',
        "name=J%C3%BCrgen+Gro%C3%9F",
        "SsO8cmdlbiBHcm/Dnw==",
    ],
)
def test_a_secret_is_found_in_any_of_its_forms(line: str) -> None:
    (found,) = scan("harmless\n" + line, ["Jürgen Groß"])
    assert found.line == 2


def test_an_ordinary_log_is_clean() -> None:
    assert scan('{"event": "answered", "route": "/api/people", "trace_id": "' + "a" * 32 + '"}', ["Jürgen Groß"]) == []


def test_a_secret_that_would_be_found_everywhere_is_refused() -> None:
    with pytest.raises(ValueError, match="too short"):
        scan("", ["Ada"])


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    stream, before = io.StringIO(), structlog.get_config()
    handlers = list(logging.getLogger().handlers)
    log_as_json(stream)
    yield stream
    structlog.configure(**before)
    logging.getLogger().handlers = handlers


def test_a_failure_is_logged_without_its_words_whoever_logs_it(written: io.StringIO) -> None:
    try:
        try:
            raise KeyError("Jürgen Groß")
        except KeyError as error:
            raise ValueError("Jürgen Groß again") from error
    except ValueError as error:
        structlog.get_logger().exception("ours")
        logging.getLogger("library").error("theirs\n%s", error, exc_info=error)
    lines = [msgspec.json.decode(line) for line in written.getvalue().splitlines()]
    assert [line["event"] for line in lines] == ["ours", "theirs"]
    assert {line["error"] for line in lines} == {"ValueError from KeyError"}
    assert all("test_log_scan.py" in line["at"][-1] for line in lines)
    assert scan(written.getvalue(), ["Jürgen Groß"]) == []


def test_an_exception_that_is_quoted_is_logged_as_its_kind(written: io.StringIO) -> None:
    error = ValueError("Jürgen Groß")
    structlog.get_logger().warning("ours", why=error)
    logging.getLogger("library").warning("theirs: %s, %d times", error, 2)
    logging.getLogger("library").warning("theirs, as a whole: %s", error, exc_info=error)
    lines = [msgspec.json.decode(line) for line in written.getvalue().splitlines()]
    assert lines[0]["why"] == "ValueError"
    assert [line["event"] for line in lines[1:]] == ["theirs: ValueError, 2 times", "theirs, as a whole: ValueError"]
    assert scan(written.getvalue(), ["Jürgen Groß"]) == []


def test_what_libraries_say_in_passing_is_not_logged(written: io.StringIO) -> None:
    logging.getLogger("library").info("hello")
    assert written.getvalue() == ""
