"""The policy as a page: whether emotions are read, and how long templates and people are kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from adapters.http.auditing import tells_itself
from adapters.http.auth import caller_of
from adapters.http.operation import allowed_to
from adapters.http.policy import policy_problem
from adapters.http.policy_schemas import Days
from adapters.http.services import Services
from adapters.web.dashboard.notices import Notice, done, refused
from adapters.web.dashboard.settings import AnyRequest, question, settings_page, typed
from adapters.web.rendering import see_other
from application.retain import Forgotten
from domain.emotion import EmotionPolicy
from domain.policy import Policy, PolicyImpossible

_DONE = {
    "emotion": "Saved. Every process follows it at once.",
    "retention": "Saved. It is applied once a day.",
}
Said = Annotated[str, QueryParameter(name="done", max_length=20)]


class EmotionForm(msgspec.Struct, frozen=True, kw_only=True):
    emotion: EmotionPolicy


class RetentionForm(msgspec.Struct, frozen=True, kw_only=True):
    """An empty field means never. `sure`: the question was answered."""

    templates_days: Days | None = None
    people_days: Days | None = None
    sure: str = ""


@get("/settings/", opt=allowed_to("admin"), include_in_schema=False)
async def policy_page(request: AnyRequest, services: NamedDependency[Services], said: Said = "") -> Response[str]:
    return await _page(request, services, done(said, _DONE))


@post("/settings/emotion/", opt={**allowed_to("admin"), **tells_itself()}, include_in_schema=False)
async def set_emotion(request: AnyRequest, services: NamedDependency[Services]) -> Response[str] | Response[None]:
    form, _, notice = await typed(request, EmotionForm)
    if form is None:
        return await _page(request, services, notice)
    return await _changed(
        request,
        services,
        lambda policy: msgspec.structs.replace(policy, emotion=form.emotion),
        "/settings/?done=emotion",
        {},
    )


@post("/settings/retention/", opt={**allowed_to("admin"), **tells_itself()}, include_in_schema=False)
async def set_retention(request: AnyRequest, services: NamedDependency[Services]) -> Response[str] | Response[None]:
    """What shortens the time is asked about first: people are erased by it."""
    form, fields, notice = await typed(request, RetentionForm)
    if form is None:
        return await _page(request, services, notice, fields)
    now = await services.policy.policies.newest()
    wanted = msgspec.structs.replace(now, templates_days=form.templates_days, people_days=form.people_days)
    if form.sure != "yes" and _shortens(now, wanted):
        forgotten = await services.policy.retention.would_forget(wanted)
        return _ask(request, services, wanted, forgotten, fields)
    return await _changed(
        request,
        services,
        lambda policy: msgspec.structs.replace(
            policy, templates_days=form.templates_days, people_days=form.people_days
        ),
        "/settings/?done=retention",
        fields,
    )


async def _changed(
    request: AnyRequest,
    services: Services,
    wanted: Callable[[Policy], Policy],
    then: str,
    fields: dict[str, str],
) -> Response[str] | Response[None]:
    outcome = await services.policy.manage(wanted, by=caller_of(request).subject)
    if isinstance(outcome, PolicyImpossible):
        return await _page(request, services, refused(policy_problem(outcome)), fields)
    return see_other(then)


async def _page(
    request: AnyRequest, services: Services, notice: Notice | None, fields: dict[str, str] | None = None
) -> Response[str]:
    policy = await services.policy.policies.newest()
    kept = {
        "templates_days": "" if policy.templates_days is None else str(policy.templates_days),
        "people_days": "" if policy.people_days is None else str(policy.people_days),
    }
    return settings_page(
        "settings_policy.html",
        request,
        services,
        "Policy",
        notice=notice,
        policy=policy,
        kept=kept if fields is None else kept | dict.fromkeys(kept, "") | fields,
        changed_by=await account_name(services, policy.changed_by),
    )


def _shortens(now: Policy, wanted: Policy) -> bool:
    pairs = ((now.templates_days, wanted.templates_days), (now.people_days, wanted.people_days))
    return any(then is not None and (before is None or then < before) for before, then in pairs)


def _ask(
    request: AnyRequest, services: Services, wanted: Policy, forgotten: Forgotten, fields: dict[str, str]
) -> Response[str]:
    people, faces = len(forgotten.people), len(forgotten.faces)
    what_happens = []
    if wanted.people_days is not None:
        whom = "nobody" if not people else f"{people} {'person' if people == 1 else 'people'}"
        what_happens.append(
            f"People who were not seen for {_days(wanted.people_days)} are erased for good: {whom} as of now."
        )
    if wanted.templates_days is not None:
        whose = "nobody" if not faces else f"{faces} {'person' if faces == 1 else 'people'}"
        what_happens.append(
            f"Faces that were not matched for {_days(wanted.templates_days)} are deleted: those of {whose} as of now."
            " Whoever loses theirs is recognised by no door until they are enrolled again."
        )
    what_happens.append("It is applied once a day from now on. What was erased cannot be brought back.")
    return question(
        request,
        services,
        "Policy",
        title="Keep less from now on?",
        what_happens=what_happens,
        action="/settings/retention/",
        button="Keep less",
        back="/settings/#retention",
        fields={**fields, "sure": "yes"},
    )


def _days(number: int) -> str:
    return "a day" if number == 1 else f"{number} days"


async def account_name(services: Services, id: UUID | None) -> str | None:
    return next((one.name for one in await services.accounts.accounts.all() if one.id == id), None)
