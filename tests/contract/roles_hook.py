"""What Schemathesis imports: each operation is asked with the token of a role that may."""

from __future__ import annotations

import json
import os
from typing import Any

import schemathesis

TOKENS_VARIABLE = "CONTRACT_TOKENS"
_PREFERRED = ("admin", "staff", "analyst", "person", "station")


@schemathesis.auth()
class ByRole:
    """Tokens by role come as JSON in the environment."""

    def get(self, case: Any, _: Any) -> str | None:  # Schemathesis exports no types for these
        roles = case.operation.definition.raw.get("x-roles", ())
        tokens: dict[str, str] = json.loads(os.environ[TOKENS_VARIABLE])
        return next((tokens[role] for role in _PREFERRED if role in roles), None)

    def set(self, case: Any, data: str | None, _: Any) -> None:
        if data is not None:
            case.headers["Authorization"] = f"Bearer {data}"
