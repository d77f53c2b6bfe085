"""What somebody typed and has not sent yet, kept with their sign-in (CA3)."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "20261122_15"
down_revision = "20261122_51"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """It ends with the sign-in; no cookie carries it."""
    op.add_column("sign_in_sessions", sa.Column("unsent", pg.JSONB(), nullable=True))


def downgrade() -> None:
    """Forms are fresh again."""
    op.drop_column("sign_in_sessions", "unsent")
