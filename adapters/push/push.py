"""What a person may do with push messages: subscribe a browser, see how many there are, and end one or all."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.push.addresses import Addresses, NotAllowed, NotFound
from adapters.push.sender import PushSender
from adapters.push.subscription import Subscription, Unusable, endpoint_of
from adapters.push.subscriptions import PostgresSubscriptions


@dataclass(frozen=True, kw_only=True)
class Push:
    """`public_key`: what a browser subscribes to, in base64url."""

    public_key: str
    subscriptions: PostgresSubscriptions
    addresses: Addresses
    sender: PushSender

    async def trouble_with(self, subscription: Subscription) -> Unusable | None:
        """Whether its push service is one that this server would send to; it is asked again at each sending."""
        endpoint = endpoint_of(subscription.endpoint)
        if endpoint is None:
            return Unusable(field="/endpoint", reason="it is not the address of a push service")
        try:
            await self.addresses.of(endpoint)
        except NotAllowed as refused:
            return Unusable(field="/endpoint", reason=str(refused))
        except NotFound:
            return Unusable(field="/endpoint", reason="the push service cannot be found")
        return None
