"""Crowds at a market as it is really served: for the last hundred metres (R1), and for the same few hot goods (R3)."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from marketplace.kernel.db import unit_of_work
from marketplace.kernel.embedded import Servers
from marketplace.kernel.ids import secret_word
from marketplace.kernel.settings import Settings
from tests.cast import Cast
from tests.factories import goods
from tests.marketplace.checkout import served
from tests.marketplace.checkout.served import Answer, Press
from tests.marketplace.checkout.test_races import counted, the_last, townsfolk

pytestmark = pytest.mark.slow
STAGED = "tests.marketplace.checkout.staged:"
PRICE = 1850
GONE = "暂时缺货"
Serving = Callable[..., AbstractContextManager[served.Market]]


@pytest.fixture
def serving(servers: Servers, settings: Settings, tmp_path: Path) -> Serving:
    """`with serving() as market:` the market is served."""
    return partial(served.market, servers, settings, tmp_path)


@pytest.fixture
def server_log(servers: Servers) -> Callable[[], str]:
    """What the database server has noted since the test began."""
    log = servers.home / "log" / "postgres.log"
    before = log.stat().st_size
    return lambda: log.read_bytes()[before:].decode()


def kinds(answers: Sequence[Answer]) -> dict[str, int]:
    """How often what was answered: sent on to the cash desk, told that it is sold out, kept, or anything else by its status."""
    found: Counter[str] = Counter()
    for one in answers:
        if one.status == 303 and "/pay/" in one.location:
            found["ordered"] += 1
        elif one.status == 409 and GONE in one.page:
            found["sold out"] += 1
        elif one.status == 200 and one.page == "kept":
            found["kept"] += 1
        else:
            found[f"{one.status} {one.location}"] += 1
    return dict(found)


def test_two_thousand_presses_for_a_hundred_units(app: Flask, cast: Cast, superuser: Engine, serving: Serving) -> None:
    """R1: exactly 100 orders, 100 promised, 1,900 are told that it is sold out, nothing is torn."""
    variant = the_last(app, cast, 100)
    people = townsfolk(app, superuser, [[variant]] * 2000)
    sent = served.presses(app, superuser, people, PRICE)
    with serving() as market:
        answers = served.crowd(market.port, sent, in_flight=160)
    assert kinds(answers) == {"ordered": 100, "sold out": 1900}
    assert counted(superuser) == (100, 100, 100)


def test_control_without_the_guard_the_served_market_oversells(
    app: Flask, cast: Cast, superuser: Engine, serving: Serving
) -> None:
    """The same door, stock promised by check-then-update: more orders than units."""
    variant = the_last(app, cast, 10)
    people = townsfolk(app, superuser, [[variant]] * 100)
    sent = served.presses(app, superuser, people, PRICE)
    with serving(f"{STAGED}unguarded()") as market:
        answers = served.crowd(market.port, sent, in_flight=160)
    assert kinds(answers) != {"ordered": 10, "sold out": 90}
    assert counted(superuser)[1] > 10


def hot_goods(app: Flask, cast: Cast) -> list[UUID]:
    """Ten things that everybody wants, plenty of each."""
    with app.app_context(), unit_of_work():
        kind = goods.category(attributes=True).id
        return [goods.product(cast.acme_id, kind, on_hand=5000).variants[0].id for _ in range(10)]


def handfuls(app: Flask, hot: Sequence[UUID], many: int) -> list[Press]:
    """So many carts of three of them, as the stock's bare door takes them."""
    dice = random.Random(7)
    return [served.press(app, "/keep", key=secret_word(16), goods=" ".join(map(str, dice.sample(hot, 3)))) for _ in range(many)]


def test_three_thousand_carts_of_hot_goods_never_deadlock(
    app: Flask,
    cast: Cast,
    superuser: Engine,
    serving: Serving,
    server_log: Callable[[], str],
) -> None:
    """R3: three of ten hot goods each, 3,000 times, 128 in flight.

    At the stock's own service behind a bare door (HTTP, session, token, one transaction): the locks are all there, and whole
    checkouts of so many would take minutes. Three hundred of those follow in the next test.
    """
    sent = handfuls(app, hot_goods(app, cast), 3000)
    with serving(f"{STAGED}with_a_bare_door()") as market:
        answers = served.crowd(market.port, sent, in_flight=128)
    print(f"{served.late(answers):.1f} s until 99 of 100 were answered")
    assert kinds(answers) == {"kept": 3000}
    assert held(superuser) == (9000, 9000)
    assert "deadlock detected" not in server_log()


def test_three_hundred_whole_checkouts_of_hot_goods_never_deadlock(
    app: Flask,
    cast: Cast,
    superuser: Engine,
    serving: Serving,
    server_log: Callable[[], str],
) -> None:
    """R3 through the whole PREPARE and up to the cash desk."""
    hot, dice = hot_goods(app, cast), random.Random(11)
    people = townsfolk(app, superuser, [dice.sample(hot, 3) for _ in range(300)])
    sent = served.presses(app, superuser, people, 3 * PRICE)
    with serving() as market:
        answers = served.crowd(market.port, sent, in_flight=128)
    print(f"{served.late(answers):.1f} s until 99 of 100 were answered")
    assert kinds(answers) == {"ordered": 300}
    assert counted(superuser) == (300, 300, 900)
    assert "deadlock detected" not in server_log()


def test_control_shuffled_locks_deadlock_at_the_served_market(
    app: Flask, cast: Cast, serving: Serving, server_log: Callable[[], str]
) -> None:
    """The same carts, locked as they come: the server's log is full of victims."""
    sent = handfuls(app, hot_goods(app, cast), 60)
    with serving(f"{STAGED}shuffled()") as market:
        answers = served.crowd(market.port, sent, in_flight=60)
    assert kinds(answers) != {"kept": 60}
    assert "deadlock detected" in server_log()


def held(superuser: Engine) -> tuple[int, int]:
    """What is promised at the levels, and what the holds add up to."""
    with superuser.connect() as connection:
        row = connection.execute(
            text(
                "select (select sum(held) from stock_levels), (select sum(quantity) from stock_holds where released_at is null)"
            )
        ).one()
    return int(row[0]), int(row[1])
