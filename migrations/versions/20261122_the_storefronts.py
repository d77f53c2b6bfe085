"""Storefronts: how each merchant's shop is arranged (SF1, SF5)."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from marketplace.kernel import policies

revision = "20261122_12"
down_revision = "20261122_40"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Everybody may look; the merchant alone arranges."""
    op.create_table(
        "storefronts",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("accent", sa.String(7), nullable=False),
        sa.Column("logo", pg.JSONB(), nullable=True),
        sa.Column("banner", pg.JSONB(), nullable=True),
        sa.Column("announcement", pg.JSONB(), nullable=False),
        sa.Column("introduction", pg.JSONB(), nullable=False),
        sa.Column("contact", pg.JSONB(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_storefronts_merchant_id"),
        sa.PrimaryKeyConstraint("merchant_id", name="pk_storefronts"),
        sa.CheckConstraint("accent ~ '^#[0-9a-f]{6}$'", name="ck_storefronts_accent"),
    )
    policies.protect(op, "storefronts", "select", "insert", "update")
    policies.anyone_may_read(op, "storefronts", where="true")
    policies.owner_may(op, "storefronts", column="merchant_id", setting="merchant", verbs=("insert", "update"))
    policies.never_changes(op, "storefronts", "merchant_id")


def downgrade() -> None:
    """Take the shops down."""
    op.drop_table("storefronts")
