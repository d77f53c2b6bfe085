"""Tokens in every private text of the foreign tenants must not appear on any page that others can reach."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from marketplace.kernel import cache
from tests.actors import Person
from tests.security.crawler import Crawler
from tests.security.isolation_switch import without_orm_isolation, without_row_security
from tests.security.target import AttackTarget, private_text_columns

SHARED_DATABASE = True
TOKEN = re.compile(r"zq\d{4}zq")
START_PAGES = {
    "owner": ("/desk/acme/", "/account/", "/"),
    "clerk": ("/desk/acme/",),
    "buyer": ("/", "/account/", "/orders", "/cart", "/apply/"),
    "visitor": ("/", "/search?q=zq", "/suggest?q=zq", "/sitemap.xml", "/robots.txt", "/api/v1/"),
}
OWN_START_PAGES = {"rival_owner": ("/desk/rival/", "/account/"), "other_buyer": ("/account/", "/orders", "/cart", "/apply/")}
EXCLUDED_COLUMNS = {"accounts": {"login", "password_hash"}}  # overwriting these would prevent the logins


@pytest.fixture(scope="module")
def leak_tokens(attack_target: AttackTarget) -> Iterator[dict[str, str]]:
    """Write tokens into the private texts of rival and other_buyer; return the column of each token."""
    owners = {
        "merchant_id": attack_target.actors.rival_id,
        "buyer_id": attack_target.actors.other_buyer.buyer_id,
        "account_id": attack_target.actors.other_buyer.account_id,
    }
    tables = copy_private_tables(attack_target.engine)
    tokens: dict[str, str] = {}
    for number, (table, column, _) in enumerate(private_text_columns()):
        token = f"zq{number:04d}zq"
        if column not in EXCLUDED_COLUMNS.get(table, ()) and write_token(attack_target.engine, table, column, token, owners):
            tokens[token] = f"{table}.{column}"
    cache.clear_all()
    yield tokens
    restore_private_tables(attack_target.engine, tables)
    cache.clear_all()


def copy_private_tables(engine: Engine) -> list[str]:
    """Copy every private table into the schema `backup`."""
    tables = sorted({table for table, _, _ in private_text_columns()})
    with engine.begin() as connection:
        connection.execute(text("drop schema if exists backup cascade"))
        connection.execute(text("create schema backup"))
        for table in tables:
            connection.execute(text(f'create table backup."{table}" as table public."{table}"'))
    return tables


def restore_private_tables(engine: Engine, tables: list[str]) -> None:
    """Restore the texts from the copies."""
    columns: dict[str, list[str]] = {}
    for table, column, _ in private_text_columns():
        columns.setdefault(table, []).append(column)
    with engine.begin() as connection:
        connection.execute(text("set local session_replication_role = replica"))
        for table in tables:
            assignments = ", ".join(f'"{column}" = k."{column}"' for column in columns[table])
            (key,) = connection.execute(text(PRIMARY_KEY_SQL), {"table": table}).scalars().all()[:1] or ("id",)
            connection.execute(
                text(f'update public."{table}" t set {assignments} from backup."{table}" k where t."{key}" = k."{key}"')
            )
        connection.execute(text("drop schema backup cascade"))


PRIMARY_KEY_SQL = """
select a.attname from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey)
where i.indisprimary and i.indnatts = 1 and i.indrelid = ('public.' || quote_ident(:table))::regclass
"""


def write_token(engine: Engine, table: str, column: str, token: str, owners: dict[str, Any]) -> bool:
    """Write the token into the foreign rows (into one row of unique columns); return False if no row accepts it."""
    with engine.connect() as connection:
        columns = connection.execute(text(COLUMNS_SQL), {"table": table}).scalars().all()
    conditions = {name: value for name, value in owners.items() if name in columns}
    if "merchant_id" in conditions and "buyer_id" not in conditions:
        conditions.pop("account_id", None)
    where = " and ".join(f'"{name}" = :{name}' for name in conditions) or "false"
    for row_filter in (where, f'ctid = (select ctid from "{table}" where {where} limit 1)'):
        try:
            with engine.begin() as connection:
                connection.execute(text("set local session_replication_role = replica"))
                return bool(
                    connection.execute(
                        text(f'update "{table}" set "{column}" = :t where {row_filter}'), {"t": token, **conditions}
                    ).rowcount
                )
        except DBAPIError:
            continue
    return False


COLUMNS_SQL = "select column_name from information_schema.columns where table_schema = 'public' and table_name = :table"


def response_text(response: Any) -> str:
    """Return the whole content of a response: headers, text, and the files inside a workbook."""
    head = str(response.headers)
    if response.data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(response.data)) as archive:
            return head + "".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())
    return head + response.data.decode("utf-8", "replace")


def visible_tokens(attack_target: AttackTarget, person: Person | None, starts: tuple[str, ...]) -> dict[str, set[str]]:
    """Return the tokens on all reachable pages and on responses to paths with foreign ids: token to paths."""
    client = person.client() if person else attack_target.app.test_client()
    paths_by_token: dict[str, set[str]] = {}
    responses = dict(Crawler(attack_target.app, client, max_per_route=2).crawl(*starts).responses)
    for rule in attack_target.rules():
        path = attack_target.build_path(rule, ownership="theirs") if "GET" in rule.methods else None
        if path is not None and path not in responses:
            responses[path] = client.get(path)
    for path, response in responses.items():
        for token in TOKEN.findall(response_text(response)):
            paths_by_token.setdefault(token, set()).add(path)
    return paths_by_token


def test_owner_sees_own_tokens(attack_target: AttackTarget, leak_tokens: dict[str, str]) -> None:
    """Check that the owners see their tokens, which also fills the caches with them."""
    visible = {
        token
        for name, starts in OWN_START_PAGES.items()
        for token in visible_tokens(attack_target, getattr(attack_target.actors, name), starts)
    }
    assert len(visible & set(leak_tokens)) >= 6, sorted(leak_tokens[token] for token in visible & set(leak_tokens))


@pytest.mark.parametrize("name", list(START_PAGES))
def test_other_tenants_see_no_tokens(attack_target: AttackTarget, leak_tokens: dict[str, str], name: str) -> None:
    paths_by_token = visible_tokens(attack_target, getattr(attack_target.actors, name, None), START_PAGES[name])
    assert {leak_tokens[token]: sorted(paths) for token, paths in paths_by_token.items() if token in leak_tokens} == {}


def test_emails_to_others_contain_no_tokens(attack_target: AttackTarget, leak_tokens: dict[str, str]) -> None:
    with attack_target.engine.connect() as connection:
        emails = connection.execute(text('select "to", subject || text from emails')).all()
    allowed_recipients = {"rival_owner@example.com", "other_buyer@example.com"}
    assert [
        to for to, content in emails if TOKEN.search(content) and to not in allowed_recipients and not TOKEN.search(to)
    ] == []


def test_control_tokens_leak_without_isolation(attack_target: AttackTarget, leak_tokens: dict[str, str]) -> None:
    """Control: without both layers of isolation the same crawl finds tokens."""
    with without_orm_isolation(), without_row_security(attack_target.app, attack_target.engine):
        cache.clear_all()
        assert visible_tokens(attack_target, attack_target.actors.owner, ("/desk/acme/",))
    cache.clear_all()
