"""Whether a request comes from a page of ours: what a browser says of it, and no page can make it say."""

from __future__ import annotations

from urllib.parse import urlsplit

from litestar.datastructures import Headers
from litestar.enums import ScopeType

from adapters.http.auth import Connection
from adapters.http.problem_document import HttpProblem, ProblemFacts

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class OwnOrigin:
    """`public_url`: where browsers find this server; None where nobody said, and the Host header has to do.

    The Host header does: a page of another site cannot choose it for a request that carries our cookie.
    """

    def __init__(self, public_url: str | None) -> None:
        self._origin = None if public_url is None else origin_of(public_url)

    def is_ours(self, headers: Headers) -> bool:
        """Sec-Fetch-Site where the browser sends it, else Origin; a request without either is not a page's."""
        site = headers.get("sec-fetch-site")
        if site is not None:
            return site == "same-origin"
        origin, host = headers.get("origin"), headers.get("host")
        if origin is None:
            return False
        return origin in ([f"http://{host}", f"https://{host}"] if self._origin is None else [self._origin])

    def require(self, connection: Connection) -> None:
        """For a request that carries a cookie: a WebSocket, or a method that changes something. Raises HttpProblem."""
        scope = connection.scope
        safe = scope["type"] == ScopeType.HTTP and scope["method"] in _SAFE_METHODS
        if not safe and not self.is_ours(connection.headers):
            raise HttpProblem(_REFUSED)

    def refuse_another(self, connection: Connection) -> None:
        """For a request that needs no cookie: only one that a page of another site makes is refused."""
        told = "origin" in connection.headers or "sec-fetch-site" in connection.headers
        if told and not self.is_ours(connection.headers):
            raise HttpProblem(_REFUSED)


def origin_of(url: str) -> str:
    """Scheme, host and port, as a browser writes them."""
    parts = urlsplit(url)
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}" + ("" if parts.port in (None, usual) else f":{parts.port}")


_REFUSED = ProblemFacts(code="origin-refused", detail="a page of another origin may not do this with our cookie")
