"""What a check of a table says without keeping the row out (CA1)."""

import sqlalchemy as sa
from alembic import op

revision = "20261122_51"
down_revision = "20261122_14"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A fault keeps its row out; a remark does not."""
    op.add_column("import_faults", sa.Column("passes", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    """Every message is a fault again."""
    op.drop_column("import_faults", "passes")
