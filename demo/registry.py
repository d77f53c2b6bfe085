"""The seeders of the demo in the order in which they run, and the sign-in lines that are printed at the start.

The product does not import this package: seeders are listed here, not in the manifests of the features.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from demo.seeding import Seeder
from demo.seeds import (
    accounts,
    addresses,
    catalogue,
    checkout,
    commissions,
    inventory,
    merchant_applications,
    merchant_shops,
    shipping,
    staff,
)

SEEDERS: tuple[Seeder, ...] = (
    Seeder(name="accounts", seed=accounts.seed),
    Seeder(name="addresses", seed=addresses.seed, needs=("accounts",)),
    Seeder(name="merchant_applications", seed=merchant_applications.seed, needs=("accounts", "addresses")),
    Seeder(name="staff", seed=staff.seed, needs=("merchant_applications",)),
    Seeder(name="merchant_shops", seed=merchant_shops.seed, needs=("merchant_applications",)),
    Seeder(name="catalogue", seed=catalogue.seed, needs=("accounts", "merchant_applications")),
    Seeder(name="inventory", seed=inventory.seed, needs=("catalogue",)),
    Seeder(name="commissions", seed=commissions.seed, needs=("merchant_applications", "catalogue")),
    Seeder(name="shipping", seed=shipping.seed, needs=("merchant_applications",)),
    Seeder(
        name="checkout",
        seed=checkout.seed,
        needs=("addresses", "inventory", "commissions", "shipping"),
        manages_transactions=True,
    ),
)

DEMO_LOGINS: tuple[Callable[[], Sequence[str]], ...] = (
    accounts.demo_logins,
    addresses.demo_logins,
    staff.demo_logins,
)


def list_demo_logins() -> list[str]:
    """Return the lines that tell how to sign in to the demo; none when it was not seeded."""
    return [line for lines in DEMO_LOGINS for line in lines()]
