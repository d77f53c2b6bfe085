"""What the cart does when others announce."""

from __future__ import annotations

from flask import flash
from flask_babel import ngettext

from marketplace.carts import services
from marketplace.carts.visit import forget_lines, held_at_the_door
from marketplace.kernel.events import together_with
from tenants.accounts.events import SignedIn
from tenants.scope import buying_as


@together_with(SignedIn)
def take_guest_cart_along(fact: SignedIn) -> None:
    """What a visitor has gathered becomes the buyer's when they sign in."""
    wants = held_at_the_door()
    if not wants:
        return
    with buying_as(buyer_id=fact.buyer_id, account_id=fact.account_id):
        left = services.merge(buyer_id=fact.buyer_id, wants=wants)
    forget_lines()
    if left:
        said = ngettext(
            "Your cart is full: %(num)s of the goods you gathered as a guest did not fit.",
            "Your cart is full: %(num)s of the goods you gathered as a guest did not fit.",
            left,
        )
        flash(said, "warning")
