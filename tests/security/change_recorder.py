"""Recorder of every committed row change, by triggers, with undo."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, text

from marketplace.kernel import cache
from marketplace.kernel.db import Base

INSTALL_SQL = """
create schema change_log;
create table change_log.changes (nr bigserial, name text, op text, before jsonb, after jsonb);
create function change_log.record() returns trigger language plpgsql security definer as $$
begin
    insert into change_log.changes (name, op, before, after) values (
        tg_table_name, lower(tg_op),
        case when tg_op <> 'INSERT' then to_jsonb(old) end,
        case when tg_op <> 'DELETE' then to_jsonb(new) end
    );
    return null;
end $$;
"""


@dataclass(frozen=True)
class Change:
    """Change of one row."""

    table: str
    op: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None

    def columns(self) -> dict[str, Any]:
        """Return the new values of the columns that changed (of no column for a deleted row)."""
        before = self.before or {}
        return {name: value for name, value in (self.after or {}).items() if name not in before or before[name] != value}

    def row(self) -> dict[str, Any]:
        """Return the row before the change, or the inserted row."""
        return self.before or self.after or {}


@dataclass(frozen=True)
class ChangeRecorder:
    """Access to the committed inserts, updates and deletes of all tables."""

    engine: Engine

    def changes(self) -> list[Change]:
        """Return the changes since the last `clear` or `undo`."""
        with self.engine.connect() as connection:
            rows = connection.execute(text("select name, op, before, after from change_log.changes order by nr"))
            return [Change(*row) for row in rows]

    def undo(self) -> None:
        """Revert all recorded changes."""
        changes = self.changes()
        if not changes:
            return
        cache.clear_all()
        with self.engine.begin() as connection:
            connection.execute(text("set local session_replication_role = replica"))
            for change in reversed(changes):
                self._revert(connection, change)
            connection.execute(text("truncate change_log.changes"))

    def _revert(self, connection: Any, change: Change) -> None:
        table = Base.metadata.tables[change.table]
        keys = [column.name for column in table.primary_key.columns]
        if change.after is not None:
            row = f'jsonb_populate_record(null::public."{change.table}", cast(:row as jsonb)) r'
            key_match = " and ".join(f't."{key}" = r."{key}"' for key in keys)
            query = f'delete from public."{change.table}" t using (select * from {row}) r where {key_match}'
            connection.execute(text(query), {"row": json.dumps(change.after)})
        if change.before is not None:
            columns = ", ".join(f'"{column.name}"' for column in table.columns if column.computed is None)
            row = f'jsonb_populate_record(null::public."{change.table}", cast(:row as jsonb))'
            query = f'insert into public."{change.table}" ({columns}) overriding system value select {columns} from {row}'
            connection.execute(text(query), {"row": json.dumps(change.before)})

    def clear(self) -> None:
        """Forget the recorded changes without reverting them."""
        with self.engine.begin() as connection:
            connection.execute(text("truncate change_log.changes"))


def install_recorder(engine: Engine) -> ChangeRecorder:
    """Install the triggers that record changes."""
    with engine.begin() as connection:
        connection.execute(text("drop schema if exists change_log cascade"))
        connection.execute(text(INSTALL_SQL))
        for table in Base.metadata.sorted_tables:
            connection.execute(
                text(
                    f'create trigger zz_record_change after insert or update or delete on public."{table.name}"'
                    " for each row execute function change_log.record()"
                )
            )
    return ChangeRecorder(engine)


def remove_recorder(engine: Engine) -> None:
    """Remove the triggers."""
    with engine.begin() as connection:
        connection.execute(text("drop schema if exists change_log cascade"))
