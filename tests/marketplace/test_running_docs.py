"""Consistency of docs/running.md and docker-compose.yml with the settings and the supervisor plan."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import MISSING, fields
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from local.embedded import EmbeddedServers
from local.embedded.paths import resolve_paths
from local.supervisor.installation import Installation
from local.supervisor.plan import MARKETPLACE_PLAN
from marketplace.kernel import db_roles
from marketplace.kernel.db_roles import Role
from marketplace.kernel.settings import Settings

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "running.md").read_text()
COMPOSE = (ROOT / "docker-compose.yml").read_text()


def settings_table() -> dict[str, tuple[str, str]]:
    """Parse the settings table of the guide: variable to (default, meaning)."""
    rows = re.findall(r"^\| `([A-Z_]+)` \| ([^|]*) \| ([^|]+) \|$", GUIDE.partition("\n## Settings\n")[2], re.MULTILINE)
    return {name: (default.strip().strip("`"), meaning) for name, default, meaning in rows}


def format_default(value: object) -> str:
    if value is MISSING:
        return "needed"
    return "none" if value in (None, ()) else str(value).lower() if isinstance(value, bool) else str(value)


def test_settings_documented_with_defaults() -> None:
    explained = {name: default for name, (default, _) in settings_table().items()}
    assert explained == {field.name.upper(): format_default(field.default) for field in fields(Settings)}


def compose_block(name: str) -> dict[str, str]:
    """Parse a top-level mapping of docker-compose.yml, with sample values for its variables."""
    block = re.search(rf"^{name}: &\w+\n((?:  .*\n)+)", COMPOSE, re.MULTILINE)
    assert block is not None
    pairs = re.findall(r"^  ([A-Z_]+): (.+)$", block[1], re.MULTILINE)
    return {
        key: re.sub(
            r"\$\{(\w+)(?::-([^}]*)|:\?[^}]*)\}",
            lambda match: match[2] if match[2] is not None else "0123456789abcdef" * 2 + match[1].lower(),
            value,
        ).strip('"')
        for key, value in pairs
    }


def test_compose_settings_are_valid() -> None:
    compose_settings = compose_block("x-settings")
    names = {field.name.upper() for field in fields(Settings)}
    assert set(compose_settings) <= names
    app_settings = Settings.from_env(compose_settings)
    owner_settings = Settings.from_env(compose_settings | compose_block("x-owner"))
    assert app_settings.environment == "production"
    assert "owner_password" not in app_settings.owner_database_url
    assert "owner_password" in owner_settings.owner_database_url


@pytest.mark.parametrize("program", ["worker", "beat", "relay", "gateway"])
def test_guide_and_compose_use_supervisor_commands(program: str) -> None:
    installation = Installation(var=Path("/var"), host="127.0.0.1", port=8000, gateway_port=8001)
    argv = next(list(p.command(installation)) for p in MARKETPLACE_PLAN.programs if p.name == program)
    command_line = " ".join(str(argument) for argument in argv[2:])
    match = re.match(r"celery -A \S+ \w+|flask --app wsgi \w+|billing\.payments\.sandbox_gateway", command_line)
    assert match is not None
    assert match[0] in COMPOSE
    assert re.search(rf"\| {program} \| `(python -m )?{re.escape(match[0])}", GUIDE)


def test_every_program_in_compose_and_guide() -> None:
    services = set(re.findall(r"^  ([a-z]+):\n    <<: \*market$", COMPOSE, re.MULTILINE))
    names = {program.name for program in MARKETPLACE_PLAN.programs}
    assert services == names | {"roles", "migrate"}
    assert set(re.findall(r"^   \| (\w+) \| `", GUIDE, re.MULTILINE)) == names


def run_psql(servers: EmbeddedServers, script: str, database: str = "postgres") -> str:
    """Run a script as the superuser with psql; return its output."""
    server = make_url(servers.superuser_url)
    result = subprocess.run(
        [
            *(resolve_paths(servers.home, durable=False).postgres_dir / "bin" / "psql", "-h", str(server.query["host"])),
            *("-U", server.username, "-d", database, "-v", "ON_ERROR_STOP=1", "--quiet", "-A", "-t", "-f", "-"),
        ],
        input=script,
        env={"PGPASSWORD": str(server.password), "PGCLIENTENCODING": "UTF8"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.stderr == ""
    return result.stdout.strip()


def test_printed_role_sql_provisions_database(servers: EmbeddedServers) -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "marketplace.kernel.db_roles", "--print"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert printed == db_roles.render_sql(database="jishi", owner="jishi_owner", app="jishi_app")
    script = db_roles.render_sql(database="bazaar", owner="bazaar_owner", app="bazaar_app")
    try:
        run_psql(servers, script)
        privileges_sql = (
            "SELECT has_schema_privilege('bazaar_app', 'public', 'USAGE'),"
            " has_schema_privilege('bazaar_app', 'public', 'CREATE'), count(*) FROM pg_extension"
            " WHERE extname IN ('pg_trgm', 'btree_gist')"
        )
        assert run_psql(servers, privileges_sql, "bazaar") == "t|f|2"
        database_sql = "SELECT datcollate, pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'bazaar'"
        assert run_psql(servers, database_sql) == "C.UTF-8|bazaar_owner"
        limits_sql = "SELECT unnest(rolconfig) FROM pg_roles WHERE rolname = 'bazaar_app'"
        assert run_psql(servers, limits_sql).splitlines() == [f"{name}={value}" for name, value in db_roles.TIMEOUTS.items()]
    finally:
        run_psql(servers, "DROP DATABASE bazaar; DROP ROLE bazaar_owner, bazaar_app;")


def test_provisioning_rejects_bypassrls_app_role(servers: EmbeddedServers) -> None:
    with psycopg.connect(servers.superuser_url.replace("+psycopg", ""), autocommit=True) as server:
        server.execute("CREATE ROLE mighty BYPASSRLS")
        try:
            with pytest.raises(ValueError, match="may bypass row security"):
                db_roles.provision(
                    server, database="jishi", owner=Role.from_url(servers.owner_database_url), app=Role("mighty", "y")
                )
        finally:
            server.execute("REVOKE ALL ON DATABASE jishi FROM mighty")
            server.execute("DROP ROLE mighty")
