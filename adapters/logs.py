"""What the server logs: one JSON object a line, where and of which kind every failure was, and never its message.

A message may quote what somebody sent, or a row of the database.
"""

from __future__ import annotations

import logging
import sys
import traceback
from typing import TextIO, TypedDict

import structlog
from structlog.typing import EventDict, WrappedLogger

_FRAMES = 8


class Failure(TypedDict):
    """`error`: its kind, and `from` those that it came of. `at`: the innermost places last."""

    error: str
    at: list[str]


def failure(error: BaseException) -> Failure:
    """What may be logged of an exception."""
    kinds: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(kinds) < _FRAMES:
        kinds.append(type(cause).__name__)
        cause = cause.__cause__
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    return Failure(error=" from ".join(kinds), at=[f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames])


def log_warnings() -> None:
    """What a command logs: warnings and worse, to standard error, for standard output is its answer."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            _without_messages,
            structlog.dev.ConsoleRenderer(colors=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
    )


def log_as_json(stream: TextIO | None = None) -> None:
    """From now on, what libraries log by `logging` too (warnings and worse), to `stream` (standard output if None)."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _without_messages,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.NOTSET),
        logger_factory=structlog.WriteLoggerFactory(stream or sys.stdout),
    )
    root = logging.getLogger()
    root.handlers = [handler for handler in root.handlers if not isinstance(handler, _ToJson)]
    root.addHandler(_ToJson(logging.WARNING))


class _ToJson(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        message = _said(record)
        if record.exc_info:
            message = message.partition("\n")[0]  # asyncio goes on with the exception's own words
        structlog.get_logger().log(record.levelno, message, logger=record.name, exc_info=record.exc_info)


def _said(record: logging.LogRecord) -> str:
    """Where an exception was passed to be quoted, its kind is quoted."""
    message = str(_kind_of(record.msg))
    if isinstance(record.args, tuple) and record.args:
        return message % tuple(_kind_of(argument) for argument in record.args)
    return message % record.args if record.args else message


def _kind_of(value: object) -> object:
    return type(value).__name__ if isinstance(value, BaseException) else value


def _without_messages(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    given = line.pop("exc_info", None)
    if given is True:
        given = sys.exc_info()
    error = given[1] if isinstance(given, tuple) else given
    for name, value in line.items():
        line[name] = _kind_of(value)
    if isinstance(error, BaseException):
        line.update(failure(error))
    return line
