"""A live server for load tests: gunicorn with two workers of sixteen threads, and the sandbox payment gateway.

The rows of the steps before the submission (sign-in, address, cart, CSRF token) are inserted directly; the submission itself
passes through HTTP, session, CSRF check, form, services and gateway.
"""

from __future__ import annotations

import http.client
import os
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

from flask import Flask, session
from flask_wtf.csrf import generate_csrf
from sqlalchemy import Engine, insert, text

from benchmarks import servers as commands
from local.embedded import EmbeddedServers
from marketplace.kernel import clock
from marketplace.kernel.ids import random_token, uuid7
from marketplace.kernel.settings import Settings
from tenants.accounts.models import Realm, UserSession
from tenants.accounts.sessions import hash_token
from tenants.addresses.models import Address
from tests.actors import Person

ROOT = Path(__file__).resolve().parents[3]
GUNICORN_ARGS = ("--workers", "2", "--worker-class", "gthread", "--threads", "16", "--no-control-socket")
TIMEOUT_S = 60


@dataclass(frozen=True, kw_only=True)
class PreparedRequest:
    """A request that is ready to be sent. With `disconnect`, the client disconnects before the response."""

    path: str
    headers: dict[str, str]
    body: str
    disconnect: bool = False


@dataclass(frozen=True, kw_only=True)
class TimedResponse:
    """A response with its duration in seconds. Status 0: no response."""

    status: int
    page: str
    location: str
    seconds: float


@dataclass(frozen=True, kw_only=True)
class LiveServer:
    """The port of a live server, and the process id of the gunicorn arbiter."""

    port: int
    master_pid: int


@contextmanager
def run_server(
    servers: EmbeddedServers, settings: Settings, directory: Path, wsgi_target: str = "wsgi:app", **extra_env: str
) -> Iterator[LiveServer]:
    """Serve `wsgi_target` on the test database until the block ends, with extra environment variables."""
    port, gateway = commands.free_port(), commands.free_port()
    env = {
        **os.environ,
        **servers.environment(),
        "SECRET_KEY": settings.secret_key,
        "BASE_URL": f"http://127.0.0.1:{port}",
        "GATEWAY_URL": f"http://127.0.0.1:{gateway}",
        "GATEWAY_SECRET": "a secret shared with the gateway",
        "ENVIRONMENT": "development",
        "VAR_DIR": str(directory),
        "RATE_LIMITS": "no",  # all clients have the same address
        **extra_env,
    }
    gateway_command = [sys.executable, "-m", "billing.payments.sandbox_gateway", "--mute", "--port", str(gateway)]
    web_command = [sys.executable, "-m", "gunicorn", *GUNICORN_ARGS, "--bind", f"127.0.0.1:{port}", wsgi_target]
    with ExitStack() as stack:
        for command, command_port, probe in ((gateway_command, gateway, "/"), (web_command, port, "/healthz")):
            process = commands.run_server(
                command, port=command_port, env=env, folder=ROOT, probe=probe, log=directory / "live_server.log"
            )
            pid = stack.enter_context(process)
        yield LiveServer(port=port, master_pid=pid)


def build_checkout_requests(
    app: Flask, superuser: Engine, people: Sequence[Person], expected_minor: int
) -> list[PreparedRequest]:
    """Build one checkout submission per buyer, with inserted session and address and this expected total."""
    tokens = [random_token() for _ in people]
    addresses = [_address_row(person) for person in people]
    with superuser.begin() as connection:
        connection.execute(text("set local session_replication_role = replica"))
        connection.execute(
            insert(UserSession),
            [_session_row(person, session_token) for person, session_token in zip(people, tokens, strict=True)],
        )
        connection.execute(insert(Address), addresses)
    return [
        build_request(
            app,
            "/checkout",
            session_token,
            key=random_token(16),
            address=str(address["id"]),
            expected=str(expected_minor),
            do="place",
        )
        for session_token, address in zip(tokens, addresses, strict=True)
    ]


def build_request(app: Flask, path: str, session_token: str = "", **form: str) -> PreparedRequest:
    """Build a form submission with its own cookie session and CSRF token, signed in by `session_token`."""
    with app.test_request_context():
        csrf_token = generate_csrf()
        session_cookie = app.session_interface.get_signing_serializer(app).dumps(dict(session))  # type: ignore[attr-defined]
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept-Language": "zh-CN,zh;q=0.9",
        "Cookie": f"shop={session_token}; visit={session_cookie}",
        "Connection": "close",
    }
    return PreparedRequest(path=path, headers=headers, body=urlencode({"csrf_token": csrf_token, **form}))


def send_concurrently(port: int, requests: Sequence[PreparedRequest], in_flight: int) -> list[TimedResponse]:
    """Send all requests, `in_flight` at a time, each over its own connection."""
    with ThreadPoolExecutor(max_workers=in_flight) as pool:
        return list(pool.map(lambda prepared: _send(port, prepared), requests))


def _send(port: int, prepared: PreparedRequest) -> TimedResponse:
    started = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    try:
        connection.request("POST", prepared.path, prepared.body, prepared.headers)
        if prepared.disconnect:
            return TimedResponse(status=0, page="", location="", seconds=time.perf_counter() - started)
        response = connection.getresponse()
        status, page, location = response.status, response.read().decode(), response.headers.get("Location") or ""
    except (OSError, http.client.HTTPException) as exc:
        status, page, location = 0, repr(exc), ""
    finally:
        connection.close()
    return TimedResponse(status=status, page=page, location=location, seconds=time.perf_counter() - started)


def p99_seconds(responses: Sequence[TimedResponse]) -> float:
    """Return the 99th percentile of the response times in seconds."""
    return sorted(response.seconds for response in responses)[len(responses) * 99 // 100]


def _session_row(person: Person, session_token: str) -> dict[str, object]:
    moment = clock.now()
    profile = {"name": "王经理", "login": "b", "email": "b@example.com", "buyer_id": str(person.buyer_id)}
    return {
        "id": uuid7(),
        "token_hash": hash_token(session_token),
        "account_id": person.account_id,
        "realm": Realm.SHOP,
        "profile": {**profile, "locale": "zh_Hans", "confirmed": True},
        "started_at": moment,
        "seen_at": moment,
        "expires_at": moment + timedelta(days=1),
    }


def _address_row(person: Person) -> dict[str, object]:
    return {
        "id": uuid7(),
        "buyer_id": person.buyer_id,
        "name": "王经理",
        "phone": "13805718866",
        "region_code": "330110",
        "street": "仓前街道 88 号",
        "postcode": "311121",
        "is_default": True,
    }
