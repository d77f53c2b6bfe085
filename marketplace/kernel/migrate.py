"""Migration of the database to the current schema, as the owner's role."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from flask import Flask

MIGRATIONS_DIR = Path(__file__).resolve().parents[2] / "migrations"


def alembic_config() -> Config:
    """Return Alembic's configuration, independent of the working directory."""
    alembic_cfg = Config(str(MIGRATIONS_DIR / "alembic.ini"))
    alembic_cfg.set_main_option("script_location", str(MIGRATIONS_DIR))
    return alembic_cfg


def upgrade(app: Flask) -> None:
    """Run all pending migrations."""
    with app.app_context():
        command.upgrade(alembic_config(), "head")


def heads() -> list[str]:
    """Return the head revisions; a consistent tree has one."""
    return list(ScriptDirectory.from_config(alembic_config()).get_heads())
