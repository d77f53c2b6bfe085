"""The operator's commands: `flask up · migrate · seed · reindex · relay · map · translations`."""

from __future__ import annotations

import signal
import sys
import threading
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from marketplace.kernel import events, outbox
from marketplace.kernel.db import Base
from marketplace.kernel.feature import Feature
from marketplace.kernel.later import later
from marketplace.kernel.seeding import SIZES

# Every process of the market reads these commands; what only they need (Alembic, the demo market) is loaded when one runs.
plant_market = later("marketplace.demo.planting:plant_market")
upgrade = later("marketplace.kernel.migrating:upgrade")
compile_pages = later("marketplace.warming:compile_pages")
complaints = later("marketplace.kernel.proofreading:complaints")


def init(app: Flask) -> None:
    """Hang the commands on the application."""
    for command in (migrate, seed, sign_ins, relay, reindex, map_house, check_translations):
        app.cli.add_command(command)


@click.command("migrate")
@with_appcontext
def migrate() -> None:
    """Bring the database to the present schema (as the owner's role), and compile this release's pages."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    upgrade(app)
    click.echo("The database is up to date.")
    compile_pages(app)
    click.echo("The pages are compiled.")


@click.command("seed")
@click.option("--size", type=click.Choice(list(SIZES)), default="demo", show_default=True)
@with_appcontext
def seed(size: str) -> None:
    """Plant the demo market: every feature its own corner, the same for everybody. A second run plants what is missing."""
    plan = plant_market(size=size, say=click.echo)
    click.echo(f"The demo market is planted ({plan.size}).")


@click.command("sign-ins")
@with_appcontext
def sign_ins() -> None:
    """Print how to sign in to the demo market; nothing when it was not planted."""
    for feature in _features():
        for line in feature.sign_ins() if feature.sign_ins is not None else ():
            click.echo(line)


@click.command("relay")
@with_appcontext
def relay() -> None:
    """Deliver what waits in the outbox, until told to stop."""
    stop = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stop.set())
    outbox.relay(stop)


@click.command("reindex")
@with_appcontext
def reindex() -> None:
    """Rebuild every search index beside the old one, then swap."""
    for feature in _features():
        if feature.reindex is not None:
            for index, count in feature.reindex().items():
                click.echo(f"{index}: {count}")


@click.command("map")
@click.argument("what", type=click.Choice(["routes", "events", "tables"]), default="routes")
@with_appcontext
def map_house(what: str) -> None:
    """Print the routes with their guards, the events with their listeners, or the tables with their owners."""
    lines: dict[str, Any] = {"routes": _routes, "events": _events, "tables": _tables}
    for line in lines[what]():
        click.echo(line)


@click.command("translations")
@with_appcontext
def check_translations() -> None:
    """Say which strings lack a translation; fails when there is one."""
    found = list(complaints())
    for line in found:
        click.echo(line)
    if found:
        sys.exit(1)
    click.echo("Every string is said in both languages.")


def _features() -> tuple[Feature, ...]:
    return tuple(current_app.extensions["features"])


def _routes() -> list[str]:
    lines = []
    for rule in sorted(current_app.url_map.iter_rules(), key=lambda rule: rule.rule):
        view = current_app.view_functions[rule.endpoint]
        verbs = ",".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        access, right = getattr(view, "access", "-"), getattr(view, "permission", "")
        lines.append(f"{verbs:12} {rule.rule:60} {access:10} {right}")
    return lines


def _events() -> list[str]:
    lines = []
    for when, table in (("together", events.TOGETHER), ("durably", events.DURABLE), ("after", events.AFTER)):
        for kind, listeners in table.items():
            for listener in listeners:
                lines.append(f"{events.name_of(kind):60} {when:9} {events.listener_name(listener)}")
    return sorted(lines)


def _tables() -> list[str]:
    return sorted(f"{mapper.class_.__tablename__:32} {mapper.class_.__data__}" for mapper in Base.registry.mappers)
