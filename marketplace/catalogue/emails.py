"""Emails to a merchant's staff about platform decisions on its products."""

from __future__ import annotations

from uuid import UUID

from flask import url_for

from marketplace.catalogue import queries
from marketplace.kernel import mail
from marketplace.kernel.localized_text import localize
from tenants.access.permissions import ROLE_PERMISSIONS, Permission, StaffRole
from tenants.accounts.queries import get_account
from tenants.isolation import as_merchant
from tenants.staff.queries import list_staff

RECIPIENT_ROLES = frozenset(role for role in StaffRole if Permission.PRODUCTS_PUBLISH in ROLE_PERMISSIONS[role])


def send_product_removed(*, product_id: UUID, merchant_id: UUID, reason: str) -> None:
    """Notify the staff who may publish products that the platform removed one, with the reason (Online product review, CA3)."""
    with as_merchant(merchant_id):
        product = queries.get_product(product_id, parts=False)
        merchant = queries.get_product_merchant(product_id)
        recipients = [colleague.account_id for colleague in list_staff(merchant_id) if colleague.role in RECIPIENT_ROLES]
    link = url_for("desk.catalogue.edit", merchant=merchant.slug, product_id=product_id, _external=True)
    for account in map(get_account, recipients):
        context = {"goods": localize(product.title, account.locale), "reason": reason, "link": link}
        mail.queue_email(to=account.email, kind="product_removed", locale=account.locale, name=account.name, **context)
