"""A timetable that computes for long, and one that nobody could finish: others are answered while it is read."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import httpx
import pytest

from adapters.http import imports
from adapters.imports.timetable import Defaults
from adapters.imports.timetable_csv import parse_timetable_csv
from application.importing import Parsed, TimetableRow
from tests.http.live_server import LiveServer

# There is no sixth Monday: the library looks for one until the year 9999.
NEVER = "FREQ=MONTHLY;BYDAY=6MO"
ENDLESS = "FREQ=DAILY;INTERVAL=0"


def timetable(rule: str) -> dict[str, object]:
    rows = [f'la-{number},Algebra,R 1,2026-10-19 09:00,2026-10-19 10:00,"{rule}"' for number in (1, 2)]
    return {
        "format": "csv",
        "text": "\n".join(["series,title,room,start,end,repeat", *rows]),
        "start": "2026-10-01T00:00:00Z",
        "end": "2026-12-01T00:00:00Z",
        "zone": "Europe/Berlin",
        "rooms": {"R 1": ["0b0a9b8e-1c55-4d0c-9d9b-3d3a5a1c2f11"]},
    }


def test_others_are_answered_while_a_timetable_is_read(
    busy_server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is read, and computes, until another was answered: on the event loop itself that would not come to be."""
    begun, answered = Event(), Event()
    meanwhile: list[bool] = []

    def parse(text: str, defaults: Defaults) -> Parsed[TimetableRow]:
        begun.set()
        parsed = parse_timetable_csv(text, defaults)
        meanwhile.append(answered.wait(20))
        return parsed

    monkeypatch.setattr(imports, "parse_timetable_csv", parse)

    def read() -> httpx.Response:
        with busy_server.client("admin") as admin:
            return admin.post("/api/imports/timetable/", json=timetable(NEVER), timeout=60)

    with ThreadPoolExecutor(1) as thread, busy_server.client() as other:
        reading = thread.submit(read)
        assert begun.wait(30)
        assert other.get("/health/live/").status_code == 200
        answered.set()
    assert reading.result().json()["added"] == 0
    assert meanwhile == [True]


@pytest.mark.parametrize("rule", [ENDLESS, "FREQ=DAILY;COUNT=0"])
def test_a_rule_without_an_end_is_a_bad_row(busy_server: LiveServer, rule: str) -> None:
    with busy_server.client("staff") as staff:
        answer = staff.post("/api/imports/timetable/", json=timetable(rule))
    assert (answer.status_code, [bad["field"] for bad in answer.json()["bad"]]) == (200, ["repeat"] * 2)
