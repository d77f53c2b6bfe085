"""Create the ledger: accounts, entries, postings and periods; triggers balance entries and make them append-only."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from marketplace.kernel import rls

revision = "20261122_30"
down_revision = "20261122_01"
branch_labels = None
depends_on = None

TABLES = ("ledger_accounts", "ledger_entries", "ledger_postings", "ledger_periods")

# A new account has a balance of 0, whatever the statement says.
NEW_ACCOUNT = """
create function ledger_new_account() returns trigger language plpgsql as $$
begin
    new.balance := 0;
    return new;
end $$
"""

# Entries into a closed period raise. The shared lock does not block other entries, only the closing of a period.
NEW_ENTRY = """
create function ledger_new_entry() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
    perform pg_advisory_xact_lock_shared(7452101);
    if exists (select from ledger_periods p
               where p.closed_at is not null and new.posted_at >= p.starts_at and new.posted_at < p.ends_at) then
        raise exception 'the period of % is closed', new.posted_at using errcode = 'integrity_constraint_violation';
    end if;
    new.transaction_id := txid_current();
    return new;
end $$
"""

# A posting belongs to an entry of its own transaction, and to an account of the platform or of the entry's merchant.
# It updates the balance of an account that tracks it; the check constraint of the account keeps that from going negative.
NEW_POSTING = """
create function ledger_new_posting() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
    entry ledger_entries;
    account ledger_accounts;
begin
    select * into entry from ledger_entries where id = new.entry_id;
    if entry.id is null or entry.transaction_id <> txid_current() then
        raise exception 'an entry takes no legs after it was written' using errcode = 'integrity_constraint_violation';
    end if;
    select * into account from ledger_accounts where id = new.account_id;
    if account.id is null then
        raise exception 'there is no such account' using errcode = 'foreign_key_violation';
    end if;
    if account.merchant_id is not null and account.merchant_id is distinct from entry.merchant_id then
        raise exception 'the account belongs to another merchant' using errcode = 'integrity_constraint_violation';
    end if;
    new.merchant_id := entry.merchant_id;
    if account.tracks_balance then
        update ledger_accounts set balance = balance
            + case when (account.kind in ('asset', 'expense')) = (new.side = 'D') then new.amount else -new.amount end
        where id = account.id;
    end if;
    return new;
end $$
"""

# Checked at commit: an entry has at least two legs, and debits equal credits in each currency.
BALANCED = """
create function ledger_balanced() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
    checked_entry uuid;
    legs bigint;
    unbalanced_currency text;
begin
    if tg_table_name = 'ledger_entries' then checked_entry := new.id; else checked_entry := new.entry_id; end if;
    select count(*) into legs from ledger_postings where entry_id = checked_entry;
    if legs < 2 then
        raise exception 'entry % has % leg(s)', checked_entry, legs using errcode = 'integrity_constraint_violation';
    end if;
    select currency into unbalanced_currency from ledger_postings where entry_id = checked_entry
        group by currency having sum(case side when 'D' then amount else -amount end) <> 0 limit 1;
    if unbalanced_currency is not null then
        raise exception 'entry % is not balanced in %', checked_entry, unbalanced_currency
            using errcode = 'integrity_constraint_violation';
    end if;
    return null;
end $$
"""

# The application may not update accounts, so it cannot lock their rows: this function locks one and returns its balance.
LOCK_BALANCE = """
create function ledger_lock_balance(account uuid) returns bigint language plpgsql security definer
    set search_path = public, pg_temp as $$
declare locked_balance bigint;
begin
    if coalesce(app_purpose(), '') not in ('settlement', 'payment') then
        raise exception 'balances are locked for settlement and payment only' using errcode = 'insufficient_privilege';
    end if;
    select balance into locked_balance from ledger_accounts where id = account for update;
    return locked_balance;
