"""The floor: the least that a Flask page with one query and 24 cards can cost on this machine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from sqlalchemy import create_engine, text

from marketplace.kernel.embedded import Servers

FLOOR = Path(os.environ.get("FLOOR") or Path(__file__).resolve().parents[2] / "shared/bench/floor")
DATABASE = "floor"


def prepare(servers: Servers, var: Path) -> dict[str, str] | None:
    """Make the floor's database beside ours; the environment its programs need, or None when the floor is not here."""
    if not (FLOOR / "app.py").exists():
        return None
    engine = create_engine(servers.superuser_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        there = connection.execute(text("select 1 from pg_database where datname = :name"), {"name": DATABASE}).scalar()
        if not there:
            connection.execute(text(f"create database {DATABASE}"))
    address = engine.url.set(database=DATABASE, drivername="postgresql").render_as_string(hide_password=False)
    engine.dispose()
    # Its page of raw statements, which nobody asks for here, wants a package that we do not have.
    spare = var / "floor"
    spare.mkdir(exist_ok=True)
    (spare / "psycopg_pool.py").write_text("class ConnectionPool: ...\n")
    env = {**os.environ, "FLOOR_DSN": address, "PYTHONPATH": f"{FLOOR.resolve()}:{spare}"}
    if not there:
        subprocess.run([sys.executable, "seed.py"], cwd=FLOOR, env=env, check=True, timeout=300)
    return env
