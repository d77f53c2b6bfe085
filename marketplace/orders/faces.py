"""The people at the doors as actors of the workflow, and a line's picture: for the pages of orders and of what stands above."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import g

from marketplace.kernel.uploads import PictureView, picture_view
from marketplace.orders.services import Doer
from marketplace.orders.workflow import Actor, Who
from tenants.access.permissions import GRANTS


def buyer_doer() -> Doer:
    """The signed-in buyer as an actor."""
    return Doer(actor=Actor(who=Who.BUYER), account_id=g.identity.account_id, name=g.identity.name)


def staff_doer() -> Doer:
    """The colleague at the desk as an actor."""
    grants = frozenset(permission.value for permission in GRANTS[g.place.role])
    actor = Actor(who=Who.STAFF, role=g.place.role.value, grants=grants)
    return Doer(actor=actor, account_id=g.identity.account_id, name=g.identity.name)


def market_doer() -> Doer:
    """The market's own colleague as an actor."""
    return Doer(actor=Actor(who=Who.MARKET), account_id=g.identity.account_id, name=g.identity.name)


def picture(kept: Mapping[str, Any] | None, alt: str = "") -> PictureView | None:
    """A line's picture, as the macro takes it."""
    return picture_view(kept.get("key"), colour=str(kept.get("colour", "")), alt=alt) if kept else None