end $$
"""

TRIGGERS = (
    "create trigger new_account before insert on ledger_accounts for each row execute function ledger_new_account()",
    "create trigger new_entry before insert on ledger_entries for each row execute function ledger_new_entry()",
    "create trigger new_posting before insert on ledger_postings for each row execute function ledger_new_posting()",
    "create constraint trigger balanced after insert on ledger_entries deferrable initially deferred"
    " for each row execute function ledger_balanced()",
    "create constraint trigger balanced after insert on ledger_postings deferrable initially deferred"
    " for each row execute function ledger_balanced()",
)


def upgrade() -> None:
    """Create the tables, functions, triggers and policies."""
    create_tables()
    for statement in (NEW_ACCOUNT, NEW_ENTRY, NEW_POSTING, BALANCED, LOCK_BALANCE, *TRIGGERS):
        op.execute(statement)
    op.execute("revoke all on function ledger_lock_balance(uuid) from public")
    op.execute(f"grant execute on function ledger_lock_balance(uuid) to {rls.app_role(op)}")
    rls.make_append_only(op, "ledger_entries")
    rls.make_append_only(op, "ledger_postings")
    for table in TABLES:
        rls.enable_rls(op, table, "select", "insert")
        # The triggers run as the owner of the tables and have to see every posting.
        op.execute(f"create policy ledger_owner_access on {table} to current_user using (true) with check (true)")
        rls.allow_purpose(op, table, "settlement", "select", "insert")
        rls.allow_purpose(op, table, "console", "select")
    for table in TABLES[:3]:
        rls.allow_owner(op, table, column="merchant_id", setting="merchant", verbs=("select",))
    # A merchant's entries show the names of the platform's accounts; the balances of those are not stored in the row.
    is_platform_account = "merchant_id is null and not tracks_balance and (select app_merchant()) is not null"
    rls.add_policy(op, "ledger_accounts", "platform_account_names", "select", is_platform_account)
    rls.add_policy(op, "ledger_periods", "public_read", "select", "true")
    rls.allow_purpose(op, "ledger_periods", "console", "insert")


def create_tables() -> None:
    """Create the four tables."""
    op.create_table(
        "ledger_accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=True),
        sa.Column("reference", sa.String(100), nullable=False, server_default=""),
        sa.Column("tracks_balance", sa.Boolean(), nullable=False),
        sa.Column("allow_negative", sa.Boolean(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("balance >= 0 or allow_negative", name="balance_not_negative"),
        sa.CheckConstraint(
            "(merchant_id is null and reference = '') or (tracks_balance and not allow_negative)",
            name="owned_tracks_balance",
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_ledger_accounts_merchant_id"),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_accounts"),
        sa.UniqueConstraint(
            "code", "currency", "merchant_id", "reference", name="uq_ledger_accounts_name", postgresql_nulls_not_distinct=True
        ),
        sa.UniqueConstraint("id", "currency", name="uq_ledger_accounts_id_currency"),
    )
    op.create_index("ix_ledger_accounts_merchant_id", "ledger_accounts", ["merchant_id"])
    op.create_index("ix_ledger_accounts_reference", "ledger_accounts", ["reference"])
    op.create_table(
        "ledger_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_key", sa.String(200), nullable=False),
        sa.Column("event_type", sa.String(40), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Uuid(), nullable=True),
        sa.Column("merchant_id", sa.Uuid(), nullable=True),
        sa.Column("reference", sa.String(100), nullable=False, server_default=""),
        sa.Column("reverses_entry_id", sa.Uuid(), nullable=True),
        sa.Column("memo", sa.Text(), nullable=False, server_default=""),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("transaction_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_ledger_entries_merchant_id"),
        sa.ForeignKeyConstraint(["reverses_entry_id"], ["ledger_entries.id"], name="fk_ledger_entries_reverses_entry_id"),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_entries"),
        sa.UniqueConstraint("event_key", name="uq_ledger_entries_event_key"),
    )
    op.create_index("ix_ledger_entries_posted_at", "ledger_entries", ["posted_at", "id"])
    op.create_index("ix_ledger_entries_merchant_id_posted_at", "ledger_entries", ["merchant_id", "posted_at"])
    op.create_index("ix_ledger_entries_reference", "ledger_entries", ["reference"])
    op.create_table(
        "ledger_postings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("side", sa.String(40), nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=True),
        sa.Column("dimensions", pg.JSONB(), nullable=False, server_default="{}"),
        sa.CheckConstraint("amount > 0", name="amount_positive"),
        sa.CheckConstraint("amount = trunc(amount) and amount < 9223372036854775807", name="amount_whole"),
        sa.CheckConstraint("side in ('D', 'C')", name="side"),
        sa.ForeignKeyConstraint(["entry_id"], ["ledger_entries.id"], name="fk_ledger_postings_entry_id"),
        sa.ForeignKeyConstraint(
            ["account_id", "currency"],
            ["ledger_accounts.id", "ledger_accounts.currency"],
            name="fk_ledger_postings_account_id_currency",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_postings"),
    )
    op.create_index("ix_ledger_postings_entry_id", "ledger_postings", ["entry_id"])
    op.create_index("ix_ledger_postings_account_id", "ledger_postings", ["account_id"])
    op.create_index("ix_ledger_postings_merchant_id", "ledger_postings", ["merchant_id"])
    op.create_table(
        "ledger_periods",
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("starts_at < ends_at", name="order"),
        sa.PrimaryKeyConstraint("name", name="pk_ledger_periods"),
    )


def downgrade() -> None:
    """Drop the tables and functions; only for an empty installation, because ledgers are never deleted."""
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("drop function ledger_lock_balance(uuid)")
    for name in ("ledger_balanced", "ledger_new_posting", "ledger_new_entry", "ledger_new_account"):
        op.execute(f"drop function {name}()")
