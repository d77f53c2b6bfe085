"""Emails about an order to the buyer and the merchant's staff, each in the recipient's language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import force_locale

from billing.payments import services as payment_services
from billing.payments.services import EscrowRelease
from marketplace.kernel import mail
from marketplace.kernel.localized_text import localize
from marketplace.kernel.money import Money, sum_money
from marketplace.orders import queries
from marketplace.orders.models import CancelReason, Order, OrderState
from marketplace.orders.numbering import ledger_reference
from tenants.access.permissions import ROLE_PERMISSIONS, Permission, StaffRole
from tenants.accounts.models import Account
from tenants.accounts.queries import get_account
from tenants.isolation import AccessPurpose, as_merchant, with_purpose
from tenants.staff.queries import list_staff

NOTIFIED_ROLES = (StaffRole.OWNER, StaffRole.MANAGER, StaffRole.SERVICE)
REVENUE_ROLES = frozenset(role for role in StaffRole if Permission.MONEY_SEE in ROLE_PERMISSIONS[role])
"""Roles that may see revenue: their email states the released amount."""
PURCHASE_WIDE_KINDS = ("placed", "paid")  # actions of the buyer that cover all orders of a purchase: one email for all of them


@dataclass(frozen=True, kw_only=True)
class OrderEmail:
    """The template context of an order email.

    `kind`: placed, changed, payment_due, paid, shipped, received or cancelled; `recipient`: buyer or merchant.
    """

    recipient: str
    kind: str
    numbers: Sequence[str]
    total: Money
    shop_name: str
    buyer_name: str
    tracking_number: str = ""
    reason: str = ""
    is_unpaid: bool = False
    is_paid: bool = False
    released: EscrowRelease | None = None
    due_at: datetime | None = None
    comment: str = ""

    @property
    def number(self) -> str:
        """Return the number of the first order."""
        return self.numbers[0]


def email_buyer(*, order_id: UUID, kind: str, tracking_number: str = "") -> None:
    """Email the buyer; a notification about a whole purchase is sent once, with its first order."""
    with with_purpose(AccessPurpose.FULFILMENT):
        order = queries.get_order(order_id)
        covered_orders = _orders_covered(order, kind)
        if covered_orders[0].id != order.id or (kind == "payment_due" and order.state is not OrderState.PAYMENT):
            return
        comment = _release_comment(order) if kind == "payment_due" else ""
    account = get_account(order.account_id)
    link = url_for("shop.orders.order", number=order.number, _external=True)
    email = replace(
        _build_email(order, "buyer", kind, account.locale),
        tracking_number=tracking_number,
        due_at=order.due_at,
        comment=comment,
    )
    email = replace(
        email,
        numbers=[covered.number for covered in covered_orders],
        total=sum_money((covered.total for covered in covered_orders), order.currency),
        shop_name=_shop_names(covered_orders, account.locale),
    )
    _send(account, email, link)


def email_merchant(*, order_id: UUID, kind: str) -> None:
    """Email the merchant's staff who handle orders; on an escrow release, roles that may see revenue read the amount."""
    with with_purpose(AccessPurpose.FULFILMENT):
        order = queries.get_order(order_id)
    with as_merchant(order.merchant_id):
        release = payment_services.get_release(order_reference=ledger_reference(order.id)) if kind == "received" else None
        roles = {*NOTIFIED_ROLES, *REVENUE_ROLES} if release else {*NOTIFIED_ROLES}
        recipients = [
            (colleague.account_id, colleague.role) for colleague in list_staff(order.merchant_id) if colleague.role in roles
        ]
    link = url_for("desk.orders.order", merchant=order.merchant_slug, number=order.number, _external=True)
    for account_id, role in recipients:
        account = get_account(account_id)
        email = replace(
            _build_email(order, "merchant", kind, account.locale), released=release if role in REVENUE_ROLES else None
        )
        _send(account, email, link)


def _orders_covered(order: Order, kind: str) -> Sequence[Order]:
    """Return the orders that an email to the buyer covers, sorted by number."""
    if kind not in PURCHASE_WIDE_KINDS:
        return [order]
    if kind == "placed":
        return queries.get_orders_of_purchase(order.purchase_id)
    paid_orders = [
        paid_order
        for paid_order in queries.get_orders_by_payment_reference(order.payment_reference)
        if paid_order.paid_at is not None
    ]
    return sorted(paid_orders, key=lambda paid_order: paid_order.number) or [order]


def _release_comment(order: Order) -> str:
    """Return the merchant's comment on the transition to the payment step."""
    comments = (event.comment for event in queries.list_events(order.id) if event.to_state == OrderState.PAYMENT)
    return next(comments, "")


def _shop_names(orders: Sequence[Order], locale: str) -> str:
    return ("、" if locale == "zh_Hans" else ", ").join(
        dict.fromkeys(localize(order.merchant_name, locale) for order in orders)
    )


def _build_email(order: Order, recipient: str, kind: str, locale: str) -> OrderEmail:
    with force_locale(locale):
        reason = str((order.cancel_reason or CancelReason.OTHER).label)
    return OrderEmail(
        recipient=recipient,
        kind=kind,
        numbers=[order.number],
        total=order.total,
        shop_name=localize(order.merchant_name, locale),
        buyer_name=order.buyer_name,
        reason=reason,
        is_unpaid=order.state is OrderState.PAYMENT,
        is_paid=order.paid_at is not None,
    )


def _send(account: Account, email: OrderEmail, link: str) -> None:
    if account.disabled_at is None:
        values: dict[str, Any] = {"name": account.name, "email": email, "link": link}
        mail.queue_email(to=account.email, kind="order_notification", locale=account.locale, **values)
