"""Run migrations as the owner's role, one process at a time, with a short lock timeout."""

from alembic import context
from flask import current_app
from sqlalchemy import Enum, create_engine, make_url, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.pool import NullPool

from marketplace.kernel.db import Base

settings = current_app.config["SETTINGS"]
context.config.attributes["app_role"] = make_url(settings.database_url).username
MIGRATION_LOCK_KEY = 7_452_100


def render(kind: str, item: object, _context: object) -> str | bool:
    """Render enum columns as text, so that a new member needs no migration."""
    if kind == "type" and isinstance(item, Enum):
        return "sa.String(40)"
    return "pg.JSONB()" if kind == "type" and isinstance(item, JSONB) else False


def run() -> None:
    """Migrate under an advisory lock, because two processes may start at the same time."""
    engine = create_engine(settings.owner_database_url, poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text("select pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK_KEY})
        connection.execute(text("set lock_timeout = '2s'"))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            compare_type=True,
            render_item=render,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
