"""Small statements that every page sends: put together once, then run as the driver takes them.

A statement's way through the unit of work costs three times what PostgreSQL needs for it. These go straight to the
connection, through the same hook that tells the database whose rows they may see. The criteria that the unit of work adds
on top are not added here: a statement about owned rows names its owner itself. What comes back are the driver's own values
(uuid, text, numbers, truth): nothing is mapped, so they name columns and not entities.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Dialect, Select

from marketplace.kernel.db import db, write_pending


@dataclass(frozen=True)
class Spelled:
    """A statement as text, the values that it brings itself, and how values are handed to the driver."""

    said: str
    fixed: Mapping[str, Any]
    ways: Mapping[str, Callable[[Any], Any]]


def ask(statement: Select[*tuple[Any, ...]], **values: Any) -> Sequence[Any]:
    """The rows of a statement that its maker keeps for ever (`functools.cache`), with the values of its parameters."""
    write_pending()
    connection = db.session.connection()
    known = _spelled(statement, connection.dialect)
    given = {name: known.ways[name](value) if name in known.ways else value for name, value in values.items()}
    return connection.exec_driver_sql(known.said, {**known.fixed, **given}).all()


@lru_cache(maxsize=200)
def _spelled(statement: Select[*tuple[Any, ...]], dialect: Dialect) -> Spelled:
    compiled: Any = statement.compile(dialect=dialect)
    if compiled.post_compile_params or compiled.literal_execute_params:
        raise ValueError("lists are given as arrays here: `= any(:ids)`")
    ways = dict(compiled._bind_processors)
    own = {name: bind.value for name, bind in compiled.binds.items() if bind in compiled.bind_names and not bind.required}
    return Spelled(compiled.string, {name: ways[name](value) if name in ways else value for name, value in own.items()}, ways)
