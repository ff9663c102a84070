"""Handing out what a person without a face consent checks in with: a PIN, or the code for a QR."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

import msgspec

from application.people import PersonNotFound, load_person
from application.ports import Credentials, EventStore, PersonErased

CredentialKind = Literal["pin", "qr"]


class CredentialIssued(msgspec.Struct, frozen=True, kw_only=True):
    """`secret` is shown this once. Its repr hides it, so that none reaches a log."""

    kind: CredentialKind
    secret: str

    def __repr__(self) -> str:
        return f"CredentialIssued(kind={self.kind!r}, secret=***)"


class IssueCredential:
    """Made by chance and not chosen, so that no PIN is a birthday. A new one replaces the old."""

    def __init__(self, *, store: EventStore, credentials: Credentials) -> None:
        self._store = store
        self._credentials = credentials

    async def __call__(self, person: UUID, kind: CredentialKind) -> CredentialIssued | PersonNotFound:
        state = await load_person(self._store, person)
        if state is None or state.erased:
            return PersonNotFound()
        issue = self._credentials.issue_pin if kind == "pin" else self._credentials.issue_code
        try:
            return CredentialIssued(kind=kind, secret=await issue(person))
        except PersonErased:
            return PersonNotFound()


class RevokeCredentials:
    def __init__(self, *, store: EventStore, credentials: Credentials) -> None:
        self._store = store
        self._credentials = credentials

    async def __call__(self, person: UUID) -> PersonNotFound | None:
        if await load_person(self._store, person) is None:
            return PersonNotFound()
        await self._credentials.revoke(person)
        return None
