"""Attack target: a seeded application with rows of two tenants, and queries that bypass row-level security.

Tables and routes are read from the schema and the URL map, so that new ones are attacked without changes to the tests.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import Engine, text
from werkzeug.routing import Rule

from marketplace.kernel.db import Base
from marketplace.kernel.ids import uuid7
from marketplace.kernel.tenancy import RowOwnership
from tests.actors import Actors

NIL = UUID("00000000-0000-7000-8000-000000000000")
# Values for route arguments that are not ids.
ARGUMENT_VALUES: dict[str, str] = {
    **dict.fromkeys(("path", "filename", "key", "what"), "x"),
    **{"locale": "en", "token": "no-such-token", "kind": "order"},
}
# Tables of route arguments whose names do not tell the table.
TABLE_BY_ARGUMENT: dict[str, str] = {"slug": "categories", "code": "products", "entry_id": "ledger_entries"}
# Order that selects unpublished rows first, because published rows are visible to everyone.
PRIVATE_ROWS_FIRST: dict[str, str] = {
    "products": "state <> 'draft', 1",
    **dict.fromkeys(
        ("variants", "pictures", "price_tiers"), "product_id not in (select id from products where state = 'draft'), 1"
    ),
}
SKIPPED_ENDPOINTS = {"static"}


@dataclass(frozen=True)
class AttackTarget:
    """Application under attack: acme and buyer are the own tenants, rival and other_buyer the foreign ones."""

    app: Flask
    engine: Engine
    actors: Actors
    buyer_pages: tuple[str, ...] = ("/", "/account/", "/apply/", "/apply/papers", "/apply/check", "/search", "/checkout")
    attacked_endpoints: dict[str, set[str]] = field(
        default_factory=dict
    )  # the routes that an attack has sent forms to, by attack

    def state_pages(self, role: str) -> tuple[str, ...]:
        """Return the pages of rows in particular states, which show other forms than most rows; they are crawled first."""
        merchant, buyer = self.actors.acme_id, self.actors.buyer.buyer_id
        queries_by_role = {
            "owner": ("/desk/acme/products/", "select distinct on (state) id from products where merchant_id = :merchant"),
            "admin": ("/console/catalogue/products/", "select id from products where state = 'in_review' limit 1"),
            "buyer": ("/orders/", "select number from orders where buyer_id = :buyer and shipped_all limit 1"),
        }
        prefix, query = queries_by_role[role]
        with self.engine.connect() as connection:
            rows = connection.execute(text(query), {"merchant": merchant, "buyer": buyer}).scalars()
            return tuple(f"{prefix}{row}" for row in rows)

    def rules(self, *sites: str) -> list[Rule]:
        """Return the routes of the given sites (all routes if none is given), without static files."""
        rules = [
            rule for rule in self.app.url_map.iter_rules() if rule.endpoint not in SKIPPED_ENDPOINTS and not rule.subdomain
        ]
        return [rule for rule in rules if not sites or rule.endpoint.split(".")[0] in sites]

    def build_path(self, rule: Rule, *, ownership: str, slug: str = "acme") -> str | None:
        """Build a path of the route with ids of own, foreign or nonexistent rows; None if there is no such row.

        Args:
            rule: route of the path.
            ownership: "ours", "theirs" or "nobody" (nonexistent ids).
            slug: merchant slug of the path.
        """
        values: dict[str, Any] = {}
        for name in rule.arguments:
            value = self.argument_value(rule, name, ownership=ownership, slug=slug)
            if value is None:
                return None
            values[name] = value
        path = self.app.url_map.bind("localhost").build(rule.endpoint, values, force_external=False)
        return re.sub(r"^https?://[^/]+", "", str(path))

    def argument_value(self, rule: Rule, name: str, *, ownership: str, slug: str) -> Any:
        """Return the value of one route argument."""
        if name in ("merchant", "store"):
            return slug
        converter = type(rule._converters[name]).__name__
        if converter == "IntegerConverter":
            return 1
        if converter == "AnyConverter":
            return sorted(rule._converters[name].items)[0]
        if converter != "UUIDConverter":
            return self.text_argument(rule, name, ownership)
        return uuid7() if ownership == "nobody" else self.row_id(name, ownership)

    def text_argument(self, rule: Rule, name: str, ownership: str) -> str | None:
        """Return the value of a text argument: a fixed one, or one from the table that the argument names."""
        if name in ARGUMENT_VALUES:
            return ARGUMENT_VALUES[name]
        table, column = self.text_column(rule, name)
        if table is None or column is None:
            return "x"  # an argument without a table: the route rejects unknown values
        if ownership == "nobody":
            return "no-such-thing"
        return self.first_value(table, column, ownership)

    def text_column(self, rule: Rule, name: str) -> tuple[Any, str | None]:
        """Return table and column of a text argument: <number> of the endpoint `purchase` is in the table purchases."""
        table = find_table(name)
        if table is not None:
            return table, next((column for column in ("slug", "code", "number") if column in table.columns), None)
        for name_part in (*reversed(rule.endpoint.split(".")), "order"):
            table = find_table(name_part)
            if table is not None and name in table.columns:
                return table, name
        return None, None

    def row_id(self, name: str, ownership: str) -> Any:
        """Return the id of an own or foreign row in the table that the argument names."""
        table = find_table(name)
        if table is None:
            raise AssertionError(f"add the table of <{name}> to TABLE_BY_ARGUMENT in tests/security/target.py")
        return self.first_value(table, "id" if "id" in table.columns else next(iter(table.primary_key.columns)).name, ownership)

    def first_value(self, table: Any, column: str, ownership: str) -> Any:
        """Return a value of a row with the given ownership (of any row in tables without owners)."""
        merchant = self.actors.acme_id if ownership == "ours" else self.actors.rival_id
        person = self.actors.buyer if ownership == "ours" else self.actors.other_buyer
        owners = {"merchant_id": merchant, "buyer_id": person.buyer_id, "account_id": person.account_id}
        owner_filter = {owner: value for owner, value in owners.items() if owner in table.columns and owner != "account_id"}
        if not owner_filter and "account_id" in table.columns:
            owner_filter = {"account_id": person.account_id}
        where = " and ".join(f'"{owner}" = :{owner}' for owner in owner_filter) or "true"
        with self.engine.connect() as connection:
            query = (
                f'select "{column}" from "{table.name}" where {where} order by {PRIVATE_ROWS_FIRST.get(table.name, 1)} limit 1'
            )
            return connection.execute(text(query), owner_filter).scalar()

    def table_checksums(self, *, exclude: frozenset[str] = frozenset()) -> dict[str, tuple[int, int]]:
        """Return row count and checksum of every table; equal results before and after prove that nothing was written."""
        checksums = {}
        with self.engine.connect() as connection:
            for table in Base.metadata.sorted_tables:
                if table.name not in exclude:
                    query = f'select count(*), coalesce(sum(hashtextextended(t::text, 0)), 0) from "{table.name}" t'
                    checksums[table.name] = tuple(connection.execute(text(query)).one())
        return checksums  # type: ignore[return-value]


def find_table(argument: str) -> Any:
    """Return the table that a route argument such as `product_id` or `product` names."""
    stem = TABLE_BY_ARGUMENT.get(argument, re.sub(r"_id$", "", argument))
    tables = {table.name: table for table in Base.metadata.sorted_tables}
    candidates = (stem, f"{stem}s", f"{stem}es", re.sub(r"y$", "ies", stem))
    exact = next((tables[name] for name in candidates if name in tables), None)
    if exact is not None:
        return exact
    suffix_matches = [
        table for name, table in tables.items() if any(name.endswith(f"_{candidate}") for candidate in candidates)
    ]
    return suffix_matches[0] if len(suffix_matches) == 1 else None


def private_text_columns() -> list[tuple[str, str, str]]:
    """Return (table, column, owner column) of every text column that is private to a merchant, a buyer or two parties."""
    columns = []
    for mapper in Base.registry.mappers:
        table = mapper.local_table
        if mapper.class_.__ownership__ not in (RowOwnership.MERCHANT, RowOwnership.BUYER, RowOwnership.PARTIES):
            continue
        owner = next(
            (name for name in ("merchant_id", "buyer_id", "account_id", "organisation_id") if name in table.columns), None
        )
        for column in table.columns:
            is_text = column.type.python_type is str if hasattr(column.type, "python_type") else False
            if owner and is_text and not column.foreign_keys and not column.primary_key and not hasattr(column.type, "enums"):
                columns.append((table.name, column.name, owner))  # type: ignore[attr-defined]
    return columns
