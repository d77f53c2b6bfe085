"""Bringing the database to the present schema, as the owner's role."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from flask import Flask

FOLDER = Path(__file__).resolve().parents[2] / "migrations"


def config() -> Config:
    """Alembic's configuration, wherever the program was started."""
    made = Config(str(FOLDER / "alembic.ini"))
    made.set_main_option("script_location", str(FOLDER))
    return made


def upgrade(app: Flask) -> None:
    """Run every migration that has not run yet."""
    with app.app_context():
        command.upgrade(config(), "head")


def heads() -> list[str]:
    """The newest migrations; a healthy tree has one."""
    return list(ScriptDirectory.from_config(config()).get_heads())
