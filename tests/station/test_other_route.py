"""A PIN at the station: sent now or not at all, answered in the server's words, and kept nowhere."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import pytest

from edge_device.clock import ServerClock
from edge_device.credentials import Bearer
from edge_device.exchange import Exchange, Timeouts
from edge_device.happenings import Happening, PinAccepted, PinRefused, PinSent, PinUnreachable
from edge_device.other_route import PIN_PATH, PinDesk

CONTRACT = Path(__file__).parents[2] / "docs" / "contracts" / "openapi.json"
Scripted = tuple[int, dict[str, object]] | None
CHECKED_IN: Scripted = (200, {"checkin_id": "9f1c2d0e", "route": "pin", "identity_id": None, "name": "Ada"})
OVERLOADED: Scripted = (503, {"code": "not-ready", "retry": "same_request", "title": "Not ready"})
WRONG: Scripted = (
    422,
    {"code": "credential-refused", "retry": "never", "title": "No", "sentence": "Das war nicht richtig."},
)


class Office(BaseHTTPRequestHandler):
    """Answers by script, `None` by hanging up, and remembers what it was sent."""

    script: ClassVar[list[Scripted]] = []
    seen: ClassVar[list[dict[str, Any]]] = []  # Any: JSON, looked at key by key
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.seen.append(json.loads(body) | {"path": self.path})
        answer = self.script.pop(0)
        if answer is None:
            self.close_connection = True
            return
        status, document = answer
        content = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json" if status == 200 else "application/problem+json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def office(*script: Scripted) -> Iterator[str]:
    Office.script, Office.seen = list(script), []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Office)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def typed(url: str | None, *people: str) -> Sequence[Happening]:
    """What the desk says as each of `people` types their PIN."""

    async def main() -> list[Happening]:
        said: list[Happening] = []
        desk = PinDesk(said.append, pause_s=0.0)
        if url is not None:
            limits = Timeouts(connect_s=1, read_s=1, write_s=1, total_s=2)
            desk.exchange = Exchange(url, Bearer(lambda: "token"), ServerClock(), limits)
        for person in people:
            await desk.check_in(person, "4092")
        if desk.exchange is not None:
            await desk.exchange.close()
        assert "4092" not in repr(vars(desk))
        return said

    return asyncio.run(main())


def test_the_contract_has_the_route_and_asks_for_nothing_more() -> None:
    contract = json.loads(CONTRACT.read_text(encoding="utf-8"))
    assert "post" in contract["paths"][PIN_PATH]
    request = contract["components"]["schemas"]["PinRequest"]
    assert set(request["required"]) == {"user_id", "pin", "request_id"}


def test_the_server_checks_the_person_in() -> None:
    with office(CHECKED_IN) as url:
        assert typed(url, "ada") == [PinSent(), PinAccepted(name="Ada")]
    sent = Office.seen[0]
    assert (sent["path"], sent["user_id"], sent["pin"]) == (PIN_PATH, "ada", "4092")


def test_a_wrong_pin_is_refused_in_the_servers_own_words() -> None:
    with office(WRONG) as url:
        assert typed(url, "ada")[-1] == PinRefused(code="credential-refused", sentence="Das war nicht richtig.")


@pytest.mark.parametrize("trouble", [OVERLOADED, None, (200, {"portal": "log in, please"})])
def test_trouble_on_the_way_is_the_same_request_again(trouble: Scripted) -> None:
    with office(trouble, CHECKED_IN) as url:
        assert typed(url, "ada")[-1] == PinAccepted(name="Ada")
    assert len({request["request_id"] for request in Office.seen}) == 1


def test_without_a_network_it_says_so_and_nothing_is_sent_later() -> None:
    assert typed("http://127.0.0.1:9", "ada")[-1] == PinUnreachable(arrived=False)
    assert typed(None, "ada")[-1] == PinUnreachable(arrived=False)


def test_a_lost_answer_is_not_called_a_failure_and_the_next_try_is_the_same_request() -> None:
    with office(None, None, None, CHECKED_IN, CHECKED_IN) as url:
        said = typed(url, "ada", "ada", "ada")
    assert said == [PinSent(), PinUnreachable(arrived=True), *([PinSent(), PinAccepted(name="Ada")] * 2)]
    first, second, third = (Office.seen[number]["request_id"] for number in (0, 3, 4))
    assert first == second != third


def test_another_person_after_a_lost_answer_is_another_request() -> None:
    with office(None, None, None, CHECKED_IN) as url:
        typed(url, "ada", "grace")
    assert Office.seen[0]["request_id"] != Office.seen[3]["request_id"]
