"""Create the buyers' delivery addresses."""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel import rls

revision = "20261122_10"
down_revision = "20261122_32"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table with row security for its buyer."""
    op.create_table(
        "addresses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("phone", sa.String(40), nullable=False),
        sa.Column("region_code", sa.String(6), nullable=False),
        sa.Column("street", sa.String(200), nullable=False),
        sa.Column("postcode", sa.String(10), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["buyer_id"], ["organisations.id"], name="fk_addresses_buyer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_addresses"),
    )
    op.create_index("ix_addresses_buyer_id", "addresses", ["buyer_id"])
    op.create_index("uq_addresses_default", "addresses", ["buyer_id"], unique=True, postgresql_where=sa.text("is_default"))
    rls.enable_rls(op, "addresses")
    rls.allow_owner(op, "addresses", column="buyer_id", setting="buyer")
    rls.freeze_columns(op, "addresses", "buyer_id")


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("addresses")
