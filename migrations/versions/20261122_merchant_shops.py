"""Create the appearance and content of each merchant's shop."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from marketplace.kernel import rls

revision = "20261122_12"
down_revision = "20261122_40"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; everyone may read it, the merchant may write it."""
    op.create_table(
        "merchant_shops",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("accent", sa.String(7), nullable=False),
        sa.Column("logo", pg.JSONB(), nullable=True),
        sa.Column("banner", pg.JSONB(), nullable=True),
        sa.Column("announcement", pg.JSONB(), nullable=False),
        sa.Column("introduction", pg.JSONB(), nullable=False),
        sa.Column("contact", pg.JSONB(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("video", pg.JSONB(), nullable=True),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_merchant_shops_merchant_id"),
        sa.PrimaryKeyConstraint("merchant_id", name="pk_merchant_shops"),
        sa.CheckConstraint("accent ~ '^#[0-9a-f]{6}$'", name="accent"),
    )
    rls.enable_rls(op, "merchant_shops", "select", "insert", "update")
    rls.allow_public_read(op, "merchant_shops", where="true")
    rls.allow_owner(op, "merchant_shops", column="merchant_id", setting="merchant", verbs=("insert", "update"))
    rls.freeze_columns(op, "merchant_shops", "merchant_id")


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("merchant_shops")
