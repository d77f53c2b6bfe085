"""What the operator arranged before the first applicant comes: somebody at the console, categories. Run as a program."""

from __future__ import annotations

from marketplace.app import create_app
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.settings import Settings
from tenants.accounts.passwords import hashed
from tests.factories import goods
from tests.factories import tenants as make

ADMIN = "operator"
PASSWORD = "Nine-purple-looms-4471"
CATEGORIES = (("cotton", "棉布", "Cotton"), ("silk", "丝绸", "Silk"))


def plant() -> None:
    """Nothing is for sale yet."""
    with create_app(Settings.from_env()).app_context():
        with unit_of_work():
            make.market_staff(account=make.account(login=ADMIN, name="周经理", password_hash=hashed(PASSWORD)))
            for slug, zh, en in CATEGORIES:
                goods.category(slug, attributes=True, zh=zh, en=en)
        db.session.remove()


if __name__ == "__main__":
    plant()
