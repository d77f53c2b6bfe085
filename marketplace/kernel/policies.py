"""Row security in words: what migrations say to PostgreSQL about whose rows a table holds.

    protect(op, "orders")
    owner_may(op, "orders", column="merchant_id", setting="merchant")
    purpose_may(op, "orders", "settlement", "select", "update")

Policies are permissive: a row opens when any of them says so. Grants come on top and are the narrowest that work.
"""

from __future__ import annotations

import re
from typing import Any

Operations = Any
WORD = re.compile(r"^[a-z_][a-z0-9_]*$")
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
    create function keep_columns() returns trigger language plpgsql as $$
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
    create function refuse_change() returns trigger language plpgsql as $$
    begin
        raise exception '% is append-only', tg_table_name using errcode = 'integrity_constraint_violation';
    end $$;
    """,
)


def app_role(op: Operations) -> str:
    """The runtime role's name, quoted: from the settings that the migration was started with."""
    role = op.get_context().config.attributes["app_role"]
    if not re.match(r"^[A-Za-z_][A-Za-z0-9_-]*$", role):
        raise ValueError(f"unlikely role name {role!r}")
    return f'"{role}"'


def grant(op: Operations, table: str, *verbs: str) -> None:
    """Let the runtime role use these verbs on the table; no verbs means all four."""
    op.execute(f"grant {', '.join(_verbs(verbs or VERBS))} on {_word(table)} to {app_role(op)}")


def protect(op: Operations, table: str, *verbs: str) -> None:
    """Switch row security on and force it; nothing is open until a policy says so. Grants `verbs` (all four by default)."""
    op.execute(f"alter table {_word(table)} enable row level security")
    op.execute(f"alter table {_word(table)} force row level security")
    grant(op, table, *verbs)


def owner_may(op: Operations, table: str, *, column: str, setting: str, verbs: tuple[str, ...] = ()) -> None:
    """Open rows whose `column` equals the scope's setting (merchant, buyer, account): for all verbs or those given."""
    rule = f"{_word(column)} = (select app_{_word(setting)}())"
    if not verbs:
        op.execute(f"create policy {setting}_owns on {_word(table)} using ({rule}) with check ({rule})")
    for verb in _verbs(verbs):
        _policy(op, f"{setting}_may_{verb}", table, verb, rule)


def purpose_may(op: Operations, table: str, purpose: str, *verbs: str, where: str = "true") -> None:
    """Open rows to work with a named purpose, for exactly these verbs (and rows, with `where`)."""
    rule = f"(select app_purpose()) = '{_word(purpose)}' and ({where})"
    for verb in _verbs(verbs):
        _policy(op, f"for_{purpose}_{verb}", table, verb, rule)


def anyone_may_read(op: Operations, table: str, *, where: str) -> None:
    """Open rows that are published to everybody."""
    _policy(op, "published", table, "select", where)


def also_may(op: Operations, table: str, name: str, verb: str, rule: str) -> None:
    """A policy of its own words, for what the others cannot say."""
    _policy(op, _word(name), table, verb, rule)


def never_changes(op: Operations, table: str, *columns: str) -> None:
    """The columns that say whose a row is stay as they were written."""
    arguments = ", ".join(f"'{_word(column)}'" for column in columns)
    op.execute(
        f"create trigger keep_owner before update on {_word(table)} for each row execute function keep_columns({arguments})"
    )


def append_only(op: Operations, table: str) -> None:
    """Rows are written once: update, delete and truncate are refused even to the owner."""
    op.execute(
        f"create trigger append_only before update or delete on {_word(table)} for each row execute function refuse_change()"
    )
    op.execute(
        f"create trigger append_only_all before truncate on {_word(table)} for each statement execute function refuse_change()"
    )


def _policy(op: Operations, name: str, table: str, verb: str, rule: str) -> None:
    using = f" using ({rule})" if verb != "insert" else ""
    check = f" with check ({rule})" if verb in ("insert", "update") else ""
    op.execute(f"create policy {name} on {_word(table)} for {verb}{using}{check}")


def _verbs(verbs: tuple[str, ...]) -> tuple[str, ...]:
    unknown = set(verbs) - set(VERBS)
    if unknown:
        raise ValueError(f"unknown verbs {sorted(unknown)}")
    return verbs


def _word(text: str) -> str:
    if not WORD.match(text):
        raise ValueError(f"{text!r} is not a plain name")
    return text


__all__ = [
    "FUNCTIONS",
    "also_may",
    "anyone_may_read",
    "app_role",
    "append_only",
    "grant",
    "never_changes",
    "owner_may",
    "protect",
    "purpose_may",
]
