"""Whom the server may be sent to: a browser names any host it likes, and none of them may be inside.

Every address of a host has to be a public one, at each sending anew, and the one that was looked at is the one that is
connected to: a name that means another machine the next moment leads nowhere.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from adapters.push.subscription import Endpoint

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host, for a port. Raises OSError."""
_RESOLVED_WITHIN_S = 3.0
# An address of IPv4 in its last 32 bits (RFC 6052): what a network of IPv6 alone finds for every host.
_TRANSLATED = IPv6Network("64:ff9b::/96")


class NotAllowed(Exception):
    """The server does not send there."""


class NotFound(Exception):
    """The host has no address now."""


async def resolve(host: str, port: int) -> Sequence[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


class Addresses:
    """`local`: origins that are let through as they are, for tests and development; a server has none."""

    def __init__(self, resolve: Resolve = resolve, *, local: frozenset[str] = frozenset()) -> None:
        self._resolve = resolve
        self._local = local

    async def of(self, endpoint: Endpoint) -> str:
        """The address to connect to. Raises NotAllowed, NotFound."""
        is_local = endpoint.origin in self._local
        if not is_local and (endpoint.scheme, endpoint.port) != ("https", 443):
            raise NotAllowed("a push service is reached by https, at port 443")
        try:
            async with asyncio.timeout(_RESOLVED_WITHIN_S):
                found = await self._resolve(endpoint.host, endpoint.port)
        except (OSError, UnicodeError, TimeoutError):
            raise NotFound from None
        if not found:
            raise NotFound
        if not is_local and not all(is_public(address) for address in found):
            raise NotAllowed("the host is not a public one")
        return found[0]


def is_public(text: str) -> bool:
    """Whether it is an address of somebody out there; one that carries another is as public as that one."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(str(address.ipv4_mapped))
        if address in _TRANSLATED:
            return is_public(str(IPv4Address(int(address) & 0xFFFFFFFF)))
        if address.sixtofour is not None or address.teredo is not None or address.is_site_local:
            return False
    kept_back = address.is_private or address.is_loopback or address.is_link_local or address.is_unspecified
    return address.is_global and not (kept_back or address.is_multicast or address.is_reserved)
