"""Create merchant applications with their submissions, and the scopes and legal profiles of merchants."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from marketplace.kernel import rls

revision = "20261122_11"
down_revision = "20261122_21"
branch_labels = None
depends_on = None

OPEN_STATES = "('draft', 'submitted', 'changes_requested', 'resubmitted')"


def upgrade() -> None:
    """Create the tables and policies."""
    op.create_table(
        "applications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("answers", pg.JSONB(), nullable=False),
        sa.Column("field_comments", pg.JSONB(), nullable=False),
        sa.Column("decision_note", sa.Text(), nullable=False),
        sa.Column("submission_count", sa.Integer(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["buyer_id"], ["organisations.id"], name="fk_applications_buyer_id"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_applications_account_id"),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_applications_merchant_id"),
        sa.PrimaryKeyConstraint("id", name="pk_applications"),
        sa.UniqueConstraint("id", "buyer_id", name="uq_applications_id_buyer_id"),
    )
    op.create_index("ix_applications_buyer_id", "applications", ["buyer_id"])
    op.create_index("ix_applications_state", "applications", ["state", "submitted_at"])
    is_open = sa.text(f"state in {OPEN_STATES}")
    op.create_index("uq_applications_open", "applications", ["buyer_id"], unique=True, postgresql_where=is_open)
    op.create_table(
        "application_submissions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("answers", pg.JSONB(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decision", sa.String(40), nullable=True),
        sa.Column("field_comments", pg.JSONB(), nullable=False),
        sa.Column("decision_note", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["buyer_id"], ["organisations.id"], name="fk_application_submissions_buyer_id"),
        sa.ForeignKeyConstraint(
            ["application_id", "buyer_id"],
            ["applications.id", "applications.buyer_id"],
            name="fk_application_submissions_application_id_buyer_id",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_application_submissions"),
        sa.UniqueConstraint("application_id", "number", name="uq_application_submissions_application_id_number"),
    )
    op.create_index("ix_application_submissions_buyer_id", "application_submissions", ["buyer_id"])
    op.create_index("ix_application_submissions_application_id", "application_submissions", ["application_id"])
    op.create_table(
        "merchant_scopes",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(80), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_merchant_scopes_merchant_id"),
        sa.PrimaryKeyConstraint("merchant_id", "code", name="pk_merchant_scopes"),
    )
    op.create_index("ix_merchant_scopes_code", "merchant_scopes", ["code"])
    op.create_table(
        "legal_profiles",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("company_name", sa.String(200), nullable=False),
        sa.Column("credit_code", sa.String(18), nullable=False),
        sa.Column("legal_person", sa.String(80), nullable=False),
        sa.Column("region_code", sa.String(6), nullable=False),
        sa.Column("address", sa.String(200), nullable=False),
        sa.Column("contact_name", sa.String(80), nullable=False),
        sa.Column("contact_phone", sa.String(40), nullable=False),
        sa.Column("contact_email", sa.String(254), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_legal_profiles_merchant_id"),
        sa.PrimaryKeyConstraint("id", name="pk_legal_profiles"),
        sa.UniqueConstraint("merchant_id", "valid_from", name="uq_legal_profiles_merchant_id_valid_from"),
    )
    op.create_index("ix_legal_profiles_merchant_id", "legal_profiles", ["merchant_id"])
    create_policies()


def create_policies() -> None:
    """Let applicants write their applications, and the platform's staff decide and keep the legal profiles."""
    rls.enable_rls(op, "applications", "select", "insert", "update")
    rls.allow_owner(op, "applications", column="buyer_id", setting="buyer", verbs=("select",))
    owned = "buyer_id = (select app_buyer())"
    rls.add_policy(op, "applications", "buyer_may_insert", "insert", f"{owned} and state = 'draft'")
    # The applicant can neither change a decided application nor write a decision.
    rls.add_policy(op, "applications", "buyer_may_update", "update", f"{owned} and state not in ('approved', 'rejected')")
    rls.allow_purpose(op, "applications", "console", "select", "update")
    rls.freeze_columns(op, "applications", "buyer_id", "account_id")

    rls.enable_rls(op, "application_submissions", "select", "insert", "update")
    rls.allow_owner(op, "application_submissions", column="buyer_id", setting="buyer", verbs=("select",))
    rls.add_policy(op, "application_submissions", "buyer_may_insert", "insert", f"{owned} and decision is null")
    rls.allow_purpose(op, "application_submissions", "console", "select", "update")
    rls.freeze_columns(op, "application_submissions", "buyer_id", "application_id", "number", "answers")

    rls.enable_rls(op, "merchant_scopes", "select", "insert", "delete")
    rls.allow_public_read(op, "merchant_scopes", where="true")
    rls.allow_purpose(op, "merchant_scopes", "admission", "insert")
    rls.allow_purpose(op, "merchant_scopes", "console", "insert", "delete")

    rls.enable_rls(op, "legal_profiles", "select", "insert")
    rls.allow_owner(op, "legal_profiles", column="merchant_id", setting="merchant", verbs=("select", "insert"))
    rls.allow_purpose(op, "legal_profiles", "admission", "select", "insert")
    rls.allow_purpose(op, "legal_profiles", "console", "select", "insert")
    rls.make_append_only(op, "legal_profiles")


def downgrade() -> None:
    """Drop the tables."""
    for table in ("legal_profiles", "merchant_scopes", "application_submissions", "applications"):
        op.drop_table(table)
