"""One installation on one machine: its folder, ports, secrets, and the environment that every process is given."""

from __future__ import annotations

import json
import secrets
import socket
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from marketplace.kernel.embedded import Servers

DEFAULT_PORT = 8000
ADDRESSES = ("DATABASE_URL", "OWNER_DATABASE_URL", "REDIS_URL")
REMEMBERED = "site.json"


class CannotStart(Exception):
    """The market cannot be run; both sentences say why, Chinese first."""

    def __init__(self, chinese: str, english: str) -> None:
        self.sentences = (chinese, english)
        super().__init__(english)


@dataclass(frozen=True, kw_only=True)
class Site:
    """Where the market stands. Ports are TCP; `var` holds all it writes."""

    var: Path
    host: str
    port: int
    gateway_port: int

    @classmethod
    def chosen(cls, env: Mapping[str, str]) -> Self:
        """From PORT, HOST and VAR_DIR. Raises CannotStart when the port is no port, or taken."""
        host, port = env.get("HOST") or "127.0.0.1", _port(env.get("PORT") or str(DEFAULT_PORT))
        if not is_free(host, port):
            raise CannotStart(
                f"端口 {port} 已被占用。请换一个端口：make run PORT={port + 10}",
                f"Port {port} is taken. Choose another: make run PORT={port + 10}",
            )
        return cls(var=var_folder(env), host=host, port=port, gateway_port=_next_free(host, port + 1))

    @classmethod
    def remembered(cls, env: Mapping[str, str]) -> Self:
        """As the market was last run here, for commands beside it."""
        var = var_folder(env)
        try:
            known = json.loads((var / REMEMBERED).read_text())
        except FileNotFoundError:
            known = {"host": "127.0.0.1", "port": DEFAULT_PORT, "gateway_port": DEFAULT_PORT + 1}
        return cls(var=var, **known)

    def remember(self) -> None:
        """Keep host and ports for commands beside the running market."""
        known = {name: value for name, value in asdict(self).items() if name != "var"}
        (self.var / REMEMBERED).write_text(json.dumps(known))

    @property
    def name(self) -> str:
        """What browsers call this machine. `localhost`, because shops have subdomains and an address has none."""
        return "localhost" if self.host in ("127.0.0.1", "0.0.0.0", "::1", "localhost") else self.host  # noqa: S104

    @property
    def base_url(self) -> str:
        """The market's address."""
        return f"http://{self.name}:{self.port}"

    @property
    def gateway_url(self) -> str:
        """The pretend payment gateway's address."""
        return f"http://{self.name}:{self.gateway_port}"

    def environment(self, env: Mapping[str, str], servers: Servers | None) -> dict[str, str]:
        """The settings of every process. What the caller set itself (SMTP_URL, CURRENCY …) is kept."""
        made = {
            "ENVIRONMENT": "development",
            "BASE_URL": self.base_url,
            "TRUSTED_HOSTS": f"127.0.0.1:{self.port},{self.host}:{self.port}",
            "VAR_DIR": str(self.var),
            "SECRET_KEY": self.secret("secret_key"),
            "GATEWAY_URL": self.gateway_url,
            "GATEWAY_SECRET": self.secret("gateway_secret"),
            "PYTHONUNBUFFERED": "1",
        }
        return made | dict(env) | (servers.environment() if servers else {})

    def secret(self, name: str) -> str:
        """Made at first use, then kept: sessions and signatures outlive a restart. Readable for us only."""
        path = self.var / "secrets" / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(48))
        return path.read_text()


def brings_its_own_servers(env: Mapping[str, str]) -> bool:
    """Whether database and Redis are given by address. Raises CannotStart when only some are."""
    given = [name for name in ADDRESSES if env.get(name)]
    if given and len(given) < len(ADDRESSES):
        missing = "、".join(name for name in ADDRESSES if name not in given)
        raise CannotStart(
            f"设置了 {given[0]}，但没有设置 {missing}：请全部设置，或都不设置。",
            f"{given[0]} is set, but not {missing.replace('、', ', ')}: set all of them, or none.",
        )
    return bool(given)


def var_folder(env: Mapping[str, str]) -> Path:
    """The folder for everything the installation writes."""
    return Path(env.get("VAR_DIR") or "var").resolve()


def is_free(host: str, port: int) -> bool:
    """Whether we could listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.socket(family)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError:
            return False
    return True


def _next_free(host: str, wanted: int) -> int:
    candidates = (*range(wanted, 65_536), *range(1_024, wanted))
    free: int = next(port for port in candidates if is_free(host, port))
    return free


def _port(text: str) -> int:
    if text.isdecimal() and 0 < int(text) < 65_536:
        return int(text)
    raise CannotStart(f"PORT={text} 不是端口号。", f"PORT={text} is not a port number.")
