"""Looks at every row that is written, from above the wall, and can take it back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, text

from marketplace.kernel import memo
from marketplace.kernel.db import Base

INSTALL = """
create schema watch;
create table watch.changes (nr bigserial, name text, op text, before jsonb, after jsonb);
create function watch.note() returns trigger language plpgsql security definer as $$
begin
    insert into watch.changes (name, op, before, after) values (
        tg_table_name, lower(tg_op),
        case when tg_op <> 'INSERT' then to_jsonb(old) end,
        case when tg_op <> 'DELETE' then to_jsonb(new) end
    );
    return null;
end $$;
"""


@dataclass(frozen=True)
class Change:
    """One row that was written."""

    table: str
    op: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None

    def columns(self) -> dict[str, Any]:
        """What stands in the row now that did not stand there before (for a deleted row, nothing)."""
        before = self.before or {}
        return {name: value for name, value in (self.after or {}).items() if name not in before or before[name] != value}

    def row(self) -> dict[str, Any]:
        """The row as it was, or as it came."""
        return self.before or self.after or {}


@dataclass(frozen=True)
class Watch:
    """Sees every insert, update and delete of every table that was committed."""

    engine: Engine

    def changes(self) -> list[Change]:
        """What was written since the last `forget` or `undo`."""
        with self.engine.connect() as connection:
            found = connection.execute(text("select name, op, before, after from watch.changes order by nr"))
            return [Change(*row) for row in found]

    def undo(self) -> None:
        """Put every row back as it was."""
        done = self.changes()
        if not done:
            return
        memo.forget_all()
        with self.engine.begin() as connection:
            connection.execute(text("set local session_replication_role = replica"))
            for change in reversed(done):
                self._put_back(connection, change)
            connection.execute(text("truncate watch.changes"))

    def _put_back(self, connection: Any, change: Change) -> None:
        table = Base.metadata.tables[change.table]
        keys = [column.name for column in table.primary_key.columns]
        if change.after is not None:
            row = f'jsonb_populate_record(null::public."{change.table}", cast(:row as jsonb)) r'
            same = " and ".join(f't."{key}" = r."{key}"' for key in keys)
            query = f'delete from public."{change.table}" t using (select * from {row}) r where {same}'
            connection.execute(text(query), {"row": json.dumps(change.after)})
        if change.before is not None:
            columns = ", ".join(f'"{column.name}"' for column in table.columns if column.computed is None)
            row = f'jsonb_populate_record(null::public."{change.table}", cast(:row as jsonb))'
            query = f'insert into public."{change.table}" ({columns}) overriding system value select {columns} from {row}'
            connection.execute(text(query), {"row": json.dumps(change.before)})

    def forget(self) -> None:
        """Let stand what was written so far."""
        with self.engine.begin() as connection:
            connection.execute(text("truncate watch.changes"))


def install(engine: Engine) -> Watch:
    """Begin to watch."""
    with engine.begin() as connection:
        connection.execute(text("drop schema if exists watch cascade"))
        connection.execute(text(INSTALL))
        for table in Base.metadata.sorted_tables:
            connection.execute(
                text(
                    f'create trigger zz_watch after insert or update or delete on public."{table.name}"'
                    " for each row execute function watch.note()"
                )
            )
    return Watch(engine)


def remove(engine: Engine) -> None:
    """Stop watching."""
    with engine.begin() as connection:
        connection.execute(text("drop schema if exists watch cascade"))
