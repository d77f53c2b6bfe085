"""The market keeps its merchants' records: a new legal identity from a day on (MA3)."""

from alembic import op

from marketplace.kernel import policies

revision = "20261122_16"
down_revision = "20261122_15"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The console adds identities; nobody changes one that was."""
    policies.purpose_may(op, "legal_profiles", "console", "insert")


def downgrade() -> None:
    """Only admission and the merchant add them."""
    op.execute("drop policy for_console_insert on legal_profiles")
