"""Who asks, by the bearer token in the Authorization header."""

from __future__ import annotations

from adapters.http.access_tokens import AccessTokens, Caller
from adapters.http.auth import Authenticator, Connection
from adapters.http.problem_document import HttpProblem, ProblemFacts


def by_bearer_token(tokens: AccessTokens) -> Authenticator:
    async def authenticate(connection: Connection) -> Caller | None:
        scheme, _, token = connection.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        caller = await tokens.find(token.strip())
        if caller is None:
            raise HttpProblem(ProblemFacts(code="unauthenticated", detail="the token is not known, or was revoked"))
        return caller

    return authenticate
