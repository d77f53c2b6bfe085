"""R23: fifty tenants over two connections of each worker, requests that fail in every way: nobody sees another's rows."""

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

from marketplace.inventory.models import Location
from marketplace.kernel.embedded import Servers
from marketplace.kernel.ids import uuid7
from marketplace.kernel.settings import Settings
from tests.marketplace.checkout import served
from tests.marketplace.checkout.served import Answer, Press

pytestmark = pytest.mark.slow
STAGED = "tests.marketplace.checkout.staged:"
TENANTS = 50
FATES = ("", "", "", "", "trips", "sleeps", "cut", "leaves")
MISHAPS = (("trips", 500), ("sleeps", 503), ("cut", 503))


@pytest.fixture
def tenants(app: Flask, superuser: Engine) -> dict[str, UUID]:
    """Merchants with one private row each, past the wall."""
    found = {f"tenant-{number:02}": uuid7() for number in range(TENANTS)}
    with superuser.begin() as connection:
        connection.execute(text("set local session_replication_role = replica"))
        connection.execute(insert(Location), [{"merchant_id": owner, "name": name} for name, owner in found.items()])
    return found


def visits(
    app: Flask, tenants: dict[str, UUID], many: int, fates: Sequence[str] = FATES, nobodies: int = 1
) -> list[tuple[str, str, Press]]:
    """Who comes (a tenant, or nobody: `nobodies` as often as any tenant), how it ends, and the request."""
    dice, made = random.Random(23), []
    token = served.press(app, "/probe")
    for _ in range(many):
        name = dice.choice(("",) * nobodies + tuple(tenants))
        fate = dice.choice(fates)
        body = f"{token.body}&merchant={tenants.get(name, '')}&fate={fate}"
        made.append((name, fate, replace(token, body=body, leaves=fate == "leaves")))
    return made


def kill(arbiter: int, rounds: int, over: threading.Event) -> int:
    """kill -9 one of the workers, so many times; the arbiter starts another. How many were killed."""
    killed = 0
    while killed < rounds and not over.wait(1.5):
        workers = Path(f"/proc/{arbiter}/task/{arbiter}/children").read_text().split()
        if len(workers) == 2:
            os.kill(int(workers[killed % 2]), signal.SIGKILL)
            killed += 1
    return killed


def foreign(visits: Sequence[tuple[str, str, Press]], answers: Sequence[Answer]) -> list[tuple[str, str]]:
    """Who saw something else than their own row."""
    seen = [(name, one.page) for (name, _fate, _), one in zip(visits, answers, strict=True) if one.status == 200]
    return [(name, page) for name, page in seen if json.loads(page) != ([name] if name else [])]


def test_no_answer_carries_another_tenants_context(
    app: Flask, servers: Servers, settings: Settings, tmp_path: Path, tenants: dict[str, UUID]
) -> None:
    """2,000 requests: views that fail, statements out of time, connections cut, visitors who leave, workers killed."""
    wanted, over, killed = visits(app, tenants, 2000), threading.Event(), []
    with served.market(servers, settings, tmp_path, f"{STAGED}probing()", DATABASE_POOL="1") as market:
        killer = threading.Thread(target=lambda: killed.append(kill(market.arbiter, 3, over)))
        killer.start()
        answers = served.crowd(market.port, [press for *_, press in wanted], in_flight=24)
        over.set()
        killer.join()
    assert foreign(wanted, answers) == []
    fates = Counter((fate, one.status) for (_, fate, _), one in zip(wanted, answers, strict=True))
    assert fates["", 200] >= 800, fates
    assert [mishap for mishap in MISHAPS if fates[mishap] < 100] == [], fates
    assert sum(count for (_, status), count in fates.items() if status == 200) == fates["", 200], fates
    assert killed[0] >= 1


def test_control_a_setting_that_outlives_its_transaction_is_seen(
    app: Flask, servers: Servers, settings: Settings, tmp_path: Path, tenants: dict[str, UUID]
) -> None:
    """SET instead of SET LOCAL: the next borrower of the connection, who is nobody, sees a tenant's row."""
    wanted = visits(app, tenants, 400, fates=("",), nobodies=TENANTS)
    with served.market(servers, settings, tmp_path, f"{STAGED}leaky()", DATABASE_POOL="1") as market:
        answers = served.crowd(market.port, [press for *_, press in wanted], in_flight=24)
    assert foreign(wanted, answers) != []
