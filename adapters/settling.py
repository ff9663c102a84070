"""Settles attendance while the server runs: closes what every station has reported past, revises what came late."""

from __future__ import annotations

import asyncio

import structlog

from application.attendance import SettleAttendance

_EVERY_S = 10.0
_log = structlog.get_logger("server")


async def settle_for_ever(settle: SettleAttendance) -> None:
    while True:
        await asyncio.sleep(_EVERY_S)
        try:
            settled = await settle()
        except Exception:
            _log.exception("attendance could not be settled, trying again")
            continue
        if settled.closed or settled.revised:
            _log.info("attendance settled", closed=settled.closed, revised=settled.revised)
