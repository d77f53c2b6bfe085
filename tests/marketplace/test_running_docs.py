"""What docs/running.md and docker-compose.yml say about settings is what the program reads."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import MISSING, fields
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from marketplace.kernel import roles
from marketplace.kernel.embedded import Servers
from marketplace.kernel.embedded.places import find
from marketplace.kernel.roles import Role
from marketplace.kernel.settings import Settings
from marketplace.supervisor.plan import MARKET
from marketplace.supervisor.site import Site

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "running.md").read_text()
COMPOSE = (ROOT / "docker-compose.yml").read_text()


def settings_table() -> dict[str, tuple[str, str]]:
    """Variable to (default, meaning), from the guide's last table."""
    rows = re.findall(r"^\| `([A-Z_]+)` \| ([^|]*) \| ([^|]+) \|$", GUIDE.partition("\n## Settings\n")[2], re.MULTILINE)
    return {name: (default.strip().strip("`"), meaning) for name, default, meaning in rows}


def default_in_words(value: object) -> str:
    if value is MISSING:
        return "needed"
    return "none" if value in (None, ()) else str(value).lower() if isinstance(value, bool) else str(value)


def test_every_setting_is_explained_with_its_default() -> None:
    explained = {name: default for name, (default, _) in settings_table().items()}
    assert explained == {field.name.upper(): default_in_words(field.default) for field in fields(Settings)}


def compose_block(name: str) -> dict[str, str]:
    """One of the top blocks of simple lines, with this test's values in place of the variables."""
    block = re.search(rf"^{name}: &\w+\n((?:  .*\n)+)", COMPOSE, re.MULTILINE)
    assert block is not None
    pairs = re.findall(r"^  ([A-Z_]+): (.+)$", block[1], re.MULTILINE)
    return {
        key: re.sub(
            r"\$\{(\w+)(?::-([^}]*)|:\?[^}]*)\}",
            lambda found: found[2] if found[2] is not None else "0123456789abcdef" * 2 + found[1].lower(),
            value,
        ).strip('"')
        for key, value in pairs
    }


def test_the_containers_settings_start_a_market() -> None:
    given = compose_block("x-settings")
    names = {field.name.upper() for field in fields(Settings)}
    assert set(given) <= names
    everyday = Settings.from_env(given)
    migrating = Settings.from_env(given | compose_block("x-owner"))
    assert everyday.environment == "production"
    assert "owner_password" not in everyday.owner_database_url
    assert "owner_password" in migrating.owner_database_url


@pytest.mark.parametrize("program", ["worker", "beat", "relay", "gateway"])
def test_the_guide_and_the_containers_start_what_make_run_starts(program: str) -> None:
    site = Site(var=Path("/var"), host="127.0.0.1", port=8000, gateway_port=8001)
    words = next(list(p.command(site)) for p in MARKET.programs if p.name == program)
    call = " ".join(str(word) for word in words[2:])
    essence = re.match(r"celery -A \S+ \w+|flask --app wsgi \w+|billing\.payments\.pretend", call)
    assert essence is not None
    assert essence[0] in COMPOSE
    assert re.search(rf"\| {program} \| `(python -m )?{re.escape(essence[0])}", GUIDE)


def test_every_program_has_a_container_and_a_line_in_the_guide() -> None:
    services = set(re.findall(r"^  ([a-z]+):\n    <<: \*market$", COMPOSE, re.MULTILINE))
    names = {program.name for program in MARKET.programs}
    assert services == names | {"roles", "migrate"}
    assert set(re.findall(r"^   \| (\w+) \| `", GUIDE, re.MULTILINE)) == names


def psql(servers: Servers, script: str, database: str = "postgres") -> str:
    """Run a script as the superuser with the real psql; what it printed."""
    server = make_url(servers.superuser_url)
    answer = subprocess.run(
        [
            *(find(servers.home, lasting=False).postgres_programs / "bin" / "psql", "-h", str(server.query["host"])),
            *("-U", server.username, "-d", database, "-v", "ON_ERROR_STOP=1", "--quiet", "-A", "-t", "-f", "-"),
        ],
        input=script,
        env={"PGPASSWORD": str(server.password), "PGCLIENTENCODING": "UTF8"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.stderr == ""
    return answer.stdout.strip()


def test_the_printed_sql_makes_what_the_program_makes(servers: Servers) -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "marketplace.kernel.roles", "--print"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert printed == roles.script(database="jishi", owner="jishi_owner", app="jishi_app")
    script = roles.script(database="bazaar", owner="bazaar_owner", app="bazaar_app")
    try:
        psql(servers, script)
        rights = (
            "SELECT has_schema_privilege('bazaar_app', 'public', 'USAGE'),"
            " has_schema_privilege('bazaar_app', 'public', 'CREATE'), count(*) FROM pg_extension"
            " WHERE extname IN ('pg_trgm', 'btree_gist')"
        )
        assert psql(servers, rights, "bazaar") == "t|f|2"
        made = "SELECT datcollate, pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'bazaar'"
        assert psql(servers, made) == "C.UTF-8|bazaar_owner"
        limits = "SELECT unnest(rolconfig) FROM pg_roles WHERE rolname = 'bazaar_app'"
        assert psql(servers, limits).splitlines() == [f"{name}={value}" for name, value in roles.LIMITS.items()]
    finally:
        psql(servers, "DROP DATABASE bazaar; DROP ROLE bazaar_owner, bazaar_app;")


def test_a_powerful_role_is_refused_for_the_application(servers: Servers) -> None:
    with psycopg.connect(servers.superuser_url.replace("+psycopg", ""), autocommit=True) as server:
        server.execute("CREATE ROLE mighty BYPASSRLS")
        try:
            with pytest.raises(ValueError, match="may bypass row security"):
                roles.prepare(server, database="jishi", owner=Role.of(servers.owner_database_url), app=Role("mighty", "y"))
        finally:
            server.execute("REVOKE ALL ON DATABASE jishi FROM mighty")
            server.execute("DROP ROLE mighty")
