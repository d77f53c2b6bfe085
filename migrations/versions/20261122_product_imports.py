"""Create product imports: files, row errors and remembered column mappings."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from marketplace.kernel import rls

revision = "20261122_50"
down_revision = "20261122_12"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables, functions, triggers and policies."""
    op.create_table(
        "import_files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("columns", pg.JSONB(), nullable=False),
        sa.Column("samples", pg.JSONB(), nullable=False),
        sa.Column("mapping", pg.JSONB(), nullable=False),
        sa.Column("options", pg.JSONB(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("counts", pg.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_import_files_merchant_id"),
        sa.PrimaryKeyConstraint("id", name="pk_import_files"),
        sa.UniqueConstraint("id", "merchant_id", name="uq_import_files_id_merchant_id"),
    )
    op.create_index("ix_import_files_merchant_id", "import_files", ["merchant_id"], unique=False)
    op.create_index("ix_import_files_recent", "import_files", ["merchant_id", "created_at"], unique=False)
    op.create_table(
        "import_column_mappings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("headings_hash", sa.String(length=64), nullable=False),
        sa.Column("mapping", pg.JSONB(), nullable=False),
        sa.Column("options", pg.JSONB(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_import_column_mappings_merchant_id"),
        sa.PrimaryKeyConstraint("id", name="pk_import_column_mappings"),
        sa.UniqueConstraint("merchant_id", "headings_hash", name="uq_import_column_mappings_merchant_id_headings_hash"),
    )
    op.create_index("ix_import_column_mappings_merchant_id", "import_column_mappings", ["merchant_id"], unique=False)
    op.create_table(
        "import_errors",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("column", sa.String(length=200), nullable=False),
        sa.Column("value", sa.String(length=200), nullable=False),
        sa.Column("message", pg.JSONB(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("is_warning", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id", "merchant_id"],
            ["import_files.id", "import_files.merchant_id"],
            name="fk_import_errors_file_id_merchant_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_import_errors_merchant_id"),
        sa.PrimaryKeyConstraint("id", name="pk_import_errors"),
    )
    op.create_index("ix_import_errors_file_id_row", "import_errors", ["file_id", "row", "id"], unique=False)
    op.create_index("ix_import_errors_merchant_id", "import_errors", ["merchant_id"], unique=False)
    for table in ("import_files", "import_column_mappings", "import_errors"):
        rls.enable_rls(op, table)
        rls.allow_owner(op, table, column="merchant_id", setting="merchant")
        rls.freeze_columns(op, table, "merchant_id")


def downgrade() -> None:
    """Drop the tables."""
    op.drop_index("ix_import_errors_merchant_id", table_name="import_errors")
    op.drop_index("ix_import_errors_file_id_row", table_name="import_errors")
    op.drop_table("import_errors")
    op.drop_index("ix_import_column_mappings_merchant_id", table_name="import_column_mappings")
    op.drop_table("import_column_mappings")
    op.drop_index("ix_import_files_recent", table_name="import_files")
    op.drop_index("ix_import_files_merchant_id", table_name="import_files")
    op.drop_table("import_files")
