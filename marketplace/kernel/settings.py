"""Settings are one typed, frozen value, read once and handed down; a half-configured market refuses to start."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

ENVIRONMENTS = ("production", "development", "test")
SHORTEST_SECRET = 32
TRUE_WORDS = {"1", "true", "yes", "on"}
FALSE_WORDS = {"0", "false", "no", "off", ""}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that differs between installations. Field `x` is read from the environment variable `X`."""

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
        """Read the environment. Raises SystemExit with one line for each thing that is missing or wrong."""
        given: dict[str, Any] = {}
        wrong: list[str] = []
        for field in fields(cls):
            name = field.name.upper()
            if name in env:
                try:
                    given[field.name] = _typed(str(field.type), env[name])
                except ValueError as error:
                    wrong.append(f"{name}: {error}")
            elif field.default is MISSING:
                wrong.append(f"{name} is missing")
        if wrong:
            raise SystemExit("\n".join(f"settings: {line}" for line in wrong))
        settings = cls(**given)
        complaints = list(settings.complaints())
        if complaints:
            raise SystemExit("\n".join(f"settings: {line}" for line in complaints))
        return settings

    def complaints(self) -> Iterator[str]:
        """Why this market must not start; nothing when it may."""
        if self.environment not in ENVIRONMENTS:
            yield f"ENVIRONMENT must be one of {', '.join(ENVIRONMENTS)}, not {self.environment!r}"
        if len(self.secret_key) < SHORTEST_SECRET:
            yield f"SECRET_KEY must have at least {SHORTEST_SECRET} characters"
        for name in ("database_url", "owner_database_url"):
            if not getattr(self, name).startswith("postgresql"):
                yield f"{name.upper()} must be a postgresql:// address"
        if self.database_url == self.owner_database_url:
            yield "DATABASE_URL must not use the owner's role: row security would not hold"
        if not self.redis_url.startswith(("redis://", "rediss://", "unix://")):
            yield "REDIS_URL must be a redis://, rediss:// or unix:// address"
        if urlsplit(self.base_url).scheme not in ("http", "https"):
            yield "BASE_URL must be an http(s) address"
        yield from self._production_complaints()

    def _production_complaints(self) -> Iterator[str]:
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
        """Whether visitors come over TLS, so that cookies can be marked Secure."""
        return self.base_url.startswith("https://")

    @property
    def host(self) -> str:
        """The market's own host with its port, as browsers send it."""
        return urlsplit(self.base_url).netloc

    @property
    def var(self) -> Path:
        """The folder for everything this installation writes."""
        return Path(self.var_dir).resolve()

    @property
    def media_root(self) -> Path:
        """Where uploaded and drawn pictures are kept."""
        return self.var / "media"

    @property
    def search_root(self) -> Path:
        """Where the embedded search engine keeps its indexes."""
        return self.var / "search"

    @property
    def broker_url(self) -> str:
        """The same Redis in the words of Celery, which spells sockets differently."""
        return "redis+socket" + self.redis_url[4:] if self.redis_url.startswith("unix") else self.redis_url


def _typed(kind: str, text: str) -> Any:
    if kind.startswith("tuple"):
        return tuple(word.strip() for word in text.split(",") if word.strip())
    if kind == "int":
        return int(text)
    if kind == "bool":
        word = text.strip().lower()
        if word not in TRUE_WORDS | FALSE_WORDS:
            raise ValueError(f"{text!r} is neither yes nor no")
        return word in TRUE_WORDS
    return text or None if kind.endswith("None") else text
