"""The phone page: one page for everybody, which shows nobody's data until its script has asked for it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from string import Template
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency

from adapters.http.access_tokens import Role
from adapters.http.operation import public
from adapters.http.services import Services
from adapters.web.assets import assets
from adapters.web.phone.notice_titles import NOTICE_TITLES
from adapters.web.rendering import page

AnyRequest = Request[Any, Any, Any]  # a page's request is typed by nobody
MODULES = (
    "phone/app.js",
    "phone/history.js",
    "phone/my_data.js",
    "phone/notices.js",
    "phone/server.js",
    "phone/store.js",
    "phone/view.js",
    "phone/words.js",
    "live.js",
)
LOOKS = ("page.css", "phone/phone.css", "icon.svg", "phone/icon-192.png")
_WORKER = Template((Path(__file__).parent / "worker.js.template").read_text("utf-8"))


@get("/me/", opt=public(), include_in_schema=False, sync_to_thread=False)
def phone_page() -> Response[str]:
    return page("phone.html", modules=MODULES)


class Who(msgspec.Struct, frozen=True, kw_only=True):
    """Whoever is signed in to this browser. `push`: they can be told by push messages."""

    role: Role
    name: str
    subject: UUID
    push: bool


class WhoAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`who` is null where nobody is: that is no error on a page that begins with the sign-in."""

    who: Who | None


@get("/me/who/", opt=public(), include_in_schema=False)
async def who(request: AnyRequest, services: NamedDependency[Services]) -> Response[WhoAnswer]:
    value = services.accounts.cookie.read(request)
    standing = None if value is None else await services.accounts.sign_ins.find(value)
    found = None
    if standing is not None:
        push = services.push is not None and standing.role == "person"
        found = Who(role=standing.role, name=standing.name, subject=standing.subject, push=push)
    return Response(WhoAnswer(who=found), media_type="application/json")


@get("/me/worker.js", opt=public(), include_in_schema=False, sync_to_thread=False)
def worker() -> Response[bytes]:
    """Asked for anew each time, so that a new version of the page is noticed."""
    return Response(
        _worker(),
        media_type="text/javascript",
        # A worker asks for its files under its own policy, and not under the page's.
        headers={
            "Cache-Control": "no-cache",
            "Content-Security-Policy": "default-src 'none'; connect-src 'self'; img-src 'self'",
        },
    )


@get("/me/manifest.webmanifest", opt=public(), include_in_schema=False, sync_to_thread=False)
def manifest() -> Response[bytes]:
    return Response(_manifest(), media_type="application/manifest+json", headers={"Cache-Control": "no-cache"})


@cache
def _worker() -> bytes:
    files = ["/me/", "/me/manifest.webmanifest", *(assets().url(name) for name in (*MODULES, *LOOKS))]
    return _WORKER.substitute(
        version=assets().version,
        files=json.dumps(files),
        icon=json.dumps(assets().url("phone/icon-192.png")),
        titles=json.dumps(NOTICE_TITLES, ensure_ascii=False),
    ).encode()


@cache
def _manifest() -> bytes:
    return json.dumps(
        {
            "name": "FaceCheckIn",
            "short_name": "Check-in",
            "start_url": "/me/",
            "scope": "/me/",
            "display": "standalone",
            "background_color": "#f3f6f5",
            "theme_color": "#0a6b53",
            "icons": [
                {"src": assets().url("icon.svg"), "sizes": "any", "type": "image/svg+xml"},
                {"src": assets().url("phone/icon-192.png"), "sizes": "192x192", "type": "image/png"},
                {"src": assets().url("phone/icon-512.png"), "sizes": "512x512", "type": "image/png"},
            ],
        }
    ).encode()
