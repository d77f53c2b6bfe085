"""The market as it is really served: gunicorn with two workers of sixteen threads, a cash desk, a crowd.

What a buyer did before pressing "order and pay" (signing in, an address, the cart, the form's token) is planted; the press
itself goes the whole way: HTTP, session, CSRF token, form, services, payment page.
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
from marketplace.kernel import clock
from marketplace.kernel.embedded import Servers
from marketplace.kernel.ids import secret_word, uuid7
from marketplace.kernel.settings import Settings
from tenants.accounts.models import Audience, SignInSession
from tenants.accounts.sessions import hashed
from tenants.addresses.models import Address
from tests.cast import Person

ROOT = Path(__file__).resolve().parents[3]
AS_SERVED = ("--workers", "2", "--worker-class", "gthread", "--threads", "16", "--no-control-socket")
PATIENCE = 60


@dataclass(frozen=True, kw_only=True)
class Press:
    """One request, ready to be sent. With `leaves`, the visitor is gone before the answer comes."""

    path: str
    headers: dict[str, str]
    body: str
    leaves: bool = False


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back, and after how many seconds. Status 0: nothing came."""

    status: int
    page: str
    location: str
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Market:
    """Where the market is served, and the process over its workers."""

    port: int
    arbiter: int


@contextmanager
def market(servers: Servers, settings: Settings, folder: Path, target: str = "wsgi:app", **more: str) -> Iterator[Market]:
    """Serve `target` on the test's own database until the block ends, perhaps with more in its environment."""
    port, gateway = commands.free_port(), commands.free_port()
    env = {
        **os.environ,
        **servers.environment(),
        "SECRET_KEY": settings.secret_key,
        "BASE_URL": f"http://127.0.0.1:{port}",
        "GATEWAY_URL": f"http://127.0.0.1:{gateway}",
        "GATEWAY_SECRET": "a secret between the market and its cash desk",
        "ENVIRONMENT": "development",
        "VAR_DIR": str(folder),
        "RATE_LIMITS": "no",  # the whole crowd comes from one address
        **more,
    }
    till = [sys.executable, "-m", "billing.payments.pretend", "--mute", "--port", str(gateway)]
    web = [sys.executable, "-m", "gunicorn", *AS_SERVED, "--bind", f"127.0.0.1:{port}", target]
    with ExitStack() as stack:
        for command, at, probe in ((till, gateway, "/"), (web, port, "/healthz")):
            running = commands.running(command, port=at, env=env, folder=ROOT, probe=probe, log=folder / "served.log")
            pid = stack.enter_context(running)
        yield Market(port=port, arbiter=pid)


def presses(app: Flask, superuser: Engine, people: Sequence[Person], expected: int) -> list[Press]:
    """Sign everybody in, give them an address and a fresh form over this sum: rows and cookies as the pages make them."""
    words = [secret_word() for _ in people]
    homes = [_home(one) for one in people]
    with superuser.begin() as connection:
        connection.execute(text("set local session_replication_role = replica"))
        connection.execute(insert(SignInSession), [_signed_in(one, word) for one, word in zip(people, words, strict=True)])
        connection.execute(insert(Address), homes)
    return [
        press(app, "/checkout", word, key=secret_word(16), address=str(home["id"]), expected=str(expected), do="place")
        for word, home in zip(words, homes, strict=True)
    ]


def press(app: Flask, path: str, word: str = "", **form: str) -> Press:
    """A form with the token of a visit of its own, sent by whom `word` signs in."""
    with app.test_request_context():
        token = generate_csrf()
        visit = app.session_interface.get_signing_serializer(app).dumps(dict(session))  # type: ignore[attr-defined]
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept-Language": "zh-CN,zh;q=0.9",
        "Cookie": f"shop={word}; visit={visit}",
        "Connection": "close",
    }
    return Press(path=path, headers=headers, body=urlencode({"csrf_token": token, **form}))


def crowd(port: int, sent: Sequence[Press], in_flight: int) -> list[Answer]:
    """Let them all press, so many at the same time, each over a connection of their own."""
    with ThreadPoolExecutor(max_workers=in_flight) as pool:
        return list(pool.map(lambda one: _send(port, one), sent))


def _send(port: int, one: Press) -> Answer:
    started = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("POST", one.path, one.body, one.headers)
        if one.leaves:
            return Answer(status=0, page="", location="", seconds=time.perf_counter() - started)
        answer = connection.getresponse()
        status, page, location = answer.status, answer.read().decode(), answer.headers.get("Location") or ""
    except (OSError, http.client.HTTPException) as trouble:
        status, page, location = 0, repr(trouble), ""
    finally:
        connection.close()
    return Answer(status=status, page=page, location=location, seconds=time.perf_counter() - started)


def late(answers: Sequence[Answer]) -> float:
    """After how many seconds 99 of 100 had their answer."""
    return sorted(one.seconds for one in answers)[len(answers) * 99 // 100]


def _signed_in(person: Person, word: str) -> dict[str, object]:
    moment = clock.now()
    face = {"name": "王经理", "login": "b", "email": "b@example.com", "buyer_id": str(person.buyer_id)}
    return {
        "id": uuid7(),
        "token_hash": hashed(word),
        "account_id": person.account_id,
        "audience": Audience.SHOP,
        "face": {**face, "locale": "zh_Hans", "confirmed": True},
        "started_at": moment,
        "seen_at": moment,
        "expires_at": moment + timedelta(days=1),
    }


def _home(person: Person) -> dict[str, object]:
    return {
        "id": uuid7(),
        "buyer_id": person.buyer_id,
        "name": "王经理",
        "phone": "13805718866",
        "region_code": "330110",
        "street": "仓前街道 88 号",
        "postcode": "311121",
        "usual": True,
    }
