"""The bodies of the people endpoints."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from adapters.http.fields import Jpeg, PersonName, UserId
from adapters.http.problem_document import Problem
from domain.face import Quality
from domain.person import Purpose


class RegisterRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`consents`: what the person has agreed to; without `face` no photograph of theirs is taken."""

    user_id: UserId
    name: PersonName
    consents: list[Purpose]


class RegisteredPerson(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    user_id: str
    name: str
    consents: list[Purpose]


class ListedPerson(msgspec.Struct, frozen=True, kw_only=True):
    """`templates`: how many of their photographs are searched."""

    id: UUID
    user_id: str
    name: str
    templates: int


class PeopleList(msgspec.Struct, frozen=True, kw_only=True):
    people: list[ListedPerson]


class PhotographUpload(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`name` is what the answer calls the photograph: a file name, or a number."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    image: Jpeg


class PhotographsRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    photographs: Annotated[list[PhotographUpload], Meta(min_length=1, max_length=10)]


class AcceptedPhotograph(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    template_id: UUID
    quality: Quality


class RefusedPhotograph(Problem, frozen=True, kw_only=True, omit_defaults=True):
    """A problem document that names its photograph."""

    name: str


class PhotographsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Each photograph is in one of the two lists; those accepted are searched from now on."""

    accepted: list[AcceptedPhotograph]
    refused: list[RefusedPhotograph]
