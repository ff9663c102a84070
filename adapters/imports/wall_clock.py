"""Between what a clock on the wall shows and a moment: time zones, and the hours that a year skips or has twice."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


class ZoneUnknown(Exception):
    """No time zone of that name; IANA names are known, such as Europe/Berlin."""


def zone_named(name: str) -> ZoneInfo:
    """Raises ZoneUnknown."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # a name may be a path that leads nowhere, or is a folder
        raise ZoneUnknown(f"there is no time zone {name!r}") from None


def moment_at(shown: datetime, zone: ZoneInfo) -> datetime:
    """The moment, in UTC, at which clocks in `zone` show `shown`, which has no zone of its own.

    Of an hour that comes twice it is the first; an hour that is skipped is as long after midnight as it would have
    been (RFC 5545, 3.3.5).
    """
    return shown.replace(tzinfo=zone, fold=0).astimezone(UTC)


def shown_at(moment: datetime, zone: ZoneInfo) -> datetime:
    """What clocks in `zone` show at `moment`, without the zone."""
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)
