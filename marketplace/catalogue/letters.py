"""Letters to a merchant's desk about what the market has decided on its goods."""

from __future__ import annotations

from uuid import UUID

from flask import url_for

from marketplace.catalogue import queries
from marketplace.kernel import mail
from marketplace.kernel.texts import pick
from tenants.access.permissions import GRANTS, Permission, StaffRole
from tenants.accounts.queries import account_by_id
from tenants.scope import acting_for
from tenants.staff.queries import colleagues

READERS = frozenset(role for role in StaffRole if Permission.PRODUCTS_PUBLISH in GRANTS[role])


def removed(*, product_id: UUID, merchant_id: UUID, reason: str) -> None:
    """Tell those who put goods on sale that the market took one off, and why (CA3)."""
    with acting_for(merchant_id):
        product = queries.get(product_id, parts=False)
        merchant = queries.merchant_of(product_id)
        readers = [one.account_id for one in colleagues(merchant_id) if one.role in READERS]
    link = url_for("desk.catalogue.edit", merchant=merchant.slug, product_id=product_id, _external=True)
    for account in map(account_by_id, readers):
        said = {"goods": pick(product.title, account.locale), "reason": reason, "link": link}
        mail.send(to=account.email, kind="product_removed", locale=account.locale, name=account.name, **said)
