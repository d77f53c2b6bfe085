"""Create invitations to a merchant's staff."""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel import rls

revision = "20261122_13"
down_revision = "20261122_50"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; the holder of a token reads and deletes its row under the purpose "invitation"."""
    op.create_table(
        "staff_invitations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("inviter_id", sa.Uuid(), nullable=False),
        sa.Column("inviter_name", sa.String(80), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_staff_invitations_merchant_id"),
        sa.ForeignKeyConstraint(["inviter_id"], ["accounts.id"], name="fk_staff_invitations_inviter_id"),
        sa.PrimaryKeyConstraint("id", name="pk_staff_invitations"),
        sa.UniqueConstraint("token_hash", name="uq_staff_invitations_token_hash"),
    )
    op.create_index("ix_staff_invitations_merchant_id", "staff_invitations", ["merchant_id"])
    rls.enable_rls(op, "staff_invitations", "select", "insert", "delete")
    rls.allow_owner(op, "staff_invitations", column="merchant_id", setting="merchant")
    rls.allow_purpose(op, "staff_invitations", "invitation", "select", "delete")


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("staff_invitations")
