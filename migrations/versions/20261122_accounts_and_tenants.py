"""Create the outbox, emails, audit trail and jobs; accounts, organisations, merchants and staff; with row security."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from marketplace.kernel import rls

revision = "20261122_01"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables, functions, triggers and policies."""
    for statement in rls.FUNCTIONS:
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
        sa.Column("ip_address", sa.String(length=64), nullable=True),
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
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("result", pg.JSONB(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
    )
    op.create_index("ix_jobs_merchant_id", "jobs", ["merchant_id"], unique=False)
    op.create_table(
        "emails",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("to", sa.String(length=320), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("locale", sa.String(length=10), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_emails"),
    )
    op.create_index("ix_emails_to", "emails", ["to"], unique=False)
    op.create_index("ix_emails_created_at", "emails", ["created_at"], unique=False)
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
        sa.Column("handler", sa.String(length=200), nullable=False),
        sa.Column("payload", pg.JSONB(), nullable=False),
        sa.Column("context", pg.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("available_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("dead_lettered_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
    )
    op.create_index("ix_outbox_available_at", "outbox", ["available_at"], unique=False)
    op.create_table(
        "throttle_attempts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("attempted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_throttle_attempts"),
    )
    op.create_index("ix_throttle_attempts_subject", "throttle_attempts", ["subject", "attempted_at"], unique=False)
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
        "email_tokens",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(40), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_email_tokens_account_id"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_email_tokens"),
    )
    op.create_index("ix_email_tokens_account_id", "email_tokens", ["account_id"], unique=False)
    op.create_table(
        "platform_staff",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_platform_staff_account_id"),
        sa.PrimaryKeyConstraint("account_id", name="pk_platform_staff"),
    )
    op.create_table(
        "organisation_members",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_organisation_members_account_id"),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name="fk_organisation_members_organisation_id"),
        sa.PrimaryKeyConstraint("organisation_id", "account_id", name="pk_organisation_members"),
    )
    op.create_index("ix_organisation_members_account_id", "organisation_members", ["account_id"], unique=False)
    op.create_table(
        "user_sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("realm", sa.String(40), nullable=False),
        sa.Column("profile", pg.JSONB(), nullable=False),
        sa.Column("ip_address", sa.String(length=64), nullable=True),
        sa.Column("user_agent", sa.String(length=300), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("draft", pg.JSONB(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_user_sessions_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_user_sessions"),
        sa.UniqueConstraint("token_hash", name="uq_user_sessions_token_hash"),
    )
    op.create_index("ix_user_sessions_account_id", "user_sessions", ["account_id"], unique=False)
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

    create_kernel_policies()
    create_tenant_policies()


def create_kernel_policies() -> None:
    """Grant the platform's own tables narrowly; protect owned rows by row security."""
    rls.grant(op, "outbox")
    rls.grant(op, "emails", "select", "insert", "update")
    rls.grant(op, "audit_events", "select", "insert")
    rls.make_append_only(op, "audit_events")
    rls.enable_rls(op, "jobs")
    rls.allow_owner(op, "jobs", column="merchant_id", setting="merchant")
    rls.allow_purpose(op, "jobs", "sweep", "select", "update")
    rls.freeze_columns(op, "jobs", "merchant_id")


def create_tenant_policies() -> None:
    """Open an account to itself, a merchant's rows to its staff, and other rows only to a named purpose."""
    for table in ("user_sessions", "email_tokens", "throttle_attempts"):
        rls.grant(op, table)
    rls.grant(op, "platform_staff", "select", "insert", "update")

    rls.enable_rls(op, "organisations", "select", "insert", "update")
    rls.allow_owner(op, "organisations", column="id", setting="buyer")
    rls.allow_purpose(op, "organisations", "sign_in", "select", "insert")
    rls.allow_purpose(op, "organisations", "admission", "select", "insert")
    rls.allow_purpose(op, "organisations", "console", "select", "update")

    rls.enable_rls(op, "accounts", "select", "insert", "update")
    rls.allow_owner(op, "accounts", column="id", setting="account", verbs=("select", "update"))
    rls.allow_purpose(op, "accounts", "sign_in", "select", "insert", "update")
    rls.allow_purpose(op, "accounts", "console", "select", "update")
    rls.freeze_columns(op, "accounts", "id", "buyer_id")

    rls.enable_rls(op, "organisation_members")
    rls.allow_owner(op, "organisation_members", column="organisation_id", setting="buyer")
    rls.allow_owner(op, "organisation_members", column="account_id", setting="account", verbs=("select",))
    rls.allow_purpose(op, "organisation_members", "sign_in", "select", "insert")

    rls.enable_rls(op, "merchants", "select", "insert", "update")
    rls.allow_owner(op, "merchants", column="id", setting="merchant", verbs=("select", "update"))
    rls.allow_public_read(op, "merchants", where="admitted_at is not null")
    rls.allow_purpose(op, "merchants", "admission", "select", "insert", "update")
    rls.allow_purpose(op, "merchants", "console", "select", "update")
    rls.freeze_columns(op, "merchants", "id")

    rls.enable_rls(op, "staff", "select", "insert", "update")
    rls.allow_owner(op, "staff", column="merchant_id", setting="merchant")
    rls.allow_owner(op, "staff", column="account_id", setting="account", verbs=("select",))
    rls.allow_purpose(op, "staff", "admission", "select", "insert")
    rls.allow_purpose(op, "staff", "invitation", "select", "insert", "update")
    rls.allow_purpose(op, "staff", "console", "select")
    rls.freeze_columns(op, "staff", "merchant_id", "account_id")


def downgrade() -> None:
    """Drop the tables and functions."""
    op.drop_index("ix_staff_merchant_id", table_name="staff")
    op.drop_index("ix_staff_account_id", table_name="staff")
    op.drop_table("staff")
    op.drop_index("ix_user_sessions_account_id", table_name="user_sessions")
    op.drop_table("user_sessions")
    op.drop_index("ix_organisation_members_account_id", table_name="organisation_members")
    op.drop_table("organisation_members")
    op.drop_table("platform_staff")
    op.drop_index("ix_email_tokens_account_id", table_name="email_tokens")
    op.drop_table("email_tokens")
    op.drop_table("merchants")
    op.drop_index("uq_accounts_login", table_name="accounts")
    op.drop_index("uq_accounts_email", table_name="accounts")
    op.drop_table("accounts")
    op.drop_index("ix_throttle_attempts_subject", table_name="throttle_attempts")
    op.drop_table("throttle_attempts")
    op.drop_index("ix_outbox_available_at", table_name="outbox")
    op.drop_table("outbox")
    op.drop_table("organisations")
    op.drop_index("ix_emails_created_at", table_name="emails")
    op.drop_index("ix_emails_to", table_name="emails")
    op.drop_table("emails")
    op.drop_index("ix_jobs_merchant_id", table_name="jobs")
    op.drop_table("jobs")
    op.drop_index("ix_audit_events_subject", table_name="audit_events")
    op.drop_index("ix_audit_events_merchant_id", table_name="audit_events")
    op.drop_index("ix_audit_events_at", table_name="audit_events")
    op.drop_table("audit_events")
    for function in ("app_merchant", "app_buyer", "app_account", "app_purpose", "freeze_columns", "reject_change"):
        op.execute(f"drop function {function}()")
