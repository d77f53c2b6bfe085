"""The baseline: the minimum cost of a Flask page with one query and 24 cards on this machine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from sqlalchemy import create_engine, text

from local.embedded import EmbeddedServers

BASELINE_DIR = Path(os.environ.get("FLOOR") or Path(__file__).resolve().parents[2] / "shared/bench/floor")
DATABASE = "baseline"


def prepare(servers: EmbeddedServers, var: Path) -> dict[str, str] | None:
    """Create the baseline's database; return the environment of its programs, or None if the baseline is not installed."""
    if not (BASELINE_DIR / "app.py").exists():
        return None
    engine = create_engine(servers.superuser_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        exists = connection.execute(text("select 1 from pg_database where datname = :name"), {"name": DATABASE}).scalar()
        if not exists:
            connection.execute(text(f"create database {DATABASE}"))
    dsn = engine.url.set(database=DATABASE, drivername="postgresql").render_as_string(hide_password=False)
    engine.dispose()
    # Its page of raw statements, which is not measured here, imports a package that is not installed.
    stub_dir = var / "baseline"
    stub_dir.mkdir(exist_ok=True)
    (stub_dir / "psycopg_pool.py").write_text("class ConnectionPool: ...\n")
    env = {**os.environ, "FLOOR_DSN": dsn, "PYTHONPATH": f"{BASELINE_DIR.resolve()}:{stub_dir}"}
    if not exists:
        subprocess.run([sys.executable, "seed.py"], cwd=BASELINE_DIR, env=env, check=True, timeout=300)
    return env
