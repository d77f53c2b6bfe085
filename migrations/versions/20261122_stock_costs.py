"""What goods on the shelf have cost: of one unit, on average (IN1)."""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel import policies

revision = "20261122_17"
down_revision = "20261122_16"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A receipt may say what one unit has cost; the average is kept beside."""
    op.add_column("stock_movements", sa.Column("unit_cost", sa.BigInteger(), nullable=True))
    op.create_table(
        "stock_costs",
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("average", sa.Numeric(precision=24, scale=6), nullable=False),
        sa.CheckConstraint("average >= 0", name="ck_stock_costs_average"),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_stock_costs_merchant_id"),
        sa.ForeignKeyConstraint(
            ["variant_id", "merchant_id"],
            ["variants.id", "variants.merchant_id"],
            name="fk_stock_costs_variant_id_merchant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("variant_id", name="pk_stock_costs"),
    )
    op.create_index("ix_stock_costs_merchant_id", "stock_costs", ["merchant_id"], unique=False)
    policies.protect(op, "stock_costs")
    policies.owner_may(op, "stock_costs", column="merchant_id", setting="merchant")
    policies.never_changes(op, "stock_costs", "variant_id", "merchant_id")


def downgrade() -> None:
    """Goods have cost nothing that anybody knows."""
    op.drop_table("stock_costs")
    op.drop_column("stock_movements", "unit_cost")
