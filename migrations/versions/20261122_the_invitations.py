"""Invitations to a merchant's desk (RO2)."""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel import policies

revision = "20261122_13"
down_revision = "20261122_50"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A merchant's own rows; who holds the letter's word reads and uses one up under the purpose of invitation."""
    op.create_table(
        "staff_invitations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("invited_by", sa.Uuid(), nullable=False),
        sa.Column("inviter", sa.String(80), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_staff_invitations_merchant_id"),
        sa.ForeignKeyConstraint(["invited_by"], ["accounts.id"], name="fk_staff_invitations_invited_by"),
        sa.PrimaryKeyConstraint("id", name="pk_staff_invitations"),
        sa.UniqueConstraint("token_hash", name="uq_staff_invitations_token_hash"),
    )
    op.create_index("ix_staff_invitations_merchant_id", "staff_invitations", ["merchant_id"])
    policies.protect(op, "staff_invitations", "select", "insert", "delete")
    policies.owner_may(op, "staff_invitations", column="merchant_id", setting="merchant")
    policies.purpose_may(op, "staff_invitations", "invitation", "select", "delete")


def downgrade() -> None:
    """Invite nobody."""
    op.drop_table("staff_invitations")
