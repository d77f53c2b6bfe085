"""Errors of checkout, with the data that the page needs to show the differences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask_babel import lazy_gettext as _l

from marketplace.kernel.errors import Conflict

if TYPE_CHECKING:
    from marketplace.checkout.quote import CheckoutQuote


class EmptyCart(Conflict):
    """A checkout without selected cart items: they were ordered already, or removed."""

    code = "empty_cart"
    message = _l("Nothing in your cart is selected for ordering. It may have been ordered already: look at your orders.")


class DuplicatePurchase(Conflict):
    """A form that was submitted before; its purchase exists."""

    code = "duplicate_purchase"
    message = _l("This was ordered already.")


class QuoteChanged(Conflict):
    """A quote that differs from what the buyer saw: a price, stock or product has changed. Nothing was ordered."""

    code = "quote_changed"
    message = _l("Something has changed since you looked. Please check it; nothing was ordered yet.")

    def __init__(self, *, quote: CheckoutQuote, sold_out: frozenset[UUID] = frozenset(), **context: Any) -> None:
        self.quote, self.sold_out = quote, sold_out
        super().__init__(**context)

    def user_message(self) -> str:
        """Return the message; the page lists the differences."""
        return str(self.message)


class TotalChanged(Conflict):
    """A changed order whose total differs from what the buyer saw. Nothing was changed."""

    code = "total_changed"
    message = _l("With these changes the order comes to another sum. Please look at it, then save once more.")


class NothingDue(Conflict):
    """A payment reference without unpaid orders."""

    code = "nothing_due"
    message = _l("There is nothing to pay here: it is paid, or it was called off.")
