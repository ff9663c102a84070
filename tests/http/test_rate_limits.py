"""How often a caller may ask: their own bucket, what it says of itself, and what comes when it is empty."""

from __future__ import annotations

import pytest
from litestar import Litestar, get
from litestar.testing import TestClient

from adapters.http.access_tokens import ROLES
from adapters.http.errors import EXCEPTION_HANDLERS
from adapters.http.operation import public
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
        guards=[rate_guard(limited)],
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
