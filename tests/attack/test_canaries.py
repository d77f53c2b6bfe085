"""R24: a token in every private text of the other side; whatever we can reach, it is never there."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from marketplace.kernel import memo
from tests.attack.pages import Walk
from tests.attack.walls import without_row_security, without_scoping
from tests.attack.world import World, private_text_columns
from tests.cast import Person

ONE_WORLD = True
TOKEN = re.compile(r"zq\d{4}zq")
STARTS = {
    "owner": ("/desk/acme/", "/account/", "/"),
    "clerk": ("/desk/acme/",),
    "buyer": ("/", "/account/", "/orders", "/cart", "/apply/"),
    "visitor": ("/", "/search?q=zq", "/suggest?q=zq", "/sitemap.xml", "/robots.txt", "/api/v1/"),
}
OWN = {"rival_owner": ("/desk/rival/", "/account/"), "other_buyer": ("/account/", "/orders", "/cart", "/apply/")}
LOGINS = {"accounts": {"login", "password_hash"}}  # people could not come in any more


@pytest.fixture(scope="module")
def planted(world: World) -> Iterator[dict[str, str]]:
    """Tokens in the rival's, the other buyer's, and their common rows; each token's place."""
    owners = {
        "merchant_id": world.cast.rival_id,
        "buyer_id": world.cast.other_buyer.buyer_id,
        "account_id": world.cast.other_buyer.account_id,
    }
    before = copies(world.engine)
    tokens: dict[str, str] = {}
    for number, (table, column, _) in enumerate(private_text_columns()):
        token = f"zq{number:04d}zq"
        if column not in LOGINS.get(table, ()) and plant(world.engine, table, column, token, owners):
            tokens[token] = f"{table}.{column}"
    memo.forget_all()
    yield tokens
    restore(world.engine, before)
    memo.forget_all()


def copies(engine: Engine) -> list[str]:
    """Keep every private table as it is."""
    tables = sorted({table for table, _, _ in private_text_columns()})
    with engine.begin() as connection:
        connection.execute(text("drop schema if exists kept cascade"))
        connection.execute(text("create schema kept"))
        for table in tables:
            connection.execute(text(f'create table kept."{table}" as table public."{table}"'))
    return tables


def restore(engine: Engine, tables: list[str]) -> None:
    """Put the texts back."""
    columns: dict[str, list[str]] = {}
    for table, column, _ in private_text_columns():
        columns.setdefault(table, []).append(column)
    with engine.begin() as connection:
        connection.execute(text("set local session_replication_role = replica"))
        for table in tables:
            texts = ", ".join(f'"{column}" = k."{column}"' for column in columns[table])
            (key,) = connection.execute(text(KEY), {"table": table}).scalars().all()[:1] or ("id",)
            connection.execute(text(f'update public."{table}" t set {texts} from kept."{table}" k where t."{key}" = k."{key}"'))
        connection.execute(text("drop schema kept cascade"))


KEY = """
select a.attname from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey)
where i.indisprimary and i.indnatts = 1 and i.indrelid = ('public.' || quote_ident(:table))::regclass
"""


def plant(engine: Engine, table: str, column: str, token: str, owners: dict[str, Any]) -> bool:
    """Write the token into their rows (one of them where it must be unique); False where a rule refuses it or there is none."""
    with engine.connect() as connection:
        here = connection.execute(text(COLUMNS), {"table": table}).scalars().all()
    mine = {name: value for name, value in owners.items() if name in here}
    if "merchant_id" in mine and "buyer_id" not in mine:
        mine.pop("account_id", None)
    where = " and ".join(f'"{name}" = :{name}' for name in mine) or "false"
    for rows in (where, f'ctid = (select ctid from "{table}" where {where} limit 1)'):
        try:
            with engine.begin() as connection:
                connection.execute(text("set local session_replication_role = replica"))
                return bool(
                    connection.execute(
                        text(f'update "{table}" set "{column}" = :t where {rows}'), {"t": token, **mine}
                    ).rowcount
                )
        except DBAPIError:
            continue
    return False


COLUMNS = "select column_name from information_schema.columns where table_schema = 'public' and table_name = :table"


def said(answer: Any) -> str:
    """Everything that an answer says: its head, its text, the sheets inside a workbook."""
    head = str(answer.headers)
    if answer.data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(answer.data)) as inside:
            return head + "".join(inside.read(name).decode("utf-8", "replace") for name in inside.namelist())
    return head + answer.data.decode("utf-8", "replace")


def seen(world: World, person: Person | None, starts: tuple[str, ...]) -> dict[str, set[str]]:
    """The tokens on all pages that can be reached, and on the answers to addresses of theirs that cannot; by token, where."""
    browser = person.browser() if person else world.app.test_client()
    found: dict[str, set[str]] = {}
    answers = dict(Walk(world.app, browser, each=2).go(*starts).seen)
    for rule in world.rules():
        path = world.address(rule, whose="theirs") if "GET" in rule.methods else None
        if path is not None and path not in answers:
            answers[path] = browser.get(path)
    for path, answer in answers.items():
        for token in TOKEN.findall(said(answer)):
            found.setdefault(token, set()).add(path)
    return found


def test_the_other_side_sees_its_own_words(world: World, planted: dict[str, str]) -> None:
    """The tokens are where pages show them, and whatever is kept for speed is warm with them."""
    shown = {token for name, starts in OWN.items() for token in seen(world, getattr(world.cast, name), starts)}
    assert len(shown & set(planted)) >= 6, sorted(planted[token] for token in shown & set(planted))


@pytest.mark.parametrize("name", list(STARTS))
def test_nobody_else_sees_a_word_of_it(world: World, planted: dict[str, str], name: str) -> None:
    found = seen(world, getattr(world.cast, name, None), STARTS[name])
    assert {planted[token]: sorted(paths) for token, paths in found.items() if token in planted} == {}


def test_letters_carry_no_word_of_it_to_others(world: World, planted: dict[str, str]) -> None:
    with world.engine.connect() as connection:
        letters = connection.execute(text('select "to", subject || text from mails')).all()
    theirs = {"rival_owner@example.com", "other_buyer@example.com"}
    assert [to for to, words in letters if TOKEN.search(words) and to not in theirs and not TOKEN.search(to)] == []


def test_with_the_walls_down_the_words_are_found(world: World, planted: dict[str, str]) -> None:
    """Control: without scoping and row security the same walk sees them."""
    with without_scoping(), without_row_security(world.app, world.engine):
        memo.forget_all()
        assert seen(world, world.cast.owner, ("/desk/acme/",))
    memo.forget_all()
