"""Letters about an order to the people on both sides, each in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import force_locale

from billing.payments import services as payments
from billing.payments.services import Released
from marketplace.kernel import mail
from marketplace.kernel.money import Money, total
from marketplace.kernel.texts import pick
from marketplace.orders import queries
from marketplace.orders.models import CancelReason, Order, OrderState
from marketplace.orders.rules import order_word
from tenants.access.permissions import GRANTS, Permission, StaffRole
from tenants.accounts.models import Account
from tenants.accounts.queries import account_by_id
from tenants.scope import Purpose, acting_for, working_on
from tenants.staff.queries import colleagues

READERS = (StaffRole.OWNER, StaffRole.MANAGER, StaffRole.SERVICE)
MONEY = frozenset(role for role in StaffRole if Permission.MONEY_SEE in GRANTS[role])
"""Who may see what an order brings: they hear how much was released."""
TOGETHER = ("placed", "paid")  # what a buyer does once for all orders of a purchase


@dataclass(frozen=True, kw_only=True)
class News:
    """What a letter says of an order. word: placed, due, paid, shipped, received, cancelled; side: buyer, merchant."""

    side: str
    word: str
    numbers: Sequence[str]
    total: Money
    shop: str
    buyer: str
    tracking: str = ""
    reason: str = ""
    unpaid: bool = False
    paid: bool = False
    released: Released | None = None
    due: datetime | None = None
    said: str = ""

    @property
    def number(self) -> str:
        """The order's number; of several, the first."""
        return self.numbers[0]


def to_buyer(*, order_id: UUID, word: str, tracking: str = "") -> None:
    """Tell the buyer. What concerns a whole purchase is said once, with its first order."""
    with working_on(Purpose.FULFILMENT):
        order = queries.get(order_id)
        about = _beside(order, word)
        if about[0].id != order.id or (word == "due" and order.state is not OrderState.PAYMENT):
            return
        said = _said_with(order) if word == "due" else ""
    account = account_by_id(order.account_id)
    link = url_for("shop.orders.order", number=order.number, _external=True)
    news = replace(_news(order, "buyer", word, account.locale), tracking=tracking, due=order.due_at, said=said)
    news = replace(
        news,
        numbers=[one.number for one in about],
        total=total((one.total for one in about), order.currency),
        shop=_shops(about, account.locale),
    )
    _send(account, news, link)


def to_merchant(*, order_id: UUID, word: str) -> None:
    """Tell those at the merchant's desk who look after orders; of a release, those who see its money hear the amount."""
    with working_on(Purpose.FULFILMENT):
        order = queries.get(order_id)
    with acting_for(order.merchant_id):
        given = payments.released(order_reference=order_word(order.id)) if word == "received" else None
        wanted = {*READERS, *MONEY} if given else {*READERS}
        readers = [(one.account_id, one.role) for one in colleagues(order.merchant_id) if one.role in wanted]
    link = url_for("desk.orders.order", merchant=order.merchant_slug, number=order.number, _external=True)
    for account_id, role in readers:
        account = account_by_id(account_id)
        news = replace(_news(order, "merchant", word, account.locale), released=given if role in MONEY else None)
        _send(account, news, link)


def _beside(order: Order, word: str) -> Sequence[Order]:
    """The orders that a letter to the buyer is about, the first one first."""
    if word not in TOGETHER:
        return [order]
    if word == "placed":
        return queries.of_purchase(order.purchase_id)
    paid = [one for one in queries.of_reference(order.payment_reference) if one.paid_at is not None]
    return sorted(paid, key=lambda one: one.number) or [order]


def _said_with(order: Order) -> str:
    """What the merchant said when it let the order on to its payment."""
    asked = (event.said for event in queries.history(order.id) if event.reaches == OrderState.PAYMENT)
    return next(asked, "")


def _shops(about: Sequence[Order], locale: str) -> str:
    return ("、" if locale == "zh_Hans" else ", ").join(dict.fromkeys(pick(one.merchant_name, locale) for one in about))


def _news(order: Order, side: str, word: str, locale: str) -> News:
    with force_locale(locale):
        reason = str((order.cancel_reason or CancelReason.OTHER).label)
    return News(
        side=side,
        word=word,
        numbers=[order.number],
        total=order.total,
        shop=pick(order.merchant_name, locale),
        buyer=order.buyer_name,
        reason=reason,
        unpaid=order.state is OrderState.PAYMENT,
        paid=order.paid_at is not None,
    )


def _send(account: Account, news: News, link: str) -> None:
    if account.disabled_at is None:
        values: dict[str, Any] = {"name": account.name, "news": news, "link": link}
        mail.send(to=account.email, kind="order_news", locale=account.locale, **values)
