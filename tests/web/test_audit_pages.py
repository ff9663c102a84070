"""The audit as a page: what was done in words, and to whom, by the name that they have now."""

from __future__ import annotations

import html
import re
from uuid import uuid4

import httpx
from litestar.routes import HTTPRoute

from adapters.http.access_tokens import Role
from adapters.http.app import create_app
from adapters.http.operation import operation_of
from adapters.web.dashboard.audit_words import has_words
from adapters.web.resources import web_router
from application.sign_in import SignedIn
from tests.http.drawn_people import register
from tests.http.live_server import LiveServer
from tests.web.reading import shown

HOSTILE = "<script>alert(1)</script>"


def test_the_audit_is_told_in_words_a_page_at_a_time(
    busy_server: LiveServer, admin: httpx.Client, signed_in: dict[Role, SignedIn]
) -> None:
    admin.post("/settings/stations/token/", data={"name": "Audited"})
    for number in range(50):
        admin.post("/settings/stations/token/", data={"name": f"Audited {number}"})
    newest = admin.get("/settings/audit/")
    assert signed_in["admin"].name in newest.text
    assert "Made a token for a station" in shown(newest)
    older = re.search(r"/settings/audit/\?before=\d+", newest.text)
    assert older is not None
    assert newest.text.count("<tr>") == 51
    assert "The newest" in shown(admin.get(older[0]))
    assert "There is nothing older" in shown(admin.get("/settings/audit/?before=1"))


def test_the_audit_leads_to_whoever_a_deed_was_done_to(busy_server: LiveServer, admin: httpx.Client) -> None:
    with busy_server.client("staff") as staff:
        by_contract = register(staff, f"audited-{uuid4().hex[:8]}", HOSTILE, [])
    form = {"user_id": f"audited-{uuid4().hex[:8]}", "name": "Audited By Form"}
    by_form = admin.post("/people/", data=form).headers["location"].split("/")[2]
    admin.post("/people/import/check/", files={"text": (None, f"user_id,name\n{uuid4()},Nobody\n")})
    admin.post(f"/people/{by_form}/pin/")
    head = busy_server.run(busy_server.record.database.fetch("SELECT max(notification_id) FROM event"))[0][0]
    busy_server.run(busy_server.record.projections.wait(head, 30))
    page = admin.get("/settings/audit/").text
    told = re.findall(r'<td class="first">([^<]+)</td>.*?<a href="([^"]+)">([^<]+)</a>', page)
    assert told[:3] == [
        ("Made a PIN", f"/people/{by_form}/", "Audited By Form"),
        ("Registered a person", f"/people/{by_form}/", "Audited By Form"),
        ("Registered a person", f"/people/{by_contract}/", html.escape(HOSTILE).replace("&#x27;", "&#39;")),
    ]
    assert HOSTILE not in page
    admin.post(f"/people/{by_form}/erase/", data={"sure": "yes"})
    assert "Erased a person Somebody who was erased" in shown(admin.get("/settings/audit/"))


def test_every_change_that_is_audited_has_words_of_its_own(busy_server: LiveServer) -> None:
    app = create_app(busy_server.services, pages=[web_router()])
    audited = {
        handler.operation_id
        if isinstance(handler.operation_id, str)
        else f"POST {re.sub(r':[a-z]+}', '}', route.path)}"
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        if handler.http_methods & {"POST", "PUT", "PATCH", "DELETE"} and not handler.opt.get("tells_itself")
        if (operation := operation_of(handler)) is not None and {"staff", "admin"} & (operation.roles or set())
    }
    assert "POST /sessions/{session_id}/cancel" in audited
    assert [action for action in sorted(audited) if not has_words(action)] == []
    assert not has_words("rotateStationKey"), "a station asks for it, and nobody's audit has it"
