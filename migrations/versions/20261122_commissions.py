"""Commissions: numbered sets of rates that never change, and fees frozen at the sale."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from marketplace.kernel import policies

revision = "20261122_31"
down_revision = "20261122_30"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand; backfill in batches elsewhere; enforce in a later release."""
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
    make_fee_lines()
    for table in ("commission_rate_sets", "commission_rates"):
        policies.protect(op, table, "select", "insert")
        policies.purpose_may(op, table, "settlement", "select")
        policies.purpose_may(op, table, "console", "select", "insert")
        policies.purpose_may(op, table, "seeding", "select", "insert")
        policies.append_only(op, table)
    policies.protect(op, "fee_lines", "select", "insert")
    policies.owner_may(op, "fee_lines", column="merchant_id", setting="merchant", verbs=("select",))
    policies.purpose_may(op, "fee_lines", "settlement", "select", "insert")
    policies.purpose_may(op, "fee_lines", "console", "select")
    policies.append_only(op, "fee_lines")


def make_fee_lines() -> None:
    """What the market keeps of each line of a sale."""
    op.create_table(
        "fee_lines",
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
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_fee_lines_merchant_id"),
        sa.PrimaryKeyConstraint("id", name="pk_fee_lines"),
        sa.UniqueConstraint("id", "merchant_id", name="uq_fee_lines_id_merchant_id"),
        sa.ForeignKeyConstraint(
            ["reverses_id", "merchant_id"],
            ["fee_lines.id", "fee_lines.merchant_id"],
            name="fk_fee_lines_reverses_id_merchant_id",
        ),
    )
    op.create_index("ix_fee_lines_merchant_id", "fee_lines", ["merchant_id"])
    op.create_index("ix_fee_lines_order", "fee_lines", ["order"])
    charge = sa.text("kind = 'charge'")
    op.create_index("uq_fee_lines_charge", "fee_lines", ["order", "line"], unique=True, postgresql_where=charge)
    op.create_index("uq_fee_lines_reversal", "fee_lines", ["reverses_id", "cause"], unique=True)


def downgrade() -> None:
    for table in ("fee_lines", "commission_rates", "commission_rate_sets"):
        op.drop_table(table)
