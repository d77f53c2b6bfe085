"""Imported files, saved column mappings and row errors."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import Boolean, ForeignKeyConstraint, Index, Integer, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.db import Base, CreatedAt, LocalizedText, PrimaryKey
from marketplace.kernel.labels import LabeledStrEnum
from marketplace.kernel.tenancy import RowOwnership
from tenants.isolation import MerchantOwnedMixin


class ImportState(LabeledStrEnum):
    """The state of an imported file."""

    UPLOADED = "uploaded", _l("Match the columns")
    CHECKING = "checking", _l("Being checked")
    CHECKED = "checked", _l("Checked")
    RUNNING = "running", _l("Being imported")
    DONE = "done", _l("Imported")
    FAILED = "failed", _l("Could not be read")


class ImportMode(LabeledStrEnum):
    """How a file with errors is imported."""

    VALID_ROWS = "valid_rows", _l("Import the good rows")
    ALL_OR_NOTHING = "all", _l("All or nothing")


class ImportFile(MerchantOwnedMixin, Base):
    """One table that a merchant uploaded."""

    __tablename__ = "import_files"
    __ownership__ = RowOwnership.MERCHANT
    __table_args__ = (UniqueConstraint("id", "merchant_id"), Index("ix_import_files_recent", "merchant_id", "created_at"))

    id: Mapped[PrimaryKey]
    name: Mapped[str] = mapped_column(String(200))
    key: Mapped[str] = mapped_column(String(200))
    size: Mapped[int] = mapped_column(Integer)
    columns: Mapped[list[str]]
    samples: Mapped[list[Any]]
    mapping: Mapped[dict[str, str]]
    options: Mapped[dict[str, Any]]
    state: Mapped[ImportState] = mapped_column(default=ImportState.UPLOADED)
    job_id: Mapped[UUID | None]
    account_id: Mapped[UUID | None]
    counts: Mapped[dict[str, Any]]
    created_at: Mapped[CreatedAt]
    finished_at: Mapped[datetime | None]


class ImportRowError(MerchantOwnedMixin, Base):
    """One error in one cell: the row as the spreadsheet counts it, the heading, a message in both languages.

    With `is_warning` the row is imported all the same, without the value of the cell.
    """

    __tablename__ = "import_errors"
    __ownership__ = RowOwnership.MERCHANT
    __table_args__ = (
        ForeignKeyConstraint(["file_id", "merchant_id"], ["import_files.id", "import_files.merchant_id"], ondelete="CASCADE"),
        Index("ix_import_errors_file_id_row", "file_id", "row", "id"),
    )

    id: Mapped[PrimaryKey]
    file_id: Mapped[UUID]
    row: Mapped[int] = mapped_column(Integer)
    column: Mapped[str] = mapped_column(String(200), default="")
    value: Mapped[str] = mapped_column(String(200), default="")
    message: Mapped[LocalizedText]
    is_warning: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())


class SavedColumnMapping(MerchantOwnedMixin, Base):
    """The mapping a merchant chose last time for these headings; offered again for the same headings."""

    __tablename__ = "import_column_mappings"
    __ownership__ = RowOwnership.MERCHANT
    __table_args__ = (UniqueConstraint("merchant_id", "headings_hash"),)

    id: Mapped[PrimaryKey]
    headings_hash: Mapped[str] = mapped_column(String(64))
    mapping: Mapped[dict[str, str]]
    options: Mapped[dict[str, Any]]
    used_at: Mapped[CreatedAt]
