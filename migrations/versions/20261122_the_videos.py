"""A video for each product, and one for the merchant's own hall (SF3)."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "20261122_18"
down_revision = "20261122_60"
branch_labels = None
depends_on = None

TABLES = ("products", "storefronts")


def upgrade() -> None:
    """Empty at first: nothing is rewritten. Who may read and write the rows may read and write these."""
    for table in TABLES:
        op.add_column(table, sa.Column("video", pg.JSONB(), nullable=True))


def downgrade() -> None:
    """Pictures only."""
    for table in reversed(TABLES):
        op.drop_column(table, "video")
