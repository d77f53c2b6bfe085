"""Small statements of every request: compiled once, then executed on the driver's connection.

The ORM session needs three times as long for such a statement as PostgreSQL. These statements bypass it, but go through the
same event hook that sets the tenant context for row security. The loader criteria of the ORM are not added, so a statement
on owned rows filters by its owner itself. The result holds the driver's values (UUID, text, numbers, booleans), so
statements select columns, not entities.

Rows are inserted in the same way where the ORM's unit of work is not needed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Dialect, Insert, Select
from sqlalchemy.sql.dml import ReturningDelete

from marketplace.kernel.db import db, flush_pending


@dataclass(frozen=True)
class CompiledStatement:
    """A statement as SQL text, with its literal parameters and the bind processors of all parameters."""

    sql: str
    bound_params: Mapping[str, Any]
    bind_processors: Mapping[str, Callable[[Any], Any]]

    def bind(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters for the driver."""
        processors = self.bind_processors
        return {
            **self.bound_params,
            **{name: processors[name](value) if name in processors else value for name, value in params.items()},
        }


def fetch_all(stmt: Select[*tuple[Any, ...]] | ReturningDelete[*tuple[Any, ...]], **params: Any) -> Sequence[Any]:
    """Return the rows of a statement that its module builds once (`functools.cache`), for these parameters."""
    flush_pending()
    connection = db.session.connection()
    compiled = _compile(stmt, connection.dialect, None)
    return connection.exec_driver_sql(compiled.sql, compiled.bind(params)).all()


def bulk_insert(stmt: Insert, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows with equal columns: all except those with a server default.

    The statement is built once by its module, as for `fetch_all`. Raises ValueError if a column with a Python default is
    missing.
    """
    if not rows:
        return
    flush_pending()
    connection = db.session.connection()
    compiled = _compile(stmt, connection.dialect, tuple(rows[0]))
    param_sets = [compiled.bind(row) for row in rows]
    connection.exec_driver_sql(compiled.sql, param_sets if len(param_sets) > 1 else param_sets[0])


@lru_cache(maxsize=200)
def _compile(stmt: Any, dialect: Dialect, columns: tuple[str, ...] | None) -> CompiledStatement:
    compiled: Any = stmt.compile(dialect=dialect, column_keys=columns)
    if compiled.insert_prefetch:
        raise ValueError(f"the rows must contain these columns: {', '.join(column.key for column in compiled.insert_prefetch)}")
    if compiled.post_compile_params or compiled.literal_execute_params:
        raise ValueError("use arrays instead of lists: `= any(:ids)`")
    processors = dict(compiled._bind_processors)
    literal_params = {
        name: bind.value for name, bind in compiled.binds.items() if bind in compiled.bind_names and not bind.required
    }
    return CompiledStatement(
        compiled.string,
        {name: processors[name](value) if name in processors else value for name, value in literal_params.items()},
        processors,
    )
