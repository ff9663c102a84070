"""What the demo asks of the server over HTTP, as a staff member would."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from uuid import UUID

import httpx
import msgspec

from adapters.demo.script import Photograph
from adapters.http.people_schemas import (
    ListedPerson,
    PeopleList,
    PhotographsAnswer,
    PhotographsRequest,
    PhotographUpload,
    RegisteredPerson,
)


class StaffClient:
    """Registers and enrols people at `base_url`. Raises httpx.HTTPStatusError on an answer nobody planned."""

    def __init__(self, base_url: str, token: str) -> None:
        self._http = httpx.Client(base_url=base_url, headers={"Authorization": f"Bearer {token}"}, timeout=30.0)

    def people(self) -> list[ListedPerson]:
        answer = self._http.get("/api/people/")
        answer.raise_for_status()
        return msgspec.json.decode(answer.content, type=PeopleList).people

    def register(self, user_id: str, name: str) -> UUID:
        """The new person's id. They agree to face recognition and to emotion."""
        answer = self._http.post(
            "/api/people/", json={"user_id": user_id, "name": name, "consents": ["face", "emotion"]}
        )
        answer.raise_for_status()
        return msgspec.json.decode(answer.content, type=RegisteredPerson).id

    def enrol(self, person_id: UUID, photographs: Sequence[Photograph]) -> PhotographsAnswer:
        uploads = [PhotographUpload(name=photograph.name, image=photograph.jpeg) for photograph in photographs]
        answer = self._http.post(
            f"/api/people/{person_id}/photographs/",
            content=msgspec.json.encode(PhotographsRequest(photographs=uploads)),
            headers={"Content-Type": "application/json"},
        )
        answer.raise_for_status()
        return msgspec.json.decode(answer.content, type=PhotographsAnswer)

    def __enter__(self) -> StaffClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()
