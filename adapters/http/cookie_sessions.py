"""Who asks, by the cookie of a signed-in browser; and the cookie itself, as it is set and cleared."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlsplit

from adapters.accounts.sign_ins import NewSignIn, SignIns, Standing
from adapters.http.access_tokens import Caller
from adapters.http.auth import Authenticator, Connection
from adapters.http.origin import OwnOrigin
from adapters.http.problem_document import HttpProblem, ProblemFacts

_STANDING = "sign_in"


class SignInCookie:
    """Strict: no other site's link or form carries it. Under https its prefix ties it to this host, path and scheme."""

    def __init__(self, public_url: str | None) -> None:
        self.secure = public_url is not None and urlsplit(public_url).scheme == "https"
        self.name = "__Host-facecheckin" if self.secure else "facecheckin"
        self._attributes = "; Path=/; HttpOnly; SameSite=Strict" + ("; Secure" if self.secure else "")

    def read(self, connection: Connection) -> str | None:
        return connection.cookies.get(self.name) or None

    def set(self, made: NewSignIn, longest_s: float) -> dict[str, str]:
        """The header that sets it. It goes when the sign-in does; the server decides, whatever the browser keeps."""
        return {"Set-Cookie": f"{self.name}={made.value}{self._attributes}; Max-Age={int(longest_s)}"}

    def clear(self) -> dict[str, str]:
        return {"Set-Cookie": f"{self.name}={self._attributes}; Max-Age=0"}


def by_cookie(sign_ins: SignIns, cookie: SignInCookie, origin: OwnOrigin) -> Authenticator:
    """For HTTP and WebSockets. What changes something, and every WebSocket, has to come from a page of ours."""

    async def authenticate(connection: Connection) -> Caller | None:
        value = cookie.read(connection)
        if value is None:
            return None
        standing = await sign_ins.find(value)
        if standing is None:
            raise HttpProblem(ProblemFacts(code="unauthenticated", detail="the sign-in has ended: sign in again"))
        origin.require(connection)
        connection.scope["state"][_STANDING] = standing
        return Caller(role=standing.role, name=standing.name, subject=standing.subject)

    return authenticate


def standing_of(connection: Connection) -> Standing | None:
    """The sign-in of this request; None where another credential was presented."""
    standing: Standing | None = connection.scope["state"].get(_STANDING)
    return standing


def seconds_until(moment: datetime) -> float:
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
