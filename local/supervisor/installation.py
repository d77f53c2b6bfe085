"""Installation on one machine: directory, ports, secrets, and the environment of its processes."""

from __future__ import annotations

import json
import secrets
import socket
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from local.embedded import EmbeddedServers

DEFAULT_PORT = 8000
SERVICE_URL_VARIABLES = ("DATABASE_URL", "OWNER_DATABASE_URL", "REDIS_URL")
STATE_FILE = "installation.json"


class StartupError(Exception):
    """The marketplace cannot be started; `messages` holds the reason in Chinese and in English."""

    def __init__(self, message_zh: str, message_en: str) -> None:
        self.messages = (message_zh, message_en)
        super().__init__(message_en)


@dataclass(frozen=True, kw_only=True)
class Installation:
    """Directory and TCP ports of an installation; every file is written below `var`."""

    var: Path
    host: str
    port: int
    gateway_port: int

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Create an installation from PORT, HOST and VAR_DIR. Raises StartupError when the port is invalid or in use."""
        host, port = env.get("HOST") or "127.0.0.1", _parse_port(env.get("PORT") or str(DEFAULT_PORT))
        if not is_port_free(host, port):
            raise StartupError(
                f"端口 {port} 已被占用。请换一个端口：make run PORT={port + 10}",
                f"Port {port} is taken. Choose another: make run PORT={port + 10}",
            )
        return cls(var=var_dir(env), host=host, port=port, gateway_port=_next_free_port(host, port + 1))

    @classmethod
    def load(cls, env: Mapping[str, str]) -> Self:
        """Load the installation as it was last run, for commands that use the same settings."""
        var = var_dir(env)
        try:
            state = json.loads((var / STATE_FILE).read_text())
        except FileNotFoundError:
            state = {"host": "127.0.0.1", "port": DEFAULT_PORT, "gateway_port": DEFAULT_PORT + 1}
        return cls(var=var, **state)

    def save(self) -> None:
        """Save host and ports for commands that use the same settings."""
        state = {name: value for name, value in asdict(self).items() if name != "var"}
        (self.var / STATE_FILE).write_text(json.dumps(state))

    @property
    def hostname(self) -> str:
        """Return the host name for browsers; `localhost` for local IP addresses, which have no subdomains for shops."""
        return "localhost" if self.host in ("127.0.0.1", "0.0.0.0", "::1", "localhost") else self.host  # noqa: S104

    @property
    def base_url(self) -> str:
        """Return the URL of the marketplace."""
        return f"http://{self.hostname}:{self.port}"

    @property
    def gateway_url(self) -> str:
        """Return the URL of the sandbox payment gateway."""
        return f"http://{self.hostname}:{self.gateway_port}"

    def build_env(self, env: Mapping[str, str], servers: EmbeddedServers | None) -> dict[str, str]:
        """Return the environment of every process. Variables that the caller has set (SMTP_URL, CURRENCY …) take precedence."""
        defaults = {
            "ENVIRONMENT": "development",
            "BASE_URL": self.base_url,
            "TRUSTED_HOSTS": f"127.0.0.1:{self.port},{self.host}:{self.port}",
            "VAR_DIR": str(self.var),
            "SECRET_KEY": self.get_secret("secret_key"),
            "GATEWAY_URL": self.gateway_url,
            "GATEWAY_SECRET": self.get_secret("gateway_secret"),
            "PYTHONUNBUFFERED": "1",
        }
        return defaults | dict(env) | (servers.environment() if servers else {})

    def get_secret(self, name: str) -> str:
        """Return a secret, created at first use and stored privately, so that sessions and signatures survive a restart."""
        path = self.var / "secrets" / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(48))
        return path.read_text()


def uses_external_services(env: Mapping[str, str]) -> bool:
    """Return whether database and Redis are configured by URL. Raises StartupError when only some of the URLs are set."""
    configured = [name for name in SERVICE_URL_VARIABLES if env.get(name)]
    if configured and len(configured) < len(SERVICE_URL_VARIABLES):
        missing = "、".join(name for name in SERVICE_URL_VARIABLES if name not in configured)
        raise StartupError(
            f"设置了 {configured[0]}，但没有设置 {missing}：请全部设置，或都不设置。",
            f"{configured[0]} is set, but not {missing.replace('、', ', ')}: set all of them, or none.",
        )
    return bool(configured)


def var_dir(env: Mapping[str, str]) -> Path:
    """Return the directory for all files of the installation."""
    return Path(env.get("VAR_DIR") or "var").resolve()


def is_port_free(host: str, port: int) -> bool:
    """Return whether a listener can bind this address."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.socket(family)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError:
            return False
    return True


def _next_free_port(host: str, first: int) -> int:
    candidates = (*range(first, 65_536), *range(1_024, first))
    free: int = next(port for port in candidates if is_port_free(host, port))
    return free


def _parse_port(text: str) -> int:
    if text.isdecimal() and 0 < int(text) < 65_536:
        return int(text)
    raise StartupError(f"PORT={text} 不是端口号。", f"PORT={text} is not a port number.")
