"""What orders do when others announce."""

from __future__ import annotations

from datetime import timedelta

from billing.payments.events import PaymentCaptured
from marketplace.kernel import clock
from marketplace.kernel.events import durably, publish, together_with
from marketplace.orders import letters, services
from marketplace.orders.events import OrderChanged, OrderCompleted, OrderMoved, OrderNews, OrderPlaced
from marketplace.orders.models import OrderState

NEWS = {"pay": "paid", "cancel": "cancelled", "expire": "cancelled", "call_off": "cancelled", "refuse": "cancelled"}
BY_MERCHANT = ("call_off", "refuse")
OLD = timedelta(days=2)


@together_with(PaymentCaptured)
def move_on(fact: PaymentCaptured) -> None:
    """The orders that were paid for go on, in the transaction in which the money came."""
    services.settle(parts=fact.parts)


@together_with(OrderPlaced)
def say_placed(fact: OrderPlaced) -> None:
    """Buyer and merchant hear of a new order."""
    announce(OrderNews(order_id=fact.order_id, word="placed"))


@together_with(OrderMoved)
def say_moved(fact: OrderMoved) -> None:
    """They hear that it is time to pay (OR8), that it was paid, or that the order is off; other steps are the merchant's own."""
    if fact.reaches == OrderState.PAYMENT:
        announce(OrderNews(order_id=fact.order_id, word="due", theirs=True))
    if fact.move in NEWS:
        announce(OrderNews(order_id=fact.order_id, word=NEWS[fact.move], theirs=fact.move in BY_MERCHANT))


@together_with(OrderChanged)
def say_changed(fact: OrderChanged) -> None:
    """They hear that the order is another one now."""
    announce(OrderNews(order_id=fact.order_id, word="changed"))


@together_with(OrderCompleted)
def say_received(fact: OrderCompleted) -> None:
    """They hear that it is done."""
    announce(OrderNews(order_id=fact.order_id, word="received"))


def announce(news: OrderNews) -> None:
    """Let people be told; not of history that is only now written down, as when a demo market is planted."""
    if clock.behind() < OLD:
        publish(news)


@durably(OrderNews)
def tell_buyer(fact: OrderNews) -> None:
    """The buyer gets a letter."""
    letters.to_buyer(order_id=fact.order_id, word=fact.word, tracking=fact.tracking)


@durably(OrderNews)
def tell_merchant(fact: OrderNews) -> None:
    """So does the merchant, but for what it did itself."""
    if not fact.theirs:
        letters.to_merchant(order_id=fact.order_id, word=fact.word)
