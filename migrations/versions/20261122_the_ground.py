"""The ground: outbox, letters, audit, jobs; accounts, organisations, merchants, staff; row security from the first day."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from marketplace.kernel import policies

revision = "20261122_01"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand; backfill in batches elsewhere; enforce in a later release."""
    for statement in policies.FUNCTIONS:
        op.execute(statement)
    op.create_table(
        "audit_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.String(length=80), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("merchant_id", sa.Uuid(), nullable=True),
        sa.Column("purpose", sa.String(length=40), nullable=True),
        sa.Column("subject_kind", sa.String(length=60), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("before", pg.JSONB(), nullable=True),
        sa.Column("after", pg.JSONB(), nullable=True),
        sa.Column("address", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_audit_events"),
    )
    op.create_index("ix_audit_events_at", "audit_events", ["at"], unique=False)
    op.create_index("ix_audit_events_merchant_id", "audit_events", ["merchant_id"], unique=False)
    op.create_index("ix_audit_events_subject", "audit_events", ["subject_kind", "subject_id", "at"], unique=False)
    op.create_table(
        "jobs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("arguments", pg.JSONB(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("result", pg.JSONB(), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
    )
    op.create_index("ix_jobs_merchant_id", "jobs", ["merchant_id"], unique=False)
    op.create_table(
        "mails",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("to", sa.String(length=320), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("locale", sa.String(length=10), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_mails"),
    )
    op.create_index("ix_mails_to", "mails", ["to"], unique=False)
    op.create_index("ix_mails_written_at", "mails", ["written_at"], unique=False)
    op.create_table(
        "organisations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_organisations"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event", sa.String(length=200), nullable=False),
        sa.Column("listener", sa.String(length=200), nullable=False),
        sa.Column("payload", pg.JSONB(), nullable=False),
        sa.Column("scope", pg.JSONB(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.Column("set_aside_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
    )
    op.create_index("ix_outbox_due_at", "outbox", ["due_at"], unique=False)
    op.create_table(
        "sign_in_failures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_failures"),
    )
    op.create_index("ix_sign_in_failures_subject", "sign_in_failures", ["subject", "at"], unique=False)
    op.create_table(
        "accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("login", sa.String(length=60), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("email_confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("locale", sa.String(length=10), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["buyer_id"], ["organisations.id"], name="fk_accounts_buyer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
    )
    op.create_index("uq_accounts_email", "accounts", [sa.literal_column("lower(email)")], unique=True)
    op.create_index("uq_accounts_login", "accounts", [sa.literal_column("lower(login)")], unique=True)
    op.create_table(
        "merchants",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("name", pg.JSONB(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("ownership", sa.String(40), nullable=False),
        sa.Column("region_code", sa.String(length=12), nullable=False),
        sa.Column("founded_year", sa.Integer(), nullable=True),
        sa.Column("staff_size", sa.String(length=20), nullable=False),
        sa.Column("admitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("suspension_reason", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("away_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("away_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["organisations.id"], name="fk_merchants_id"),
        sa.PrimaryKeyConstraint("id", name="pk_merchants"),
        sa.UniqueConstraint("slug", name="uq_merchants_slug"),
    )
    op.create_table(
        "mailed_words",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_mailed_words_account_id"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_mailed_words"),
    )
    op.create_index("ix_mailed_words_account_id", "mailed_words", ["account_id"], unique=False)
    op.create_table(
        "market_staff",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_market_staff_account_id"),
        sa.PrimaryKeyConstraint("account_id", name="pk_market_staff"),
    )
    op.create_table(
        "members",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_members_account_id"),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name="fk_members_organisation_id"),
        sa.PrimaryKeyConstraint("organisation_id", "account_id", name="pk_members"),
    )
    op.create_index("ix_members_account_id", "members", ["account_id"], unique=False)
    op.create_table(
        "sign_in_sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("audience", sa.String(40), nullable=False),
        sa.Column("face", pg.JSONB(), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=True),
        sa.Column("agent", sa.String(length=300), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_sign_in_sessions_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_sessions"),
        sa.UniqueConstraint("token_hash", name="uq_sign_in_sessions_token_hash"),
    )
    op.create_index("ix_sign_in_sessions_account_id", "sign_in_sessions", ["account_id"], unique=False)
    op.create_table(
        "staff",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_staff_account_id"),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_staff_merchant_id"),
        sa.PrimaryKeyConstraint("id", name="pk_staff"),
        sa.UniqueConstraint("merchant_id", "account_id", name="uq_staff_merchant_id_account_id"),
    )
    op.create_index("ix_staff_account_id", "staff", ["account_id"], unique=False)
    op.create_index("ix_staff_merchant_id", "staff", ["merchant_id"], unique=False)

    policies_of_the_kernel()
    policies_of_the_tenants()


def policies_of_the_kernel() -> None:
    """The market's own tables are granted narrowly; what belongs to somebody is behind the wall."""
    policies.grant(op, "outbox")
    policies.grant(op, "mails", "select", "insert", "update")
    policies.grant(op, "audit_events", "select", "insert")
    policies.append_only(op, "audit_events")
    policies.protect(op, "jobs")
    policies.owner_may(op, "jobs", column="merchant_id", setting="merchant")
    policies.purpose_may(op, "jobs", "sweep", "select", "update")
    policies.never_changes(op, "jobs", "merchant_id")


def policies_of_the_tenants() -> None:
    """A person sees itself; a colleague its desk; the market's staff work under a named purpose."""
    for table in ("sign_in_sessions", "mailed_words", "sign_in_failures"):
        policies.grant(op, table)
    policies.grant(op, "market_staff", "select", "insert", "update")

    policies.protect(op, "organisations", "select", "insert", "update")
    policies.owner_may(op, "organisations", column="id", setting="buyer")
    policies.purpose_may(op, "organisations", "sign_in", "select", "insert")
    policies.purpose_may(op, "organisations", "admission", "select", "insert")
    policies.purpose_may(op, "organisations", "console", "select", "update")

    policies.protect(op, "accounts", "select", "insert", "update")
    policies.owner_may(op, "accounts", column="id", setting="account", verbs=("select", "update"))
    policies.purpose_may(op, "accounts", "sign_in", "select", "insert", "update")
    policies.purpose_may(op, "accounts", "console", "select", "update")
    policies.never_changes(op, "accounts", "id", "buyer_id")

    policies.protect(op, "members")
    policies.owner_may(op, "members", column="organisation_id", setting="buyer")
    policies.owner_may(op, "members", column="account_id", setting="account", verbs=("select",))
    policies.purpose_may(op, "members", "sign_in", "select", "insert")

    policies.protect(op, "merchants", "select", "insert", "update")
    policies.owner_may(op, "merchants", column="id", setting="merchant", verbs=("select", "update"))
    policies.anyone_may_read(op, "merchants", where="admitted_at is not null")
    policies.purpose_may(op, "merchants", "admission", "select", "insert", "update")
    policies.purpose_may(op, "merchants", "console", "select", "update")
    policies.never_changes(op, "merchants", "id")

    policies.protect(op, "staff", "select", "insert", "update")
    policies.owner_may(op, "staff", column="merchant_id", setting="merchant")
    policies.owner_may(op, "staff", column="account_id", setting="account", verbs=("select",))
    policies.purpose_may(op, "staff", "admission", "select", "insert")
    policies.purpose_may(op, "staff", "invitation", "select", "insert", "update")
    policies.purpose_may(op, "staff", "console", "select")
    policies.never_changes(op, "staff", "merchant_id", "account_id")


def downgrade() -> None:
    op.drop_index("ix_staff_merchant_id", table_name="staff")
    op.drop_index("ix_staff_account_id", table_name="staff")
    op.drop_table("staff")
    op.drop_index("ix_sign_in_sessions_account_id", table_name="sign_in_sessions")
    op.drop_table("sign_in_sessions")
    op.drop_index("ix_members_account_id", table_name="members")
    op.drop_table("members")
    op.drop_table("market_staff")
    op.drop_index("ix_mailed_words_account_id", table_name="mailed_words")
    op.drop_table("mailed_words")
    op.drop_table("merchants")
    op.drop_index("uq_accounts_login", table_name="accounts")
    op.drop_index("uq_accounts_email", table_name="accounts")
    op.drop_table("accounts")
    op.drop_index("ix_sign_in_failures_subject", table_name="sign_in_failures")
    op.drop_table("sign_in_failures")
    op.drop_index("ix_outbox_due_at", table_name="outbox")
    op.drop_table("outbox")
    op.drop_table("organisations")
    op.drop_index("ix_mails_written_at", table_name="mails")
    op.drop_index("ix_mails_to", table_name="mails")
    op.drop_table("mails")
    op.drop_index("ix_jobs_merchant_id", table_name="jobs")
    op.drop_table("jobs")
    op.drop_index("ix_audit_events_subject", table_name="audit_events")
    op.drop_index("ix_audit_events_merchant_id", table_name="audit_events")
    op.drop_index("ix_audit_events_at", table_name="audit_events")
    op.drop_table("audit_events")
    for function in ("app_merchant", "app_buyer", "app_account", "app_purpose", "keep_columns", "refuse_change"):
        op.execute(f"drop function {function}()")
