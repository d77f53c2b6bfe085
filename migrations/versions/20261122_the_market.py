"""What the market's staff set for the whole market."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from marketplace.kernel import policies

revision = "20261122_14"
down_revision = "20261122_13"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One row, read by all."""
    op.create_table(
        "market_settings",
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("announcement", pg.JSONB(), nullable=False),
        sa.Column("unpaid_minutes", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_market_settings"),
        sa.CheckConstraint("name = 'market'", name="ck_market_settings_one"),
        sa.CheckConstraint("unpaid_minutes between 5 and 10080", name="ck_market_settings_unpaid_minutes"),
    )
    policies.grant(op, "market_settings", "select", "insert", "update")


def downgrade() -> None:
    """Back to the defaults."""
    op.drop_table("market_settings")
