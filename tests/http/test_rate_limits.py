"""How often a caller may ask: their own bucket, what it says of itself, and what comes when it is empty."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import NAMESPACE_DNS, uuid5

import pytest
from litestar import Litestar, get
from litestar.testing import TestClient

from adapters.http.access_tokens import ROLES, Caller
from adapters.http.auth import Connection, role_guard
from adapters.http.errors import EXCEPTION_HANDLERS
from adapters.http.operation import allowed_to, public
from adapters.http.problem_document import HttpProblem, ProblemFacts
from adapters.http.rate_limits import ALLOWANCES, Allowance, RateLimits, rate_guard
from adapters.http.timing import Timing
from tests.http.live_server import LiveServer


class Hands:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.s = 1000.0

    def __call__(self) -> float:
        return self.s


def limits(clock: Hands, *, most: int = 100) -> RateLimits:
    return RateLimits(
        {("staff", "read"): Allowance(3, 2.0), ("staff", "change"): Allowance(1, 1.0)}, clock=clock, most=most
    )


def waits(limited: RateLimits, who: str, times: int) -> list[float]:
    return [limited.take("staff", who, "read")[1] for _ in range(times)]


def test_a_bucket_is_emptied_and_fills_again() -> None:
    clock = Hands()
    limited = limits(clock)
    assert waits(limited, "ada", 5) == [0.0, 0.0, 0.0, 0.5, 0.5]
    clock.s += 0.5
    assert waits(limited, "ada", 2) == [0.0, 0.5]
    clock.s += 3600.0
    assert waits(limited, "ada", 4) == [0.0, 0.0, 0.0, 0.5]


def test_every_caller_and_each_kind_has_a_bucket_of_its_own() -> None:
    limited = limits(Hands())
    assert waits(limited, "ada", 4)[-1] > 0.0
    assert waits(limited, "bob", 3) == [0.0] * 3
    assert [limited.take("staff", "ada", "change")[1] for _ in range(2)] == [0.0, 1.0]


def test_the_headers_say_what_is_left() -> None:
    limited = limits(Hands())
    told = [limited.take("staff", "ada", "read")[0] for _ in range(4)]
    assert [headers["RateLimit-Remaining"] for headers in told] == ["2", "1", "0", "0"]
    assert told[1] == {"RateLimit-Limit": "3", "RateLimit-Remaining": "1", "RateLimit-Reset": "1"}


def test_memory_is_bounded_and_the_silent_are_forgotten_first() -> None:
    limited = limits(Hands(), most=2)
    waits(limited, "ada", 4)
    waits(limited, "bob", 4)
    waits(limited, "ada", 1)
    waits(limited, "eve", 1)
    assert waits(limited, "ada", 1) == [0.5]
    assert waits(limited, "bob", 1) == [0.0]


def test_every_role_has_an_allowance_and_a_station_the_largest() -> None:
    for kind in ("read", "change"):
        given = {role: ALLOWANCES[(role, kind)] for role in (*ROLES, "nobody")}  # type: ignore[index]  # a list of Literals
        assert max(given, key=lambda role: given[role].per_s) == "station"


def test_an_answer_says_what_is_left_over_http(busy_server: LiveServer) -> None:
    with busy_server.client("analyst") as client:
        first, second = client.get("/api/me/"), client.get("/api/me/")
    assert first.headers["ratelimit-limit"] == str(ALLOWANCES[("analyst", "read")].burst)
    assert int(second.headers["ratelimit-remaining"]) <= int(first.headers["ratelimit-limit"]) - 1
    with busy_server.client() as nobody:
        assert "ratelimit-remaining" in nobody.get("/problems/").headers


@pytest.mark.parametrize("allowed", [0, 2])
def test_beyond_it_comes_a_problem_with_when_to_ask_again(allowed: int) -> None:
    @get("/", opt=public(), sync_to_thread=False)
    def here() -> str:
        return "here"

    limited = RateLimits({("nobody", "read"): Allowance(allowed, 0.25)}, clock=Hands())
    app = Litestar(
        [here],
        guards=[rate_guard(limited, role_guard([]))],
        exception_handlers=EXCEPTION_HANDLERS,
        logging_config=None,
        openapi_config=None,
    )
    app.asgi_handler = Timing(app.asgi_handler)
    with TestClient(app) as client:
        answers = [client.get("/") for _ in range(allowed + 1)]
    assert [answer.status_code for answer in answers] == [200] * allowed + [429]
    problem = answers[-1].json()
    assert (problem["code"], problem["retry"], problem["limit"]) == ("rate-limited", "same_request", allowed)
    assert answers[-1].headers["retry-after"] == "4"
    assert answers[-1].headers["ratelimit-remaining"] == "0"


async def by_name(connection: Connection) -> Caller | None:
    """Who asks says so; nobody believes `eve`."""
    name = connection.headers.get("authorization", "")
    if name == "eve":
        raise HttpProblem(ProblemFacts(code="unauthenticated"))
    return Caller(role="staff", name=name, subject=uuid5(NAMESPACE_DNS, name)) if name else None


@pytest.fixture
def guarded() -> Iterator[TestClient[Litestar]]:
    @get("/for-staff", opt=allowed_to("staff"), sync_to_thread=False)
    def for_staff() -> str:
        return "here"

    @get("/for-admins", opt=allowed_to("admin"), sync_to_thread=False)
    def for_admins() -> str:
        return "here"

    @get("/sign-in", opt=public(), sync_to_thread=False)
    def sign_in() -> str:
        return "here"

    @get("/probe", opt=public(probe=True), sync_to_thread=False)
    def probe() -> str:
        return "alive"

    two = Allowance(2, 0.25)
    limited = RateLimits(
        {("nobody", "refused"): two, ("nobody", "read"): two, ("staff", "read"): two}, clock=Hands(), most=100
    )
    app = Litestar(
        [for_staff, for_admins, sign_in, probe],
        guards=[rate_guard(limited, role_guard([by_name]))],
        exception_handlers=EXCEPTION_HANDLERS,
        logging_config=None,
        openapi_config=None,
    )
    app.asgi_handler = Timing(app.asgi_handler)
    with TestClient(app) as client:
        yield client


def asked(client: TestClient[Litestar], path: str, who: str, times: int) -> list[int]:
    return [client.get(path, headers={"authorization": who} if who else {}).status_code for _ in range(times)]


def test_who_is_refused_has_asked_too(guarded: TestClient[Litestar]) -> None:
    assert asked(guarded, "/for-staff", "eve", 4) == [401, 401, 429, 429]
    assert asked(guarded, "/for-staff", "", 1) == [429], "nobody is known at that address, either"
    assert asked(guarded, "/for-admins", "ada", 4) == [403, 403, 429, 429]
    late = guarded.get("/for-admins", headers={"authorization": "ada"})
    assert (late.json()["code"], late.headers["retry-after"]) == ("rate-limited", "4")


def test_who_is_refused_takes_nothing_from_the_others_at_their_address(guarded: TestClient[Litestar]) -> None:
    assert asked(guarded, "/for-staff", "eve", 3)[-1] == 429
    assert asked(guarded, "/sign-in", "", 3) == [200, 200, 429]
    assert asked(guarded, "/for-staff", "ada", 3) == [200, 200, 429]
    assert asked(guarded, "/for-admins", "bob", 1) == [403]


def test_a_probe_is_answered_however_many_ask(guarded: TestClient[Litestar]) -> None:
    assert asked(guarded, "/sign-in", "", 3)[-1] == 429
    assert asked(guarded, "/probe", "", 5) == [200] * 5
