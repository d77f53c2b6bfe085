"""The address book: where a buyer has goods sent (ME1)."""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel import policies

revision = "20261122_10"
down_revision = "20261122_32"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A buyer's own rows, behind the wall."""
    op.create_table(
        "addresses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("phone", sa.String(40), nullable=False),
        sa.Column("region_code", sa.String(6), nullable=False),
        sa.Column("street", sa.String(200), nullable=False),
        sa.Column("postcode", sa.String(10), nullable=False),
        sa.Column("usual", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["buyer_id"], ["organisations.id"], name="fk_addresses_buyer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_addresses"),
    )
    op.create_index("ix_addresses_buyer_id", "addresses", ["buyer_id"])
    op.create_index("uq_addresses_usual", "addresses", ["buyer_id"], unique=True, postgresql_where=sa.text("usual"))
    policies.protect(op, "addresses")
    policies.owner_may(op, "addresses", column="buyer_id", setting="buyer")
    policies.never_changes(op, "addresses", "buyer_id")


def downgrade() -> None:
    """Close the book."""
    op.drop_table("addresses")
