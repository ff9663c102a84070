"""What the page is told: one flat JSON object for what is shown, and the pairing code as a picture."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import datetime

import segno

from edge_device.presentation import Presentation


def screen_json(shown: Presentation, now_s: float, server_time: datetime | None) -> str:
    """`elapsed_ms`: since the moment began. `server_time_ms`: None before the server was heard; a Pi has no clock."""
    now, moment = shown.situation, shown.moment
    screen: dict[str, object] = {
        "kind": shown.kind,
        "language": now.language,
        "room": now.room,
        "mode": now.mode,
        "waiting": now.waiting,
        "offline": now.offline,
        "server_time_ms": None if server_time is None else round(server_time.timestamp() * 1000),
        "elapsed_ms": 0 if moment is None else max(0, round((now_s - moment.since_s) * 1000)),
        "name": None if moment is None else moment.name,
        "reason": now.unpaired if moment is None else moment.reason,
        "sentence": None if moment is None else moment.sentence,
        "take": 1 if moment is None else moment.take,
        "pairing_code": now.pairing_code,
    }
    return json.dumps(screen, ensure_ascii=False, separators=(",", ":"))


def pairing_picture(pairing_code: str) -> bytes:
    """The code as a QR code in SVG, black on white in every theme."""
    picture = io.BytesIO()
    segno.make_qr(pairing_code, error="m").save(
        picture, kind="svg", scale=8, border=3, dark="#000", light="#fff", xmldecl=False
    )
    return picture.getvalue()


ServerTime = Callable[[], datetime | None]
