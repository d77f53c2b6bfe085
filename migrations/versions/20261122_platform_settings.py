"""Create the platform settings that its staff edit."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from marketplace.kernel import rls

revision = "20261122_14"
down_revision = "20261122_13"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; the check allows one row."""
    op.create_table(
        "platform_settings",
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("announcement", pg.JSONB(), nullable=False),
        sa.Column("unpaid_minutes", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_platform_settings"),
        sa.CheckConstraint("name = 'market'", name="single_row"),
        sa.CheckConstraint("unpaid_minutes between 5 and 10080", name="unpaid_minutes"),
    )
    rls.grant(op, "platform_settings", "select", "insert", "update")


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("platform_settings")
