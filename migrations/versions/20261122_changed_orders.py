"""Orders that their buyers change: what was changed stands in the history, and lines may go (OR3, OR9)."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from marketplace.kernel import policies

revision = "20261122_60"
down_revision = "20261122_17"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Before this nothing was changed: no moment, no details."""
    op.add_column("orders", sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("order_events", sa.Column("details", pg.JSONB(), nullable=False, server_default="{}"))
    op.alter_column("order_events", "details", server_default=None)
    policies.grant(op, "order_lines", "delete")
    policies.purpose_may(op, "order_lines", "fulfilment", "delete")


def downgrade() -> None:
    """Lines stay for ever."""
    op.execute("drop policy for_fulfilment_delete on order_lines")
    op.execute(f"revoke delete on order_lines from {policies.app_role(op)}")
    op.drop_column("order_events", "details")
    op.drop_column("orders", "changed_at")
