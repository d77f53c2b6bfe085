"""Operator commands: `flask migrate`, `relay`, `reindex`, `map`, `translations`."""

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
from marketplace.kernel.lazy_import import lazy_callable

# Every process imports this module, so modules that only one command needs (Alembic, for example) are imported when it runs.
upgrade = lazy_callable("marketplace.kernel.migrate:upgrade")
compile_templates = lazy_callable("marketplace.preload:compile_templates")
lint_translations = lazy_callable("marketplace.kernel.translation_check:lint_catalogs")


def init_app(app: Flask) -> None:
    """Register the commands on the application."""
    for command in (migrate, relay, reindex, print_app_map, check_translations):
        app.cli.add_command(command)


@click.command("migrate")
@with_appcontext
def migrate() -> None:
    """Upgrade the database schema with the owner role, and compile the templates of this release."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    upgrade(app)
    click.echo("The database is up to date.")
    compile_templates(app)
    click.echo("The pages are compiled.")


@click.command("relay")
@with_appcontext
def relay() -> None:
    """Deliver outbox messages until SIGTERM or SIGINT."""
    stop = threading.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: stop.set())
    outbox.run_relay(stop)


@click.command("reindex")
@with_appcontext
def reindex() -> None:
    """Rebuild every search index next to the live one, then swap them."""
    for feature in _features():
        if feature.reindex is not None:
            for index, count in feature.reindex().items():
                click.echo(f"{index}: {count}")


@click.command("map")
@click.argument("what", type=click.Choice(["routes", "events", "tables"]), default="routes")
@with_appcontext
def print_app_map(what: str) -> None:
    """Print the routes with their access rules, the events with their listeners, or the tables with their ownership."""
    sections: dict[str, Any] = {"routes": _routes, "events": _events, "tables": _tables}
    for line in sections[what]():
        click.echo(line)


@click.command("translations")
@with_appcontext
def check_translations() -> None:
    """List the messages without a translation; exit with status 1 if there are any."""
    messages = list(lint_translations())
    for message in messages:
        click.echo(message)
    if messages:
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
    for phase, handlers_by_event in (
        ("in_transaction", events.SYNC_HANDLERS),
        ("async", events.OUTBOX_HANDLERS),
        ("after_commit", events.AFTER_COMMIT_HANDLERS),
    ):
        for event_type, listeners in handlers_by_event.items():
            for listener in listeners:
                lines.append(f"{events.event_type_name(event_type):60} {phase:14} {events.handler_name(listener)}")
    return sorted(lines)


def _tables() -> list[str]:
    return sorted(f"{mapper.class_.__tablename__:32} {mapper.class_.__ownership__}" for mapper in Base.registry.mappers)
