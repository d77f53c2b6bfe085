"""Reactions of the cart to events of other features."""

from __future__ import annotations

from flask import flash
from flask_babel import ngettext

from marketplace.carts import services
from marketplace.carts.guest_cart import clear_items, get_stashed_items
from marketplace.kernel.events import on_event_in_transaction
from tenants.accounts.events import UserLoggedIn
from tenants.isolation import as_buyer


@on_event_in_transaction(UserLoggedIn)
def merge_guest_cart(event: UserLoggedIn) -> None:
    """Merge the guest cart into the buyer's cart when they sign in."""
    items = get_stashed_items()
    if not items:
        return
    with as_buyer(buyer_id=event.buyer_id, account_id=event.account_id):
        rejected_count = services.merge_items(buyer_id=event.buyer_id, items=items)
    clear_items()
    if rejected_count:
        message = ngettext(
            "Your cart is full: %(num)s of the goods you gathered as a guest did not fit.",
            "Your cart is full: %(num)s of the goods you gathered as a guest did not fit.",
            rejected_count,
        )
        flash(message, "warning")
