"""Settings of an installation, read once from the environment; an incomplete configuration does not start."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

ENVIRONMENTS = ("production", "development", "test")
MIN_SECRET_LENGTH = 32
TRUE_VALUES = {"1", "true", "yes", "on"}
FALSE_VALUES = {"0", "false", "no", "off", ""}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Typed, immutable settings. Field `x` is read from the environment variable `X`."""

    database_url: str
    owner_database_url: str
    redis_url: str
    secret_key: str
    base_url: str
    environment: str = "production"
    market_name: str = "集市"
    market_name_en: str = "Jishi Market"
    currency: str = "CNY"
    timezone: str = "Asia/Shanghai"
    var_dir: str = "var"
    trusted_hosts: tuple[str, ...] = ()
    proxies: int = 0
    database_pool: int = 8
    elasticsearch_url: str | None = None
    smtp_url: str | None = None
    mail_from: str = "market@example.org"
    gateway_url: str | None = None
    gateway_secret: str | None = None
    rate_limits: bool = True
    failpoint: str | None = None

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> Self:
        """Read the environment. Raises SystemExit with one line per missing or invalid variable."""
        values: dict[str, Any] = {}
        errors: list[str] = []
        for field in fields(cls):
            name = field.name.upper()
            if name in env:
                try:
                    values[field.name] = _parse_value(str(field.type), env[name])
                except ValueError as error:
                    errors.append(f"{name}: {error}")
            elif field.default is MISSING:
                errors.append(f"{name} is missing")
        if errors:
            raise SystemExit("\n".join(f"settings: {message}" for message in errors))
        settings = cls(**values)
        messages = list(settings.iter_errors())
        if messages:
            raise SystemExit("\n".join(f"settings: {message}" for message in messages))
        return settings

    def iter_errors(self) -> Iterator[str]:
        """Yield the reasons why the application must not start."""
        if self.environment not in ENVIRONMENTS:
            yield f"ENVIRONMENT must be one of {', '.join(ENVIRONMENTS)}, not {self.environment!r}"
        if len(self.secret_key) < MIN_SECRET_LENGTH:
            yield f"SECRET_KEY must have at least {MIN_SECRET_LENGTH} characters"
        for name in ("database_url", "owner_database_url"):
            if not getattr(self, name).startswith("postgresql"):
                yield f"{name.upper()} must be a postgresql:// address"
        if self.database_url == self.owner_database_url:
            yield "DATABASE_URL must not use the owner's role: row security would not hold"
        if not self.redis_url.startswith(("redis://", "rediss://", "unix://")):
            yield "REDIS_URL must be a redis://, rediss:// or unix:// address"
        if urlsplit(self.base_url).scheme not in ("http", "https"):
            yield "BASE_URL must be an http(s) address"
        yield from self._iter_production_errors()

    def _iter_production_errors(self) -> Iterator[str]:
        if self.environment != "production":
            return
        if not self.secure:
            yield "BASE_URL must be https in production: session cookies are sent over it"
        if not self.trusted_hosts:
            yield "TRUSTED_HOSTS must name the hosts that this market answers to"
        if len(set(self.secret_key)) < 8 or "change" in self.secret_key.lower():
            yield "SECRET_KEY is a placeholder"
        if self.failpoint:
            yield "FAILPOINT is for tests: it kills the process"
        if self.gateway_url and not self.gateway_secret:
            yield "GATEWAY_SECRET must be given with GATEWAY_URL"

    @property
    def secure(self) -> bool:
        """True if the site uses HTTPS, so that cookies can be marked Secure."""
        return self.base_url.startswith("https://")

    @property
    def host(self) -> str:
        """The platform's host with its port, as in the Host header."""
        return urlsplit(self.base_url).netloc

    @property
    def var(self) -> Path:
        """The directory for all files that this installation writes."""
        return Path(self.var_dir).resolve()

    @property
    def media_root(self) -> Path:
        """The directory of uploaded and generated pictures."""
        return self.var / "media"

    @property
    def search_root(self) -> Path:
        """The directory of the embedded search engine's indexes."""
        return self.var / "search"

    @property
    def broker_url(self) -> str:
        """The Redis URL for Celery, which has another scheme for sockets."""
        return "redis+socket" + self.redis_url[4:] if self.redis_url.startswith("unix") else self.redis_url


def _parse_value(type_name: str, text: str) -> Any:
    if type_name.startswith("tuple"):
        return tuple(value.strip() for value in text.split(",") if value.strip())
    if type_name == "int":
        return int(text)
    if type_name == "bool":
        value = text.strip().lower()
        if value not in TRUE_VALUES | FALSE_VALUES:
            raise ValueError(f"{text!r} is neither yes nor no")
        return value in TRUE_VALUES
    return text or None if type_name.endswith("None") else text
