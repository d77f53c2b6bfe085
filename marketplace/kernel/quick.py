"""Small statements that every page sends: put together once, then run as the driver takes them.

A statement's way through the unit of work costs three times what PostgreSQL needs for it. These go straight to the
connection, through the same hook that tells the database whose rows they may see. The criteria that the unit of work adds
on top are not added here: a statement about owned rows names its owner itself. What comes back are the driver's own values
(uuid, text, numbers, truth): nothing is mapped, so they name columns and not entities.

Rows are written the same way, where nothing of the unit of work is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Dialect, Insert, Select
from sqlalchemy.sql.dml import ReturningDelete

from marketplace.kernel.db import db, write_pending


@dataclass(frozen=True)
class Spelled:
    """A statement as text, the values that it brings itself, and how values are handed to the driver."""

    said: str
    fixed: Mapping[str, Any]
    ways: Mapping[str, Callable[[Any], Any]]

    def with_values(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """What the driver is given."""
        ways = self.ways
        return {**self.fixed, **{name: ways[name](value) if name in ways else value for name, value in values.items()}}


def ask(statement: Select[*tuple[Any, ...]] | ReturningDelete[*tuple[Any, ...]], **values: Any) -> Sequence[Any]:
    """The rows of a statement that its maker keeps for ever (`functools.cache`), with the values of its parameters."""
    write_pending()
    connection = db.session.connection()
    known = _spelled(statement, connection.dialect, None)
    return connection.exec_driver_sql(known.said, known.with_values(values)).all()


def write(statement: Insert, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all say the same columns: every column without a default of the database's own.

    The statement is kept by its maker like those of `ask`. Raises ValueError when a row leaves out what Python would fill in.
    """
    if not rows:
        return
    write_pending()
    connection = db.session.connection()
    known = _spelled(statement, connection.dialect, tuple(rows[0]))
    given = [known.with_values(row) for row in rows]
    connection.exec_driver_sql(known.said, given if len(given) > 1 else given[0])


@lru_cache(maxsize=200)
def _spelled(statement: Any, dialect: Dialect, columns: tuple[str, ...] | None) -> Spelled:
    compiled: Any = statement.compile(dialect=dialect, column_keys=columns)
    if compiled.insert_prefetch:
        raise ValueError(f"a row must say these itself: {', '.join(column.key for column in compiled.insert_prefetch)}")
    if compiled.post_compile_params or compiled.literal_execute_params:
        raise ValueError("lists are given as arrays here: `= any(:ids)`")
    ways = dict(compiled._bind_processors)
    own = {name: bind.value for name, bind in compiled.binds.items() if bind in compiled.bind_names and not bind.required}
    return Spelled(compiled.string, {name: ways[name](value) if name in ways else value for name, value in own.items()}, ways)
