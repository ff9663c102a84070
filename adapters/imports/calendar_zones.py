"""The time zones that the calendar library finds for a file: those that have a name, and none that a file describes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo

from icalendar.timezone import tzp
from icalendar.timezone.zoneinfo import ZONEINFO

from adapters.imports.wall_clock import ZoneUnknown, zone_named


def forget_zones() -> None:
    """Before each file: the library keeps whatever zone it met, under whatever name, for good and for every file."""
    tzp.use(_Named())


class _Named(ZONEINFO):
    """A zone that a file describes (VTIMEZONE) is never built: its rules may take for ever, its name may mislead."""

    def knows_timezone_id(self, tzid: str) -> bool:  # noqa: ARG002 — the library's signature
        return True

    def timezone(self, name: str) -> tzinfo | None:
        for candidate in _candidates(name):
            try:
                return zone_named(candidate)
            except ZoneUnknown:
                continue
        return None


def _candidates(name: str) -> Iterator[str]:
    """The name, and what a vendor put its own before: mozilla.org/20050126_1/Europe/Berlin (RFC 5545, 3.2.19)."""
    yield name
    vendor, _, rest = name.strip("/").partition("/")
    while "." in vendor and "/" in rest:
        yield rest
        rest = rest.partition("/")[2]
