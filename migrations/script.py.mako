"""${message}"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from marketplace.kernel import rls

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand the schema; backfill in batches elsewhere; enforce in a later release."""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """Revert the changes."""
    ${downgrades if downgrades else "pass"}
