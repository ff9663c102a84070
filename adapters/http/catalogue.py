"""The problem catalogue over HTTP, so that a problem's `type` leads somewhere and a station can carry the sentences."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import Controller, get
from litestar.params import PathParameter

from adapters.http.operation import public
from adapters.http.problem_document import HttpProblem, ProblemFacts
from adapters.http.problems import CATALOGUE, FixedBy, ProblemCode, ProblemKind, Retry
from adapters.http.sentences import Sentence


class CatalogueEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of problem. `sentence`: what to say to the person at the door, by language."""

    type: str
    code: ProblemCode
    status: int
    title: str
    retry: Retry
    fixed_by: FixedBy
    sentence: Sentence


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    problems: list[CatalogueEntry]


class CatalogueController(Controller):
    path = "/problems"
    tags = ("problems",)

    @get(operation_id="listProblems", summary="Every kind of problem, with its sentences", opt=public())
    async def every(self) -> Catalogue:
        return Catalogue(problems=[_entry(kind) for kind in CATALOGUE.values()])

    @get("/{code:str}", operation_id="getProblem", summary="One kind of problem", opt=public(problems=("not-found",)))
    async def one(self, code: Annotated[str, PathParameter(description="a problem's code")]) -> CatalogueEntry:
        kind = CATALOGUE.get(code)
        if kind is None:
            raise HttpProblem(ProblemFacts(code="not-found", detail="there is no such problem"))
        return _entry(kind)


def _entry(kind: ProblemKind) -> CatalogueEntry:
    return CatalogueEntry(
        type=kind.type,
        code=kind.code,
        status=kind.status,
        title=kind.title,
        retry=kind.retry,
        fixed_by=kind.fixed_by,
        sentence=kind.sentence,
    )
