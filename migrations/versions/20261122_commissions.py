"""Create commissions: append-only numbered rate sets, and entries with the commission of each order line."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from marketplace.kernel import rls

revision = "20261122_31"
down_revision = "20261122_30"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables, functions, triggers and policies."""
    op.create_table(
        "commission_rate_sets",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("default_basis_points", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("default_basis_points between 0 and 5000", name="basis_points"),
        sa.PrimaryKeyConstraint("number", name="pk_commission_rate_sets"),
    )
    op.create_table(
        "commission_rates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("set_number", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=True),
        sa.Column("category", sa.String(300), nullable=False),
        sa.Column("basis_points", sa.Integer(), nullable=False),
        sa.Column("active_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("active_to", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("basis_points between 0 and 5000", name="basis_points"),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_commission_rates_merchant_id"),
        sa.ForeignKeyConstraint(["set_number"], ["commission_rate_sets.number"], name="fk_commission_rates_set_number"),
        sa.PrimaryKeyConstraint("id", name="pk_commission_rates"),
        sa.UniqueConstraint("set_number", "position", name="uq_commission_rates_set_number_position"),
    )
    create_commission_entries()
    for table in ("commission_rate_sets", "commission_rates"):
        rls.enable_rls(op, table, "select", "insert")
        rls.allow_purpose(op, table, "settlement", "select")
        rls.allow_purpose(op, table, "console", "select", "insert")
        rls.allow_purpose(op, table, "seeding", "select", "insert")
        rls.make_append_only(op, table)
    rls.enable_rls(op, "commission_entries", "select", "insert")
    rls.allow_owner(op, "commission_entries", column="merchant_id", setting="merchant", verbs=("select",))
    rls.allow_purpose(op, "commission_entries", "settlement", "select", "insert")
    rls.allow_purpose(op, "commission_entries", "console", "select")
    rls.make_append_only(op, "commission_entries")


def create_commission_entries() -> None:
    """Create the table of the platform's commission per order line."""
    op.create_table(
        "commission_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order", sa.String(100), nullable=False),
        sa.Column("line", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("set_number", sa.Integer(), nullable=False),
        sa.Column("rate_id", sa.Uuid(), nullable=True),
        sa.Column("basis_points", sa.Integer(), nullable=False),
        sa.Column("base", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("cause", sa.String(200), nullable=False),
        sa.Column("reverses_id", sa.Uuid(), nullable=True),
        sa.Column("inputs", pg.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("(kind = 'charge') = (reverses_id is null)", name="reverses"),
        sa.CheckConstraint("(kind = 'charge' and amount >= 0) or (kind = 'reversal' and amount <= 0)", name="sign"),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_commission_entries_merchant_id"),
        sa.PrimaryKeyConstraint("id", name="pk_commission_entries"),
        sa.UniqueConstraint("id", "merchant_id", name="uq_commission_entries_id_merchant_id"),
        sa.ForeignKeyConstraint(
            ["reverses_id", "merchant_id"],
            ["commission_entries.id", "commission_entries.merchant_id"],
            name="fk_commission_entries_reverses_id_merchant_id",
        ),
    )
    op.create_index("ix_commission_entries_merchant_id", "commission_entries", ["merchant_id"])
    op.create_index("ix_commission_entries_order", "commission_entries", ["order"])
    charge = sa.text("kind = 'charge'")
    op.create_index(
        "uq_commission_entries_charge", "commission_entries", ["order", "line"], unique=True, postgresql_where=charge
    )
    op.create_index("uq_commission_entries_reversal", "commission_entries", ["reverses_id", "cause"], unique=True)


def downgrade() -> None:
    """Drop the tables."""
    for table in ("commission_entries", "commission_rates", "commission_rate_sets"):
        op.drop_table(table)
