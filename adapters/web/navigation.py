"""Where each role may go: the sections of the dashboard, and the page that a sign-in leads to."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from adapters.http.access_tokens import Role
from adapters.http.policy_in_force import IN_FORCE


class Section(msgspec.Struct, frozen=True):
    name: str
    path: str
    roles: frozenset[Role]


_STAFF: frozenset[Role] = frozenset({"staff", "admin"})
_FIGURES: frozenset[Role] = frozenset({"staff", "analyst", "admin"})
_ADMIN: frozenset[Role] = frozenset({"admin"})
SECTIONS: Sequence[Section] = (
    Section("Today", "/today/", _STAFF),
    Section("Sessions", "/sessions/", _STAFF),
    Section("People", "/people/", _STAFF),
    Section("Review", "/review/", _STAFF),
    Section("Reports", "/reports/", _STAFF),
    Section("Mood", "/mood/", _FIGURES),
    Section("Latency", "/latency/", _FIGURES),
    Section("Settings", "/settings/", _ADMIN),
)


def sections_for(role: Role) -> list[tuple[str, str]]:
    """Name and path of each section that the role may open, and that the policy lets there be."""
    policy = IN_FORCE.get()
    absent = "Mood" if policy is not None and policy.emotion == "off" else None
    return [(section.name, section.path) for section in SECTIONS if role in section.roles and section.name != absent]


def start_of(role: Role) -> str:
    """The first page that the role may open."""
    if role == "person":
        return "/me/"
    return next((path for _, path in sections_for(role)), "/sign-in/")
