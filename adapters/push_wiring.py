"""Joins push messages over an open record: the server's key, the table of browsers, and what sends."""

from __future__ import annotations

import ssl
from pathlib import Path

from adapters.clock import SystemClock
from adapters.metrics.metrics import Metrics
from adapters.push.addresses import Addresses
from adapters.push.decisions import Decisions
from adapters.push.message_queue import MessageQueue
from adapters.push.push import Push
from adapters.push.push_service import PushServices
from adapters.push.push_settings import PushSettings
from adapters.push.sender import PushSender, PushTimes
from adapters.push.subscriptions import PostgresSubscriptions
from adapters.push.vapid import FILE_NAME, VapidKey, load_or_create
from adapters.record import Record
from application.ports import Clock


def join_push(
    settings: PushSettings,
    keys_file: Path,
    record: Record,
    metrics: Metrics,
    *,
    clock: Clock | None = None,
    times: PushTimes | None = None,
    addresses: Addresses | None = None,
    trusts: ssl.SSLContext | None = None,
) -> Push:
    """For the running event loop. `addresses` and `trusts` are for tests. Raises KeysUnavailable."""
    clock = clock or SystemClock()
    addresses = addresses or Addresses()
    key = VapidKey(load_or_create(keys_file.with_name(FILE_NAME)), contact=settings.contact)
    subscriptions = PostgresSubscriptions(record.database, record.keys)
    sender = PushSender(
        record.database,
        Decisions(record.keys, clock),
        MessageQueue(record.database),
        subscriptions,
        PushServices(addresses, key, trusts=trusts),
        clock=clock,
        count=lambda ended: metrics.push.labels(ended).inc(),
        times=times,
    )
    return Push(public_key=key.public_key, subscriptions=subscriptions, addresses=addresses, sender=sender)
