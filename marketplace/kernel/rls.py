"""Row-level security helpers for migrations.

    enable_rls(op, "orders")
    allow_owner(op, "orders", column="merchant_id", setting="merchant")
    allow_purpose(op, "orders", "settlement", "select", "update")

Policies are permissive: a row is accessible if any of them allows it. Grants are additional, and as narrow as possible.
"""

from __future__ import annotations

import re
from typing import Any

Operations = Any
IDENTIFIER = re.compile(r"^[a-z_][a-z0-9_]*$")
VERBS = ("select", "insert", "update", "delete")

FUNCTIONS = (
    """
    create function app_merchant() returns uuid language sql stable parallel safe
        as $$ select nullif(current_setting('app.merchant', true), '')::uuid $$;
    """,
    """
    create function app_buyer() returns uuid language sql stable parallel safe
        as $$ select nullif(current_setting('app.buyer', true), '')::uuid $$;
    """,
    """
    create function app_account() returns uuid language sql stable parallel safe
        as $$ select nullif(current_setting('app.account', true), '')::uuid $$;
    """,
    """
    create function app_purpose() returns text language sql stable parallel safe
        as $$ select nullif(current_setting('app.purpose', true), '') $$;
    """,
    """
    create function freeze_columns() returns trigger language plpgsql as $$
    declare col text;
    begin
        foreach col in array tg_argv loop
            if to_jsonb(new) -> col is distinct from to_jsonb(old) -> col then
                raise exception 'column % of % never changes', col, tg_table_name
                    using errcode = 'integrity_constraint_violation';
            end if;
        end loop;
        return new;
    end $$;
    """,
    """
    create function reject_change() returns trigger language plpgsql as $$
    begin
        raise exception '% is append-only', tg_table_name using errcode = 'integrity_constraint_violation';
    end $$;
    """,
)


def app_role(op: Operations) -> str:
    """Return the quoted name of the application's role, from the settings of the migration."""
    role = op.get_context().config.attributes["app_role"]
    if not re.match(r"^[A-Za-z_][A-Za-z0-9_-]*$", role):
        raise ValueError(f"invalid role name {role!r}")
    return f'"{role}"'


def grant(op: Operations, table: str, *verbs: str) -> None:
    """Grant the application's role these verbs on the table, by default all four."""
    op.execute(f"grant {', '.join(_checked_verbs(verbs or VERBS))} on {_identifier(table)} to {app_role(op)}")


def enable_rls(op: Operations, table: str, *verbs: str) -> None:
    """Enable and force row security on the table, and grant `verbs` (default: all four). No row is accessible yet."""
    op.execute(f"alter table {_identifier(table)} enable row level security")
    op.execute(f"alter table {_identifier(table)} force row level security")
    grant(op, table, *verbs)


def allow_owner(op: Operations, table: str, *, column: str, setting: str, verbs: tuple[str, ...] = ()) -> None:
    """Allow rows whose `column` equals the setting (merchant, buyer, account), for `verbs` (default: all)."""
    condition = f"{_identifier(column)} = (select app_{_identifier(setting)}())"
    if not verbs:
        op.execute(f"create policy {setting}_owns on {_identifier(table)} using ({condition}) with check ({condition})")
    for verb in _checked_verbs(verbs):
        _create_policy(op, f"{setting}_may_{verb}", table, verb, condition)


def allow_purpose(op: Operations, table: str, purpose: str, *verbs: str, where: str = "true") -> None:
    """Allow rows to an access purpose, for these verbs, and with `where` only for matching rows."""
    condition = f"(select app_purpose()) = '{_identifier(purpose)}' and ({where})"
    for verb in _checked_verbs(verbs):
        _create_policy(op, f"for_{purpose}_{verb}", table, verb, condition)


def allow_public_read(op: Operations, table: str, *, where: str) -> None:
    """Allow everyone to read the rows that match `where`."""
    _create_policy(op, "published", table, "select", where)


def add_policy(op: Operations, table: str, name: str, verb: str, condition: str) -> None:
    """Create a policy with its own condition, where the other functions are not sufficient."""
    _create_policy(op, _identifier(name), table, verb, condition)


def freeze_columns(op: Operations, table: str, *columns: str) -> None:
    """Forbid updates of these columns, above all of those that identify the owner."""
    arguments = ", ".join(f"'{_identifier(column)}'" for column in columns)
    op.execute(
        f"create trigger freeze_owner before update on {_identifier(table)}"
        f" for each row execute function freeze_columns({arguments})"
    )


def make_append_only(op: Operations, table: str) -> None:
    """Forbid update, delete and truncate, also for the owner of the table."""
    op.execute(
        f"create trigger append_only before update or delete on {_identifier(table)}"
        " for each row execute function reject_change()"
    )
    op.execute(
        f"create trigger append_only_all before truncate on {_identifier(table)}"
        " for each statement execute function reject_change()"
    )


def _create_policy(op: Operations, name: str, table: str, verb: str, condition: str) -> None:
    using = f" using ({condition})" if verb != "insert" else ""
    check = f" with check ({condition})" if verb in ("insert", "update") else ""
    op.execute(f"create policy {name} on {_identifier(table)} for {verb}{using}{check}")


def _checked_verbs(verbs: tuple[str, ...]) -> tuple[str, ...]:
    unknown = set(verbs) - set(VERBS)
    if unknown:
        raise ValueError(f"unknown verbs {sorted(unknown)}")
    return verbs


def _identifier(text: str) -> str:
    if not IDENTIFIER.match(text):
        raise ValueError(f"{text!r} is not a simple identifier")
    return text


__all__ = [
    "FUNCTIONS",
    "add_policy",
    "allow_owner",
    "allow_public_read",
    "allow_purpose",
    "app_role",
    "enable_rls",
    "freeze_columns",
    "grant",
    "make_append_only",
]
