"""The commands of the demo package: `python -m demo seed --size demo` and `python -m demo sign-ins`."""

from __future__ import annotations

import click

from demo.registry import list_demo_logins
from demo.seed_marketplace import seed_marketplace
from demo.seeding import SIZES
from marketplace.app import create_app
from marketplace.kernel.settings import Settings


@click.group()
def main() -> None:
    """Fill a marketplace with demo data."""


@main.command("seed")
@click.option("--size", type=click.Choice(list(SIZES)), default="demo", show_default=True)
def seed(size: str) -> None:
    """Seed the demo data, the same on every machine. A second run adds what is missing."""
    with create_app(Settings.from_env()).app_context():
        context = seed_marketplace(size=size, log=click.echo)
    click.echo(f"The demo marketplace is seeded ({context.size}).")


@main.command("sign-ins")
def sign_ins() -> None:
    """Print how to sign in to the demo; nothing when it was not seeded."""
    with create_app(Settings.from_env()).app_context():
        for line in list_demo_logins():
            click.echo(line)
