"""A populated market with two of everything, and ways to look at it from above the wall.

Everything here is found in the schema and the URL map, so that a new table or route is attacked without anybody adding it.
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
from marketplace.kernel.rows import DataClass
from tests.cast import Cast

NIL = UUID("00000000-0000-7000-8000-000000000000")
# Arguments of addresses that are no ids: what to put there.
WORDS: dict[str, str] = {
    **dict.fromkeys(("path", "filename", "key", "what"), "x"),
    **{"locale": "en", "word": "no-such-word", "kind": "order"},
}
# Which table an id names, where its name does not say so.
TABLES: dict[str, str] = {"slug": "categories", "code": "products"}
# Of rows that may be published, those that are not: what is on sale everybody may see.
HIDDEN_FIRST: dict[str, str] = {
    "products": "state <> 'draft', 1",
    **dict.fromkeys(
        ("variants", "pictures", "price_tiers"), "product_id not in (select id from products where state = 'draft'), 1"
    ),
}
SKIPPED = {"static"}


@dataclass(frozen=True)
class World:
    """The market under attack: acme is ours, rival is theirs; likewise buyer and other_buyer."""

    app: Flask
    engine: Engine
    cast: Cast
    buyers_pages: tuple[str, ...] = ("/", "/account/", "/apply/", "/apply/papers", "/apply/check", "/search", "/checkout")
    reached: dict[str, set[str]] = field(default_factory=dict)  # the routes that an attack has sent forms to, by attack

    def stages(self, who: str) -> tuple[str, ...]:
        """Pages that show other forms than their neighbours because of the state of what they show: to be seen first."""
        merchant, buyer = self.cast.acme_id, self.cast.buyer.buyer_id
        found = {
            "owner": ("/desk/acme/products/", "select distinct on (state) id from products where merchant_id = :merchant"),
            "admin": ("/console/catalogue/products/", "select id from products where state = 'in_review' limit 1"),
            "buyer": ("/orders/", "select number from orders where buyer_id = :buyer and shipped_all limit 1"),
        }
        stem, query = found[who]
        with self.engine.connect() as connection:
            rows = connection.execute(text(query), {"merchant": merchant, "buyer": buyer}).scalars()
            return tuple(f"{stem}{row}" for row in rows)

    def rules(self, *doors: str) -> list[Rule]:
        """The routes of these doors (all without any), without static files."""
        found = [rule for rule in self.app.url_map.iter_rules() if rule.endpoint not in SKIPPED and not rule.subdomain]
        return [rule for rule in found if not doors or rule.endpoint.split(".")[0] in doors]

    def address(self, rule: Rule, *, whose: str, slug: str = "acme") -> str | None:
        """The route's address with ids of `whose` rows: ours, theirs, or nobody's. None when the market holds no such row."""
        values: dict[str, Any] = {}
        for name in rule.arguments:
            value = self.argument(rule, name, whose=whose, slug=slug)
            if value is None:
                return None
            values[name] = value
        path = self.app.url_map.bind("localhost").build(rule.endpoint, values, force_external=False)
        return re.sub(r"^https?://[^/]+", "", str(path))

    def argument(self, rule: Rule, name: str, *, whose: str, slug: str) -> Any:
        """One part of an address."""
        if name in ("merchant", "store"):
            return slug
        converter = type(rule._converters[name]).__name__
        if converter == "IntegerConverter":
            return 1
        if converter == "AnyConverter":
            return sorted(rule._converters[name].items)[0]
        if converter != "UUIDConverter":
            return self.word(rule, name, whose)
        return uuid7() if whose == "nobody" else self.row_of(name, whose)

    def word(self, rule: Rule, name: str, whose: str) -> str | None:
        """A part that is a word: a known one, or one out of the table that it names."""
        if name in WORDS:
            return WORDS[name]
        table, column = self.worded(rule, name)
        if table is None or column is None:
            return "x"  # a word of the route's own: what it does not know is not there
        if whose == "nobody":
            return "no-such-thing"
        return self.first(table, column, whose)

    def worded(self, rule: Rule, name: str) -> tuple[Any, str | None]:
        """The table and column of a word: <product> is a product's slug or code; <number> of `purchase` is in purchases."""
        table = table_named(name)
        if table is not None:
            return table, next((column for column in ("slug", "code", "number") if column in table.columns), None)
        for word in (*reversed(rule.endpoint.split(".")), "order"):
            table = table_named(word)
            if table is not None and name in table.columns:
                return table, name
        return None, None

    def row_of(self, name: str, whose: str) -> Any:
        """The id of a row of ours or theirs in the table that the argument names."""
        table = table_named(name)
        if table is None:
            raise AssertionError(f"teach tests/attack/world.py which table <{name}> names")
        return self.first(table, "id" if "id" in table.columns else next(iter(table.primary_key.columns)).name, whose)

    def first(self, table: Any, column: str, whose: str) -> Any:
        """One value out of a table, of a row that belongs to the side asked for (any row where nobody owns them)."""
        merchant = self.cast.acme_id if whose == "ours" else self.cast.rival_id
        person = self.cast.buyer if whose == "ours" else self.cast.other_buyer
        owners = {"merchant_id": merchant, "buyer_id": person.buyer_id, "account_id": person.account_id}
        mine = {owner: value for owner, value in owners.items() if owner in table.columns and owner != "account_id"}
        if not mine and "account_id" in table.columns:
            mine = {"account_id": person.account_id}
        where = " and ".join(f'"{owner}" = :{owner}' for owner in mine) or "true"
        with self.engine.connect() as connection:
            query = f'select "{column}" from "{table.name}" where {where} order by {HIDDEN_FIRST.get(table.name, 1)} limit 1'
            return connection.execute(text(query), mine).scalar()

    def fingerprint(self, *, without: frozenset[str] = frozenset()) -> dict[str, tuple[int, int]]:
        """Rows and a checksum of every table: equal before and after means that nothing was written."""
        prints = {}
        with self.engine.connect() as connection:
            for table in Base.metadata.sorted_tables:
                if table.name not in without:
                    query = f'select count(*), coalesce(sum(hashtextextended(t::text, 0)), 0) from "{table.name}" t'
                    prints[table.name] = tuple(connection.execute(text(query)).one())
        return prints  # type: ignore[return-value]


def table_named(argument: str) -> Any:
    """The table that `product_id` or `product` names."""
    stem = TABLES.get(argument, re.sub(r"_id$", "", argument))
    tables = {table.name: table for table in Base.metadata.sorted_tables}
    candidates = (stem, f"{stem}s", f"{stem}es", re.sub(r"y$", "ies", stem))
    exact = next((tables[name] for name in candidates if name in tables), None)
    if exact is not None:
        return exact
    ending = [table for name, table in tables.items() if any(name.endswith(f"_{candidate}") for candidate in candidates)]
    return ending[0] if len(ending) == 1 else None


def private_text_columns() -> list[tuple[str, str, str]]:
    """(table, column, owner column) of every text that belongs to a merchant, a buyer or two parties."""
    found = []
    for mapper in Base.registry.mappers:
        table = mapper.local_table
        if mapper.class_.__data__ not in (DataClass.MERCHANT, DataClass.BUYER, DataClass.PARTIES):
            continue
        owner = next((c for c in ("merchant_id", "buyer_id", "account_id", "organisation_id") if c in table.columns), None)
        for column in table.columns:
            plain = column.type.python_type is str if hasattr(column.type, "python_type") else False
            if owner and plain and not column.foreign_keys and not column.primary_key and not hasattr(column.type, "enums"):
                found.append((table.name, column.name, owner))  # type: ignore[attr-defined]
    return found
