"""Who may open one more connection: there are so many in all, and so many for one address."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

from adapters.http.problem_document import ProblemFacts

_RETRY_AFTER_S = 1.0
_FULL = ProblemFacts(code="overloaded", detail="too many connections are open", retry_after_s=_RETRY_AFTER_S)
_FULL_OF_ONE = ProblemFacts(
    code="rate-limited", detail="too many connections are open from this address", retry_after_s=_RETRY_AFTER_S
)


def no_place(
    host: str | None, open_hosts: Collection[str | None], proxies: str, *, most: int, most_of_one: int
) -> ProblemFacts | None:
    """`open_hosts`: of every connection, this one among them. `proxies` speak for others: see FORWARDED_ALLOW_IPS."""
    if len(open_hosts) > most:
        return _FULL
    if len(open_hosts) <= most_of_one or host is None or speaks_for_others(host, proxies):
        return None
    return _FULL_OF_ONE if _count(open_hosts, host) > most_of_one else None


@lru_cache(maxsize=1024)
def speaks_for_others(host: str, proxies: str) -> bool:
    """This machine, on which a proxy may stand, and every proxy that the operator has named."""
    address = ip_address(host.partition("%")[0])
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    named = [part.strip() for part in proxies.split(",")]
    return address.is_loopback or "*" in named or any(_holds(part, address) for part in named)


def _holds(part: str, address: object) -> bool:
    try:
        return address in ip_network(part, strict=False)
    except ValueError:  # uvicorn takes names of sockets here, too
        return False


def _count(hosts: Iterable[str | None], host: str) -> int:
    return sum(1 for other in hosts if other == host)
