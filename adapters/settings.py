"""What an operator can set: one struct, read once from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from adapters.accounts.provider_settings import ProviderSettings, provider_settings
from adapters.push.push_settings import PushSettings, push_settings
from domain.emotion import EmotionPolicy

Choice = TypeVar("Choice", bound=str)
IdentityModelName = Literal["resnet-29", "facenet"]
_IDENTITY_MODELS: tuple[IdentityModelName, ...] = ("resnet-29", "facenet")
RateLimiting = Literal["on", "off"]
_RATE_LIMITING: tuple[RateLimiting, ...] = ("on", "off")
_EMOTION_POLICIES: tuple[EmotionPolicy, ...] = ("consented", "off")


class SettingsInvalid(Exception):
    """A setting that cannot be meant; the message names it and says what it may be."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """`database_url` is None where the embedded PostgreSQL is to be used; it then lives in `data_dir`.

    `retain_…_days`: after how many days without use templates are purged and people erased; None for never.
    `public_url`: where browsers find the server, without a slash at its end; None where nobody said.
    `push`: None where nobody is told by push messages.
    """

    data_dir: Path
    models_dir: Path
    keys_file: Path
    database_url: str | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    identity_model: IdentityModelName = "resnet-29"
    emotion_policy: EmotionPolicy = "consented"
    queue_size: int = 8
    expire_after_s: float = 60.0
    answer_within_s: float = 10.0
    retain_templates_days: int | None = None
    retain_people_days: int | None = None
    zone: str = "UTC"
    public_url: str | None = None
    provider: ProviderSettings | None = None
    rate_limits: RateLimiting = "on"
    push: PushSettings | None = None

    @property
    def public_base_url(self) -> str:
        """Where browsers find this server, as far as anybody said."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104 (compared, not bound)
        return self.public_url or f"http://{host}:{self.port}"

    @property
    def postgres_dir(self) -> Path:
        return self.data_dir / "postgres"


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """From FACECHECKIN_* and DATABASE_URL (or DATABASE_URL_FILE, a file that holds it). Raises SettingsInvalid."""
    env = os.environ if environment is None else environment
    data_dir = Path(env.get("FACECHECKIN_DATA", "~/.local/share/facecheckin")).expanduser()
    return Settings(
        data_dir=data_dir,
        models_dir=Path(env.get("FACECHECKIN_MODELS", data_dir / "models")).expanduser(),
        keys_file=Path(env.get("FACECHECKIN_KEYS", data_dir / "keys.json")).expanduser(),
        database_url=_database_url(env),
        host=env.get("FACECHECKIN_HOST", "127.0.0.1"),
        port=_integer(env, "FACECHECKIN_PORT", 8000, 1, 65535),
        identity_model=_choice(env, "FACECHECKIN_IDENTITY", _IDENTITY_MODELS),
        emotion_policy=_choice(env, "FACECHECKIN_EMOTION", _EMOTION_POLICIES),
        queue_size=_integer(env, "FACECHECKIN_QUEUE", 8, 1, 1024),
        expire_after_s=float(_integer(env, "FACECHECKIN_EXPIRE_AFTER_S", 60, 5, 86_400)),
        answer_within_s=float(_integer(env, "FACECHECKIN_ANSWER_WITHIN_S", 10, 1, 3600)),
        retain_templates_days=_days(env, "FACECHECKIN_RETAIN_TEMPLATES_DAYS"),
        retain_people_days=_days(env, "FACECHECKIN_RETAIN_PEOPLE_DAYS"),
        zone=_zone(env),
        public_url=_public_url(env),
        provider=_provider(env),
        rate_limits=_choice(env, "FACECHECKIN_RATE_LIMITS", _RATE_LIMITING),
        push=_push(env),
    )


def _database_url(env: Mapping[str, str]) -> str | None:
    path = env.get("DATABASE_URL_FILE")
    if path is None:
        return env.get("DATABASE_URL") or None
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsInvalid(f"DATABASE_URL_FILE: {path} cannot be read ({error.strerror})") from error


def _public_url(env: Mapping[str, str]) -> str | None:
    text = env.get("FACECHECKIN_PUBLIC_URL", "")
    if not text:
        return None
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise SettingsInvalid(f"FACECHECKIN_PUBLIC_URL is {text!r}; it is a URL without a path: https://door.example")
    return text.rstrip("/")


def _provider(env: Mapping[str, str]) -> ProviderSettings | None:
    try:
        return provider_settings(env)
    except ValueError as error:
        raise SettingsInvalid(str(error)) from error


def _push(env: Mapping[str, str]) -> PushSettings | None:
    try:
        return push_settings(env)
    except ValueError as error:
        raise SettingsInvalid(str(error)) from error


def _integer(env: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    text = env.get(name, str(default))
    if not text.isdecimal() or not low <= int(text) <= high:
        raise SettingsInvalid(f"{name} is {text!r}; it is a whole number from {low} to {high}")
    return int(text)


def _days(env: Mapping[str, str], name: str) -> int | None:
    """Off where it is not set, or empty."""
    return _integer(env, name, 1, 1, 36_500) if env.get(name) else None


def _zone(env: Mapping[str, str]) -> str:
    name = env.get("FACECHECKIN_ZONE") or "UTC"
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise SettingsInvalid(f"FACECHECKIN_ZONE is {name!r}; it is a time zone's IANA name") from error
    return name


def _choice(env: Mapping[str, str], name: str, choices: tuple[Choice, ...]) -> Choice:
    """The first choice is the default."""
    text = env.get(name, choices[0])
    for choice in choices:
        if choice == text:
            return choice
    raise SettingsInvalid(f"{name} is {text!r}; it is one of {', '.join(choices)}")
