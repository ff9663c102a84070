"""What every operation declares about itself: who may call it, and which problems it can answer."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar.handlers import BaseRouteHandler

from adapters.http.access_tokens import Role
from adapters.http.problems import ProblemCode
from domain.refusal import RefusalCode

_KEY = "operation"


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """`roles` is None where anybody may ask, without a token. `problems` are its own, beside those that all share.

    `inside` are the problems that come as a part of an answer with status 200. `queued`: the models are asked, so that
    it may be refused as `overloaded` before its body is read. `signed`: public, and signed with the key that it is
    about, which its handler checks. `sets_cookie`: success sets the cookie of a signed-in browser, or clears it.
    `files`: the media types in which its answer can be had beside JSON, each as a file with a name. `probe`: asked by
    whatever keeps the server running, which would end it where it were told to come back later.
    """

    roles: frozenset[Role] | None
    problems: tuple[ProblemCode, ...]
    inside: tuple[ProblemCode, ...] = ()
    queued: bool = False
    signed: bool = False
    sets_cookie: bool = False
    files: tuple[str, ...] = ()
    probe: bool = False


def allowed_to(
    *roles: Role,
    problems: tuple[ProblemCode, ...] = (),
    inside: tuple[ProblemCode, ...] = (),
    queued: bool = False,
    sets_cookie: bool = False,
    files: tuple[str, ...] = (),
) -> dict[str, Any]:  # Litestar's `opt` is untyped
    """The `opt` of a handler that only these roles may call."""
    return {
        _KEY: Operation(
            roles=frozenset(roles),
            problems=problems,
            inside=inside,
            queued=queued,
            sets_cookie=sets_cookie,
            files=files,
        )
    }


def public(
    *,
    problems: tuple[ProblemCode, ...] = (),
    signed: bool = False,
    sets_cookie: bool = False,
    probe: bool = False,
) -> dict[str, Any]:  # Litestar's `opt` is untyped
    """The `opt` of a handler that anybody may call."""
    return {_KEY: Operation(roles=None, problems=problems, signed=signed, sets_cookie=sets_cookie, probe=probe)}


def operation_of(handler: BaseRouteHandler) -> Operation | None:
    found = handler.opt.get(_KEY)
    return found if isinstance(found, Operation) else None


REFUSALS: tuple[RefusalCode, ...] = RefusalCode.__args__  # type: ignore[attr-defined]  # a Literal has its values there
