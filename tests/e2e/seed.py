"""Seed script of the order scenario: an administrator and categories. Run as a program."""

from __future__ import annotations

from marketplace.app import create_app
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.settings import Settings
from tenants.accounts.passwords import hash_password
from tests.factories import product_factory, tenant_factory

ADMIN = "operator"
PASSWORD = "Nine-purple-looms-4471"
CATEGORIES = (("cotton", "棉布", "Cotton"), ("silk", "丝绸", "Silk"))


def seed() -> None:
    """Create the administrator and the categories, but no products."""
    with create_app(Settings.from_env()).app_context():
        with unit_of_work():
            tenant_factory.create_platform_staff(
                account=tenant_factory.create_account(login=ADMIN, name="周经理", password_hash=hash_password(PASSWORD))
            )
            for slug, zh, en in CATEGORIES:
                product_factory.create_category(slug, attributes=True, zh=zh, en=en)
        db.session.remove()


if __name__ == "__main__":
    seed()
