"""A file somebody sent, how its columns are read, and what was wrong in it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import Boolean, ForeignKeyConstraint, Index, Integer, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.db import Base, created, pk, texts
from marketplace.kernel.labels import Labelled
from marketplace.kernel.rows import DataClass
from tenants.scope import OwnedByMerchant


class ImportState(Labelled):
    """How far a file has come."""

    ARRIVED = "arrived", _l("Match the columns")
    CHECKING = "checking", _l("Being checked")
    CHECKED = "checked", _l("Checked")
    RUNNING = "running", _l("Being imported")
    DONE = "done", _l("Imported")
    FAILED = "failed", _l("Could not be read")


class ImportMode(Labelled):
    """What happens to a file with faults."""

    GOOD = "good", _l("Import the good rows")
    ALL = "all", _l("All or nothing")


class ImportFile(OwnedByMerchant, Base):
    """One table that a merchant sent."""

    __tablename__ = "import_files"
    __data__ = DataClass.MERCHANT
    __table_args__ = (UniqueConstraint("id", "merchant_id"), Index("ix_import_files_recent", "merchant_id", "created_at"))

    id: Mapped[pk]
    name: Mapped[str] = mapped_column(String(200))
    key: Mapped[str] = mapped_column(String(200))
    size: Mapped[int] = mapped_column(Integer)
    columns: Mapped[list[str]]
    samples: Mapped[list[Any]]
    mapping: Mapped[dict[str, str]]
    options: Mapped[dict[str, Any]]
    state: Mapped[ImportState] = mapped_column(default=ImportState.ARRIVED)
    job_id: Mapped[UUID | None]
    account_id: Mapped[UUID | None]
    counts: Mapped[dict[str, Any]]
    created_at: Mapped[created]
    finished_at: Mapped[datetime | None]


class ImportFault(OwnedByMerchant, Base):
    """One thing wrong in one cell: the row as the spreadsheet counts it, the column's heading, a sentence in both languages.

    `passes` is a remark: the row goes in all the same, without what the cell says.
    """

    __tablename__ = "import_faults"
    __data__ = DataClass.MERCHANT
    __table_args__ = (
        ForeignKeyConstraint(["file_id", "merchant_id"], ["import_files.id", "import_files.merchant_id"], ondelete="CASCADE"),
        Index("ix_import_faults_file_id_row", "file_id", "row", "id"),
    )

    id: Mapped[pk]
    file_id: Mapped[UUID]
    row: Mapped[int] = mapped_column(Integer)
    column: Mapped[str] = mapped_column(String(200), default="")
    value: Mapped[str] = mapped_column(String(200), default="")
    sentence: Mapped[texts]
    passes: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())


class ColumnHabit(OwnedByMerchant, Base):
    """How a merchant matched the columns of such a table last time; offered again for the same headings."""

    __tablename__ = "import_habits"
    __data__ = DataClass.MERCHANT
    __table_args__ = (UniqueConstraint("merchant_id", "headings"),)

    id: Mapped[pk]
    headings: Mapped[str] = mapped_column(String(64))
    mapping: Mapped[dict[str, str]]
    options: Mapped[dict[str, Any]]
    used_at: Mapped[created]
