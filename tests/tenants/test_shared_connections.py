"""Tests of tenant isolation under load: 50 tenants share two connections per worker while requests fail in every way."""

from __future__ import annotations

import json
import os
import random
import signal
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Engine, insert, text

from local.embedded import EmbeddedServers
from marketplace.inventory.models import Location
from marketplace.kernel.ids import uuid7
from marketplace.kernel.settings import Settings
from tests.marketplace.checkout import live_server
from tests.marketplace.checkout.live_server import PreparedRequest, TimedResponse

pytestmark = pytest.mark.slow
WSGI_VARIANTS = "tests.marketplace.checkout.wsgi_variants:"
TENANTS = 50
OUTCOMES = ("", "", "", "", "error", "timeout", "db_disconnect", "client_disconnect")
EXPECTED_FAILURES = (("error", 500), ("timeout", 503), ("db_disconnect", 503))


@pytest.fixture
def tenants(app: Flask, superuser: Engine) -> dict[str, UUID]:
    """Insert merchants with one private row each, bypassing row-level security."""
    merchant_ids = {f"tenant-{number:02}": uuid7() for number in range(TENANTS)}
    with superuser.begin() as connection:
        connection.execute(text("set local session_replication_role = replica"))
        connection.execute(insert(Location), [{"merchant_id": owner, "name": name} for name, owner in merchant_ids.items()])
    return merchant_ids


def build_requests(
    app: Flask, tenants: dict[str, UUID], count: int, outcomes: Sequence[str] = OUTCOMES, anonymous_weight: int = 1
) -> list[tuple[str, str, PreparedRequest]]:
    """Return (tenant name, outcome, request) for random requests.

    The name is empty for anonymous requests, which are `anonymous_weight` times as frequent as those of any one tenant.
    """
    rng, requests = random.Random(23), []
    token = live_server.build_request(app, "/probe")
    for _ in range(count):
        name = rng.choice(("",) * anonymous_weight + tuple(tenants))
        outcome = rng.choice(outcomes)
        body = f"{token.body}&merchant={tenants.get(name, '')}&failure={outcome}"
        requests.append((name, outcome, replace(token, body=body, disconnect=outcome == "client_disconnect")))
    return requests


def kill_workers(arbiter: int, times: int, stop_event: threading.Event) -> int:
    """Kill a worker with SIGKILL this many times; the arbiter starts another. Return the number of killed workers."""
    killed = 0
    while killed < times and not stop_event.wait(1.5):
        workers = Path(f"/proc/{arbiter}/task/{arbiter}/children").read_text().split()
        if len(workers) == 2:
            os.kill(int(workers[killed % 2]), signal.SIGKILL)
            killed += 1
    return killed


def find_foreign_rows(
    requests: Sequence[tuple[str, str, PreparedRequest]], responses: Sequence[TimedResponse]
) -> list[tuple[str, str]]:
    """Return (tenant name, page) of all responses that contain something else than the tenant's own row."""
    pages = [
        (name, response.page)
        for (name, _outcome, _), response in zip(requests, responses, strict=True)
        if response.status == 200
    ]
    return [(name, page) for name, page in pages if json.loads(page) != ([name] if name else [])]


def test_shared_connections_never_leak_tenant_context(
    app: Flask, servers: EmbeddedServers, settings: Settings, tmp_path: Path, tenants: dict[str, UUID]
) -> None:
    """Send 2,000 requests with failing views, statement timeouts, cut connections, disconnecting clients and killed workers."""
    requests, stop_event, killed = build_requests(app, tenants, 2000), threading.Event(), []
    with live_server.run_server(servers, settings, tmp_path, f"{WSGI_VARIANTS}probe_app()", DATABASE_POOL="1") as server:
        killer = threading.Thread(target=lambda: killed.append(kill_workers(server.master_pid, 3, stop_event)))
        killer.start()
        responses = live_server.send_concurrently(server.port, [request for *_, request in requests], in_flight=24)
        stop_event.set()
        killer.join()
    assert find_foreign_rows(requests, responses) == []
    outcomes = Counter((outcome, response.status) for (_, outcome, _), response in zip(requests, responses, strict=True))
    assert outcomes["", 200] >= 800, outcomes
    assert [failure for failure in EXPECTED_FAILURES if outcomes[failure] < 100] == [], outcomes
    assert sum(count for (_, status), count in outcomes.items() if status == 200) == outcomes["", 200], outcomes
    assert killed[0] >= 1


def test_control_session_level_setting_leaks_tenant_context(
    app: Flask, servers: EmbeddedServers, settings: Settings, tmp_path: Path, tenants: dict[str, UUID]
) -> None:
    """Check the test itself: with SET instead of SET LOCAL an anonymous request sees the row of the connection's last tenant."""
    requests = build_requests(app, tenants, 400, outcomes=("",), anonymous_weight=TENANTS)
    with live_server.run_server(
        servers, settings, tmp_path, f"{WSGI_VARIANTS}leaking_context_app()", DATABASE_POOL="1"
    ) as server:
        responses = live_server.send_concurrently(server.port, [request for *_, request in requests], in_flight=24)
    assert find_foreign_rows(requests, responses) != []
