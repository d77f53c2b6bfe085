"""Admission: applications in rounds; what a merchant legally is and may trade in (MA1–MA5)."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from marketplace.kernel import policies

revision = "20261122_11"
down_revision = "20261122_21"
branch_labels = None
depends_on = None

OPEN = "('draft', 'submitted', 'changes_requested', 'resubmitted')"


def upgrade() -> None:
    """An applicant writes its own application; the market decides; a merchant's contract is the market's to write."""
    op.create_table(
        "applications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("answers", pg.JSONB(), nullable=False),
        sa.Column("remarks", pg.JSONB(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("rounds", sa.Integer(), nullable=False),
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
    still_open = sa.text(f"state in {OPEN}")
    op.create_index("uq_applications_open", "applications", ["buyer_id"], unique=True, postgresql_where=still_open)
    op.create_table(
        "application_rounds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("answers", pg.JSONB(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decision", sa.String(40), nullable=True),
        sa.Column("remarks", pg.JSONB(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["buyer_id"], ["organisations.id"], name="fk_application_rounds_buyer_id"),
        sa.ForeignKeyConstraint(
            ["application_id", "buyer_id"],
            ["applications.id", "applications.buyer_id"],
            name="fk_application_rounds_application",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_application_rounds"),
        sa.UniqueConstraint("application_id", "number", name="uq_application_rounds_application_id_number"),
    )
    op.create_index("ix_application_rounds_buyer_id", "application_rounds", ["buyer_id"])
    op.create_index("ix_application_rounds_application_id", "application_rounds", ["application_id"])
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
    _walls()


def _walls() -> None:
    policies.protect(op, "applications", "select", "insert", "update")
    policies.owner_may(op, "applications", column="buyer_id", setting="buyer", verbs=("select",))
    mine = "buyer_id = (select app_buyer())"
    policies.also_may(op, "applications", "buyer_may_insert", "insert", f"{mine} and state = 'draft'")
    # What the market has decided, the applicant can neither change nor write.
    policies.also_may(op, "applications", "buyer_may_update", "update", f"{mine} and state not in ('approved', 'rejected')")
    policies.purpose_may(op, "applications", "console", "select", "update")
    policies.never_changes(op, "applications", "buyer_id", "account_id")

    policies.protect(op, "application_rounds", "select", "insert", "update")
    policies.owner_may(op, "application_rounds", column="buyer_id", setting="buyer", verbs=("select",))
    policies.also_may(op, "application_rounds", "buyer_may_insert", "insert", f"{mine} and decision is null")
    policies.purpose_may(op, "application_rounds", "console", "select", "update")
    policies.never_changes(op, "application_rounds", "buyer_id", "application_id", "number", "answers")

    policies.protect(op, "merchant_scopes", "select", "insert", "delete")
    policies.anyone_may_read(op, "merchant_scopes", where="true")
    policies.purpose_may(op, "merchant_scopes", "admission", "insert")
    policies.purpose_may(op, "merchant_scopes", "console", "insert", "delete")

    policies.protect(op, "legal_profiles", "select", "insert")
    policies.owner_may(op, "legal_profiles", column="merchant_id", setting="merchant", verbs=("select", "insert"))
    policies.purpose_may(op, "legal_profiles", "admission", "select", "insert")
    policies.purpose_may(op, "legal_profiles", "console", "select")
    policies.append_only(op, "legal_profiles")


def downgrade() -> None:
    """Close admission."""
    for table in ("legal_profiles", "merchant_scopes", "application_rounds", "applications"):
        op.drop_table(table)
